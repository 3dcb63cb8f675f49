"""Bounces in free text, as older relays write them: whether it is one, and what is said of whom."""

import re
from functools import lru_cache
from importlib.resources import files

import yaml

_FLAGS = re.IGNORECASE | re.MULTILINE
_DAEMONS = re.compile(
    r"mailer-?daemon|post_?master|mail delivery|mail administrator|mailer@|delivery (?:sub)?system|daemon|<>\s*$",
    re.IGNORECASE,
)
_SENDERS = re.compile(rf"{_DAEMONS.pattern}|bounce", re.IGNORECASE)
_RETURNED = re.compile(
    r"^(?:[-\s]{0,20}(?:below|following|this)(?: this line)? is (?:a copy|the).{0,60}"
    r"|[\s-]*(?:the )?(?:header|copy) of the.{0,60}"
    r"|[\s-]*(?:original|returned|unsent) message.{0,40}|[\s-]*message (?:headers?|text).{0,10}follows?.{0,10}"
    r"|received: .*|dkim-signature: .*|return-path: .*|x-original-to: .*)$",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"(?<![\w.+=&'/%-])[\w+=&'/%-][\w.+=&'/%-]*@[\w-]+(?:\.[\w-]+)+")
_SUBJECT = re.compile(
    r"^[ \t>]*(?:subject|betreff|objet|asunto|oggetto|assunto|onderwerp|件名|主题|主題|主旨|제목|тема|temat)"
    r"[ \t]*[:：].*$",
    re.IGNORECASE | re.MULTILINE,
)
_REPLY_CODE = re.compile(
    r"(?<![\w.])[45]\d\d-"
)  # of a reply of several lines, which may go on with the address
_SENDER_LINE = re.compile(
    r"mail from|envelope.?from|return-path|from:|sender|contact|(?<!in )reply|help|send mail to"
    r"|^\s*(?:to|cc|an|à|para)\s*:",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"^(?:post_?master|mailer-?daemon|abuse|support|webmaster|help|noreply|no-reply)@", re.IGNORECASE
)
_ANSWER = re.compile(r"\s*(?:re|aw|sv|antw|odp|答复|回复)\s*[:：]", re.IGNORECASE)
MOST_RECIPIENTS = 200


def says(of_what: str, text: str) -> bool:
    """Tell whether a text has words of a kind, in any language (notifications/bounce_words.yaml)."""
    return bool(_words()[of_what].search(text))


@lru_cache(maxsize=1)
def _words() -> dict[str, re.Pattern[str]]:
    """Read the words, all languages of a kind as one pattern: who sent a mail says nothing of who wrote its text."""
    read = yaml.safe_load((files("notifications") / "bounce_words.yaml").read_text("utf-8"))
    return {
        kind: re.compile("|".join(one for words in by_language.values() for one in words), _FLAGS)
        for kind, by_language in read.items()
    }


def is_complaint(headers: dict[str, str]) -> bool:
    """Tell whether a provider passes on that its customer called the mail spam."""
    return says("complaints", headers.get("subject", ""))


def is_auto_reply(headers: dict[str, str], text: str) -> bool:
    """Tell whether a mail is a person's automatic answer, not a relay's."""
    subject = headers.get("subject", "")
    if _SENDERS.search(headers.get("from", "")) and (says("subjects", subject) or says("failures", text)):
        return False
    automatic = headers.get("auto-submitted", "").lower().startswith("auto-replied")
    automatic = automatic or bool({"x-autoreply", "x-autorespond", "x-autoresponse"} & headers.keys())
    automatic = automatic or headers.get("precedence", "").strip().lower() == "auto_reply"
    return says("absences", subject) or (automatic and not says("failures", text))


def is_delay(headers: dict[str, str], text: str) -> bool:
    """Tell whether a relay says in words that it has not given up yet."""
    by_machine = _by_relay(headers) or says("subjects", headers.get("subject", ""))
    return by_machine and (
        says("delays", headers.get("subject", "")) or says("delays", before_returned_mail(text))
    )


def is_bounce(headers: dict[str, str], text: str) -> bool:
    """Tell whether a mail without a report says that another could not be delivered."""
    if "x-failed-recipients" in headers:
        return True
    subject, failed = headers.get("subject", ""), says("failures", text)
    named = says("subjects", subject)
    if not _by_relay(headers):
        # People and shops write of deliveries too, but of no address that could not be reached.
        return named and failed and "list-id" not in headers and _speaks_of_an_address(subject, text)
    if "list-id" in headers:
        return named and failed and _DAEMONS.search(headers.get("from", "")) is not None
    return named or failed


def _speaks_of_an_address(subject: str, text: str) -> bool:
    return not _ANSWER.match(subject) and _ADDRESS.search(before_returned_mail(text)) is not None


def _by_relay(headers: dict[str, str]) -> bool:
    return (
        _SENDERS.search(headers.get("from", "")) is not None
        or headers.get("return-path", "").strip() == "<>"
        or "delivery-status" in headers.get("content-type", "").lower()
    )


def told_of_recipients(headers: dict[str, str], text: str) -> tuple[tuple[str, str], ...]:
    """Give each recipient with the lines about them; one empty recipient with the whole text when none is named."""
    told = before_returned_mail(text)
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in told.splitlines():
        address = _head_of(line)
        if address is not None:
            current = sections.setdefault(address, [])
        current.append(line)
    for address in _ADDRESS.findall(headers.get("x-failed-recipients", "")):
        sections.setdefault(address.lower(), [])
    if len(sections) <= 1 or len(sections) > MOST_RECIPIENTS:
        return ((next(iter(sections), ""), told),)
    return tuple((address, "\n".join(lines)) for address, lines in sections.items())


def _head_of(line: str) -> str | None:
    """Give the recipient whom a line begins to speak of."""
    if _SENDER_LINE.search(line):
        return None
    found = _ADDRESS.search(_REPLY_CODE.sub(" ", line))
    return None if found is None or _OWN.match(found[0]) else found[0].lower()


def before_returned_mail(text: str) -> str:
    """Cut off the returned mail that follows, and leave out its subject: those are our own words."""
    found = _RETURNED.search(text, 20)
    return _SUBJECT.sub("", text[: found.start()] if found else text)
