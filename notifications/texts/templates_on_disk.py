"""The folders of templates: one a message, one a language inside, four files each."""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from models.errors import InvalidInputError, NotFoundError
from notifications.texts.languages import DEFAULT_LANGUAGE, NEAREST
from notifications.texts.phrases import PhraseText, phrases_of, phrases_text

PARTS = ("subject.txt", "body.txt", "body.html", "sms.txt")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")


def _environment(html: bool) -> ImmutableSandboxedEnvironment:
    # The sandbox keeps a template from reaching the program; undefined names are errors, never blanks.
    return ImmutableSandboxedEnvironment(
        autoescape=html, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


_PLAIN, _HTML = _environment(html=False), _environment(html=True)


@dataclass(frozen=True)
class MessageTemplate:
    """One message in one language, compiled."""

    message: str
    language: str
    parts: dict[str, Template]
    phrases: PhraseText
    text_hash: str

    def render(self, part: str, context: dict[str, Any]) -> str:
        """Fill one part.

        Raises:
            InvalidInputError: a placeholder has no value, or the template asks for what it may not have.
        """
        try:
            return self.parts[part].render(context)
        except (TemplateError, TypeError, ArithmeticError, LookupError) as error:
            raise InvalidInputError(
                f"The template can't be filled: {error}.", where=f"{self.message}/{self.language}/{part}"
            ) from None


def fill_line(text: str, context: dict[str, Any]) -> str:
    """Fill one line that is no part of a message, in the same sandbox.

    Raises:
        InvalidInputError: a placeholder has no value, or it asks for what it may not have.
    """
    try:
        return _PLAIN.from_string(text).render(context)
    except (TemplateError, TypeError, ArithmeticError, LookupError) as error:
        raise InvalidInputError(f"The text can't be filled: {error}.", where=text[:80]) from None


def template_languages(message: str) -> tuple[str, ...]:
    """Give the languages a message is written in.

    Raises:
        NotFoundError: there is no such message.
    """
    folder = files("notifications") / "templates" / message
    if not _WORD.fullmatch(message) or not folder.is_dir():
        raise NotFoundError(f"There is no message {message!r}.", where="notifications/templates")
    return tuple(sorted(entry.name for entry in folder.iterdir() if _WORD.fullmatch(entry.name)))


def language_used(message: str, wanted: str) -> str:
    """Give the language a reader gets: the wanted one, the nearest to it, or English."""
    present = template_languages(message)
    return next(word for word in (wanted, NEAREST.get(wanted, ""), DEFAULT_LANGUAGE) if word in present)


@lru_cache(maxsize=128)
def load_template(message: str, language: str) -> MessageTemplate:
    """Read and compile one message in one language; all four parts must be there."""
    texts, phrases, parts = _texts(message, language), phrases_of(language), {}
    for part, text in texts.items():
        try:
            parts[part] = (_HTML if part.endswith(".html") else _PLAIN).from_string(text)
        except TemplateError as error:
            where = f"{message}/{language}/{part}"
            raise InvalidInputError(f"The template has an error: {error}.", where=where) from None
    return MessageTemplate(message, language, parts, phrases, _text_hash(message, language))


@lru_cache(maxsize=128)
def _texts(message: str, language: str) -> dict[str, str]:
    if language not in template_languages(message):
        raise NotFoundError(f"The message {message} is not written in {language!r}.")
    folder, texts = files("notifications") / "templates" / message / language, {}
    for part in PARTS:
        try:
            texts[part] = (folder / part).read_text("utf-8")
        except (OSError, UnicodeError):
            where = f"{message}/{language}/{part}"
            raise InvalidInputError("The template is missing or not UTF-8.", where=where) from None
    return texts


def _text_hash(message: str, language: str) -> str:
    digest = hashlib.sha256(phrases_text(language).encode())
    for part, text in _texts(message, language).items():
        digest.update(f"\0{part}\0{text}".encode())
    return digest.hexdigest()


def message_hash(message: str) -> str:
    """Give the digest of a message in all its languages: what an approval covers. Nothing is compiled for it."""
    digest = hashlib.sha256()
    for language in template_languages(message):
        digest.update(f"{language}:{_text_hash(message, language)}\n".encode())
    return digest.hexdigest()
