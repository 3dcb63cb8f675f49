"""How many segments an SMS takes: 160 septets or 70 UTF-16 units alone, 153 or 67 when joined (3GPP TS 23.038)."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("^{}\\[~]|€\f")


def is_gsm(text: str) -> bool:
    """Tell whether every character is in the GSM 7-bit alphabet or its extension."""
    return all(character in _BASIC or character in _ESCAPED for character in text)


def count_segments(text: str) -> int:
    """Count the segments a text is billed and sent as."""
    if is_gsm(text):
        return _joined([2 if character in _ESCAPED else 1 for character in text], 160, 153)
    return _joined([len(character.encode("utf-16-le")) // 2 for character in text], 70, 67)


def _joined(widths: list[int], alone: int, together: int) -> int:
    if sum(widths) <= alone:
        return 1
    segments, used = 1, 0
    for width in widths:  # no character is split between two segments
        if used + width > together:
            segments, used = segments + 1, 0
        used += width
    return segments
