"""How a response is called where machines and people list it: its id and a short title without personal data."""

TITLE_LENGTH = 48
DIGITS_OF_A_PERSON = 5  # a longer run of digits may be a number of a person, an account or a card


def run_name(incident_id: str, title: str) -> str:
    """Name an incident's run. Words that could be an address or a number of a person are left out."""
    words = [word for word in title.split() if "@" not in word and _digits(word) < DIGITS_OF_A_PERSON]
    text = " ".join(words)
    short = text if len(text) <= TITLE_LENGTH else text[: TITLE_LENGTH - 1].rstrip() + "…"
    return f"{incident_id} {short}".strip()


def _digits(word: str) -> int:
    return sum(letter.isdigit() for letter in word)
