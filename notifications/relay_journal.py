"""Asking the relay's own copies whether a mail left: the only way to settle an e-mail whose fate is unknown."""

import email.parser
import json
from collections.abc import Iterable
from pathlib import Path

INDEX = "index.jsonl"
HEAD_BYTES = 65536


def accepted(journal: Path, message_ids: Iterable[str]) -> set[str] | None:
    """Give those of the Message-IDs that the relay accepted; None when the journal can't be read.

    Reads the rehearsal server's index, or any folder that holds one mail a file (a maildir, always_bcc).
    """
    wanted = set(message_ids)
    try:
        if (journal / INDEX).exists():
            return _from_index(journal / INDEX, wanted)
        if journal.is_dir():
            return _from_mails(journal, wanted)
    except OSError:
        pass
    return None


def _from_index(index: Path, wanted: set[str]) -> set[str]:
    found: set[str] = set()
    with index.open("rb") as lines:
        for line in lines:
            try:
                message_id = json.loads(line)["message_id"]
            except (ValueError, KeyError, TypeError):
                continue  # a line cut off by a crash: its mail was not acknowledged
            if message_id in wanted:
                found.add(message_id)
    return found


def _from_mails(folder: Path, wanted: set[str]) -> set[str]:
    found: set[str] = set()
    parser = email.parser.BytesHeaderParser()
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as mail:
                message_id = parser.parsebytes(mail.read(HEAD_BYTES)).get("Message-ID", "").strip()
            if message_id in wanted:
                found.add(message_id)
    return found
