"""How sure a bounce makes us that an address is dead.

"User unknown" alone is not proof: many servers say so after they took the recipient, when a filter or the owner's
own rule refused the mail. Proof is the status code of a bad address, or a refusal of the RCPT command itself.
"""

import re
from dataclasses import dataclass

from notifications.bounces.text import says
from notifications.channels.smtp_answers import BAD_ADDRESS, RETRY, Meaning, read_reply

_VAGUE = frozenset(("refused", "busy", "relay_error", "network", "filtered"))
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.:/-])([45]\d\d)(?![\d.:/])")
_BAD_ADDRESS_STATUS = re.compile(r"(?<![\d.])5\.1\.(?:0|1|2|3|4|6|10|351)(?![\d.])")
_TELLING = re.compile(r"5\.(?:1\.[123]|2\.2|3\.4)$")
_COMMAND = re.compile(
    r"in reply to (?:end of )?(\w+)|>>>\s*(\w+)[^\n]*\n(?:\s*\n)?\s*(?:<<<\s*)?[45]\d\d|\bsmtp:(\w+) host\b"
    r"|(?:\b(?:after|our|during|response to|step:)|sent <<<)\s*:?\s*"
    r"(rcpt|data|ehlo|helo|mail(?=\W*(?:from|command|$)))\b",
    re.IGNORECASE | re.MULTILINE,
)
_STATE = re.compile(r"\(state (\d+)\)")  # of Gmail: how far it got with the other server
_STATES_OF_RCPT = ("12", "13", "14")
# A reply that begins by naming the recipient answers the command that named them.
_NAMES_RECIPIENT = re.compile(
    r"[45]\d\d:? <[^>@\s]+@[^>\s]+>(?::|\.{2,3}) *(?:user|recipient|mailbox) unknown", re.IGNORECASE
)
# qmail names no command: it does not like a recipient, or fails once the message was sent.
_QMAIL = re.compile(
    r"(does not like recipient)|(?:failed after I sent the message|does not like sender)", re.IGNORECASE
)
_COMMANDS = ("rcpt", "data", "mail", "ehlo", "helo")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is told of one recipient: the diagnosis, the report's status field, the text around it."""

    diagnosis: str
    status: str
    text: str

    @property
    def enhanced(self) -> str:
        """The enhanced status code, from the field or else from the words."""
        found = _ENHANCED.search(self.diagnosis)
        vague = not self.status or self.status.endswith(".0.0")
        return found[0] if found and vague else self.status or (found[0] if found else "")


def judged(evidence: Evidence) -> Meaning:
    """Give the meaning of what is told of one recipient."""
    meaning = _read(evidence)
    if meaning.reason == "mailbox_unknown" and not evidence.enhanced.startswith("4"):
        # Code 5.2.1, a mailbox that takes nothing, counts as dead only where RCPT itself was refused.
        proven = _refused_rcpt(evidence) if evidence.enhanced == "5.2.1" else _is_proven(evidence)
        return Meaning("mailbox_unknown", BAD_ADDRESS) if proven else Meaning("filtered", RETRY)
    if meaning.is_hard and evidence.status.startswith("4"):
        return Meaning(meaning.reason, RETRY)
    return meaning


def _read(evidence: Evidence) -> Meaning:
    code = _CODE.search(evidence.diagnosis)
    meaning = Meaning("refused", "refused")
    for source in _sources(evidence):
        if source.strip():
            told = read_reply(int(code[1]) if code else 0, source)
            if told.reason not in _VAGUE:
                return told
            meaning = told if meaning.reason == "refused" else meaning
    return meaning


def _sources(evidence: Evidence) -> tuple[str, ...]:
    """Give what is read, the best first: beside a telling status, words that cite no server are only courtesies."""
    if not evidence.diagnosis and _TELLING.match(evidence.status) and not _CODE.search(evidence.text):
        return (evidence.status, evidence.text)
    return (evidence.diagnosis, evidence.text, evidence.status)


def _is_proven(evidence: Evidence) -> bool:
    together = f"{evidence.diagnosis}\n{evidence.status}"
    if _BAD_ADDRESS_STATUS.search(together) or _BAD_ADDRESS_STATUS.search(evidence.text):
        return True
    if says("first_hand", evidence.text) or says("first_hand", evidence.diagnosis):
        return True
    return _refused_rcpt(evidence)


def _refused_rcpt(evidence: Evidence) -> bool:
    said = _QMAIL.search(evidence.text)
    if said is not None:
        return bool(said[1])
    state = _STATE.search(evidence.text)
    if state is not None:
        return state[1] in _STATES_OF_RCPT
    commands = [next(filter(None, found)).lower() for found in _COMMAND.findall(evidence.text)]
    named = [word for word in commands if word in _COMMANDS]
    if named:
        return "rcpt" in named
    if _NAMES_RECIPIENT.search(evidence.diagnosis) or _NAMES_RECIPIENT.search(evidence.text):
        return True
    return bool(re.search(r"\brcpt to\b", evidence.text, re.IGNORECASE))
