"""Signed notes: the C2SP forms, and refusal of whatever was changed."""

import base64
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InvalidInputError, UnavailableError
from models.signed_note import NoteSigner, NoteVerifier, load_signer, read_head, read_vkey

# A fixed key, so that what is written can be compared as a whole.
SIGNER = NoteSigner("tocsin/test", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
ROOT = sha256(b"root").digest()
NOTE = SIGNER.sign_checkpoint(5, ROOT, 3)


def another_verifier() -> NoteVerifier:
    """Give a verifier of the same name with another key."""
    return NoteSigner("tocsin/test", Ed25519PrivateKey.generate()).verifier()


def test_checkpoint_is_a_signed_note_as_c2sp_writes_it() -> None:
    body, signature = NOTE.split("\n\n")
    assert body == f"tocsin/test\n5\n{base64.b64encode(ROOT).decode()}\nprevious 3"
    dash, name, encoded = signature.rstrip("\n").split(" ")
    assert (dash, name) == ("—", "tocsin/test")
    key_hash = sha256(b"tocsin/test\n\x01" + SIGNER.public).digest()[:4]
    assert base64.b64decode(encoded)[:4] == key_hash
    assert len(base64.b64decode(encoded)) == 4 + 64


def test_checkpoint_reads_back_what_was_signed() -> None:
    head = SIGNER.verifier().head(NOTE)
    assert (head.origin, head.size, head.root, head.previous) == ("tocsin/test", 5, ROOT, 3)
    assert SIGNER.verifier().checkpoint(NOTE) == (5, ROOT)


def test_checkpoint_without_a_previous_one_is_read() -> None:
    note = SIGNER.sign_checkpoint(1, ROOT)
    assert SIGNER.verifier().head(note).previous is None


@given(st.data())
def test_any_changed_letter_of_a_note_is_refused(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(NOTE) - 1))
    letter = data.draw(st.characters(max_codepoint=127).filter(lambda one: one != NOTE[place]))
    assert SIGNER.verifier().head(NOTE[:place] + letter + NOTE[place + 1 :]) is None


@given(st.integers(0, len(NOTE) - 1))
def test_a_note_cut_short_is_refused(length: int) -> None:
    assert SIGNER.verifier().head(NOTE[:length]) is None


@given(st.text())
def test_any_text_is_read_without_failing(text: str) -> None:
    assert SIGNER.verifier().head(text) is None
    read_head(text)


def test_a_note_is_refused_under_another_key_or_name() -> None:
    assert another_verifier().head(NOTE) is None
    assert NoteVerifier("tocsin/other", SIGNER.public).head(NOTE) is None


def test_vkey_reads_back() -> None:
    verifier = read_vkey(f"{SIGNER.verifier().vkey()}\n")
    assert (verifier.origin, verifier.public) == ("tocsin/test", SIGNER.public)


@pytest.mark.parametrize("line", ["", "nonsense", "a+b+c", "tocsin/test+00000000+AQ==", "+".join("abcd")])
def test_vkey_that_is_none_is_refused(line: str) -> None:
    with pytest.raises(InvalidInputError, match="public key can't be read"):
        read_vkey(line, "ledger.pub")


def test_signing_key_is_made_once_with_its_public_half_beside_it(tmp_path: Path) -> None:
    made = load_signer(tmp_path, home_id="abc")
    assert made.origin == "tocsin/abc"
    assert load_signer(tmp_path, home_id="def").public == made.public
    assert read_vkey((tmp_path / "ledger.pub").read_text()).public == made.public
    assert (tmp_path / "ledger.key").stat().st_mode & 0o077 == 0


def test_signing_key_that_is_absent_or_damaged_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="tocsin init"):
        load_signer(tmp_path)
    (tmp_path / "ledger.key").write_text("tocsin/abc notbase64")
    with pytest.raises(InvalidInputError, match="damaged"):
        load_signer(tmp_path)
