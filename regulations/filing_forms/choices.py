"""How coded answers read to people: a letter of a form, a word of a list, yes or no."""

from typing import Any

from regulations.filing_forms.words import Texts, form_data, listed, one_text


def in_words(form: str, field: str, value: Any) -> Texts | None:
    """Put a coded answer into words; None for an answer that is words already."""
    if isinstance(value, bool):
        texts: Texts = form_data("_words")["yes" if value else "no"]
        return texts
    if isinstance(value, list):
        said = [in_words(form, field, each) for each in value]
        return listed(texts or one_text(str(each)) for texts, each in zip(said, value, strict=True))
    return _word(form, field, value) if isinstance(value, str) else None


def _word(form: str, field: str, value: str) -> Texts | None:
    choices = form_data("_choices")
    texts: Texts | None = choices["codes"].get(form, {}).get(field, {}).get(value)
    if texts is None:
        texts = choices["words"].get(value)
    return texts
