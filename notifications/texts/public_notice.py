"""The text of a public notice, for a website or the press: a message's own words without anybody's name."""

from functools import cache
from html import escape
from importlib.resources import files
from itertools import groupby

import yaml

from notifications.texts.letter_blocks import Block, letter_blocks
from notifications.texts.notice_text import NoticeDetails, render_part, variant_of

_GREETING = 2  # paragraphs that speak to one reader: the greeting, and why we write to them


@cache
def _openings() -> dict[str, str]:
    return dict(yaml.safe_load((files("notifications.texts") / "public_notice.yaml").read_text("utf-8")))


def public_notice(
    message: str, details: NoticeDetails, language: str, place: str, *, drill: bool
) -> tuple[Block, ...]:
    """Give the pieces of a public notice in a language, with the statements that the law of `place` wants."""
    variant = variant_of(message, language, place, "", named=False)
    blocks = list(letter_blocks(render_part("body.html", message, details, variant, drill)))
    first = next(at for at, block in enumerate(blocks) if block.kind == "paragraph")
    opening = _openings()[variant.language].format(organisation=details.organisation)
    blocks[first : first + _GREETING] = [Block("paragraph", opening)]
    return tuple(blocks)


def as_text(blocks: tuple[Block, ...]) -> str:
    """Write the pieces as plain text."""
    lines: list[str] = []
    for kind, some in groupby(blocks, lambda block: block.kind):
        mark, gap = ("- ", "\n") if kind == "point" else ("", "\n\n")
        lines.append(gap.join(mark + block.text for block in some))
    return "\n\n".join(lines) + "\n"


def as_html(blocks: tuple[Block, ...], language: str) -> str:
    """Write the pieces as a page without scripts, styles or links."""
    tags = {"title": "h1", "heading": "h2"}
    body: list[str] = []
    for kind, some in groupby(blocks, lambda block: block.kind):
        written = [escape(block.text).replace("\n", "<br>") for block in some]
        if kind == "point":
            body.append("<ul>\n" + "\n".join(f"<li>{text}</li>" for text in written) + "\n</ul>")
            continue
        tag = tags.get(kind, "p")
        strong = ("<strong>", "</strong>") if kind == "warning" else ("", "")
        body += [f"<{tag}>{strong[0]}{text}{strong[1]}</{tag}>" for text in written]
    title = next((escape(block.text) for block in blocks if block.kind == "title"), "")
    head = f'<html lang="{language}">\n<head><meta charset="utf-8"><title>{title}</title></head>\n<body>\n'
    return "<!doctype html>\n" + head + "\n".join(body) + "\n</body>\n</html>\n"
