"""Bounces in free text, as older relays write them: whether it is one, and what is said of whom."""

import re

_SENDERS = re.compile(
    r"mailer-?daemon|post_?master|mail delivery|mail administrator|mailer@|delivery (?:sub)?system|daemon|bounce",
    re.IGNORECASE,
)
_SUBJECTS = re.compile(
    r"undeliver|returned mail|delivery|failure notice|mail fail|non.?delivery|could not be delivered|mail system error"
    r"|rejected|returned to sender|failed|bounce|message status|not delivered|could not send|user unknown"
    r"|nondeliverable|unzustellbar|rebut|不達|エラー|退信",
    re.IGNORECASE,
)
_FAILURE = re.compile(
    r"(?:^|[>:\s\"(])[45]\d\d[\s-](?!\d)|could not be delivered|not be delivered|did not reach|unable to deliver"
    r"|undeliver|couldn.t be delivered|delivery (?:has )?failed|wasn.t delivered|permanent (?:error|fatal|failure)"
    r"|error delivering|invalid final delivery|user unknown|mailbox is full",
    re.IGNORECASE,
)
_RETURNED = re.compile(
    r"^(?:[-\s]{0,20}(?:below|following|this)(?: this line)? is (?:a copy|the).{0,60}"
    r"|[\s-]*(?:the )?(?:header|copy) of the.{0,60}"
    r"|[\s-]*(?:original|returned|unsent) message.{0,40}|[\s-]*message (?:headers?|text).{0,10}follows?.{0,10}"
    r"|received: .*|dkim-signature: .*|return-path: .*|x-original-to: .*)$",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(r"(?<![\w.+=&'/%-])[\w+=&'/%-][\w.+=&'/%-]*@[\w-]+(?:\.[\w-]+)+")
_SENDER_LINE = re.compile(
    r"mail from|envelope.?from|return-path|from:|sender|contact|reply|help|send mail to", re.IGNORECASE
)
_OWN = re.compile(
    r"^(?:post_?master|mailer-?daemon|abuse|support|webmaster|help|noreply|no-reply)@", re.IGNORECASE
)
_AUTO_REPLY = re.compile(
    r"out of (?:the )?office|auto(?:matic|mated)?[ .-]?(?:repl|answer|response)|vacation|autorespond|away from"
    r"|on (?:annual )?leave|abwesen|absence|自動返信|自动回复",
    re.IGNORECASE,
)
_COMPLAINT = re.compile(
    r"^\s*(?:complaint about message from|abuse report|feedback loop|fbl report)", re.IGNORECASE
)
MOST_RECIPIENTS = 200


def is_complaint(headers: dict[str, str]) -> bool:
    """Tell whether a provider passes on that its customer called the mail spam."""
    return bool(_COMPLAINT.search(headers.get("subject", "")))


def is_auto_reply(headers: dict[str, str], text: str) -> bool:
    """Tell whether a mail is a person's automatic answer, not a relay's."""
    subject = headers.get("subject", "")
    if _SENDERS.search(headers.get("from", "")) and (_SUBJECTS.search(subject) or _FAILURE.search(text)):
        return False
    automatic = headers.get("auto-submitted", "").lower().startswith("auto-replied")
    automatic = automatic or bool({"x-autoreply", "x-autorespond", "x-autoresponse"} & headers.keys())
    return bool(_AUTO_REPLY.search(subject)) or (automatic and not _FAILURE.search(text))


def is_bounce(headers: dict[str, str], text: str) -> bool:
    """Tell whether a mail without a report says that another could not be delivered."""
    if "x-failed-recipients" in headers:
        return True
    by_relay = (
        bool(_SENDERS.search(headers.get("from", ""))) or headers.get("return-path", "").strip() == "<>"
    )
    named = bool(_SUBJECTS.search(headers.get("subject", "")))
    return (by_relay and named) or ((by_relay or named) and bool(_FAILURE.search(text)))


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
    found = _ADDRESS.search(line)
    return None if found is None or _OWN.match(found[0]) else found[0].lower()


def before_returned_mail(text: str) -> str:
    """Cut off the returned mail that follows."""
    found = _RETURNED.search(text, 20)
    return text[: found.start()] if found else text
