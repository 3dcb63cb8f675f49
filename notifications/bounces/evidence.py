"""How sure a bounce makes us that an address is dead.

"User unknown" alone is not proof: many servers say so after they took the recipient, when a filter or the owner's
own rule refused the mail. Proof is the status code of a bad address, or a refusal of the RCPT command itself.
"""

import re
from dataclasses import dataclass

from notifications.channels.smtp_answers import BAD_ADDRESS, RETRY, Meaning, read_reply

_VAGUE = frozenset(("refused", "busy", "relay_error", "network", "filtered"))
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.:/-])([45]\d\d)(?![\d.:/])")
_BAD_ADDRESS_STATUS = re.compile(r"(?<![\d.])5\.1\.(?:0|1|2|3|4|6|10|351)(?![\d.])")
_COMMAND = re.compile(
    r"in reply to (?:end of )?(\w+)|>>>\s*(\w+)[^\n]*\n(?:\s*\n)?\s*(?:<<<\s*)?[45]\d\d"
    r"|(?:after|our|during|sent <<<|response to|step:)\s*:?\s*(\w+)\b",
    re.IGNORECASE,
)
# Said by the very server that holds the mailboxes, in words of its own.
_FIRST_HAND = re.compile(
    r"name is not recogni[sz]ed|not listed in (?:the )?(?:domino directory|public name)"
    r"|(?:收件人|用户|用戶|帐户|帳戶|邮箱|郵箱|地址).{0,60}(?<!可能)不存在|无此(?:用户|收件人)|無此(?:使用者|收件人|帳號)|查无此人"
    r"|5\.4\.1 .{0,80}recipient address rejected: access denied"
    r"|宛先(?:不明|.{0,20}見つかり)|存在しません|存在しない(?!か)|존재하지 않"
    r"|invalid final delivery userid|mail\.local: unknown user|invalid user address"
    r"|\(unknown user [^)]+\)|and other recipients in the same domain|RecipNotFound|RecipientNotFound|000C05A6",
    re.IGNORECASE,
)
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
    for source in (evidence.diagnosis, evidence.text, evidence.status):
        if source.strip():
            told = read_reply(int(code[1]) if code else 0, source)
            if told.reason not in _VAGUE:
                return told
            meaning = told if meaning.reason == "refused" else meaning
    return meaning


def _is_proven(evidence: Evidence) -> bool:
    together = f"{evidence.diagnosis}\n{evidence.status}"
    if _BAD_ADDRESS_STATUS.search(together) or _BAD_ADDRESS_STATUS.search(evidence.text):
        return True
    if _FIRST_HAND.search(evidence.text) or _FIRST_HAND.search(evidence.diagnosis):
        return True
    return _refused_rcpt(evidence)


def _refused_rcpt(evidence: Evidence) -> bool:
    said = _QMAIL.search(evidence.text)
    if said is not None:
        return bool(said[1])
    commands = [next(filter(None, found)).lower() for found in _COMMAND.findall(evidence.text)]
    named = [word for word in commands if word in _COMMANDS]
    if named:
        return "rcpt" in named
    if _NAMES_RECIPIENT.search(evidence.diagnosis) or _NAMES_RECIPIENT.search(evidence.text):
        return True
    return bool(re.search(r"\brcpt to\b", evidence.text, re.IGNORECASE))
