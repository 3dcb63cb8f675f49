"""Sealing: only the right key in the right place opens, and a destroyed key opens nothing."""

import base64
import hmac
from itertools import accumulate, pairwise
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from models.crypto import (
    BLOCK_BYTES,
    NONCE_BYTES,
    SEALED_MORE,
    OrganisationKey,
    Sealer,
    load_organisation_key,
    new_organisation_key,
    read_organisation_key,
    write_secret,
)
from models.errors import InvalidInputError, RefusedError, UnavailableError

SEALER = Sealer(bytes(32))


@given(st.binary(), st.text(st.characters(exclude_categories=["Cs"])))
def test_sealed_bytes_open_in_their_place(clear: bytes, place: str) -> None:
    assert SEALER.open(SEALER.seal(clear, place), place) == clear


@given(st.binary(min_size=1), st.data())
def test_sealed_bytes_with_a_flipped_bit_are_refused(clear: bytes, data: st.DataObject) -> None:
    sealed = bytearray(SEALER.seal(clear, "staff/a"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(RefusedError, match="can't be opened"):
        SEALER.open(bytes(sealed), "staff/a")


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(12), bytes(28)])
def test_bytes_that_were_never_sealed_are_refused(sealed: bytes) -> None:
    with pytest.raises(RefusedError):
        SEALER.open(sealed, "staff/a")


def test_sealed_bytes_are_refused_elsewhere_and_under_another_key() -> None:
    sealed = SEALER.seal(b"Ada", "staff/a")
    with pytest.raises(RefusedError, match=r"staff/b.*organisation\.key"):
        SEALER.open(sealed, "staff/b")
    with pytest.raises(RefusedError):
        Sealer(b"1" * 32).open(sealed, "staff/a")


def test_sealing_twice_gives_different_bytes_but_one_look_up() -> None:
    assert SEALER.seal(b"Ada", "a") != SEALER.seal(b"Ada", "a")
    assert SEALER.lookup("ada@example.org") == SEALER.lookup("ada@example.org")
    assert SEALER.lookup("ada@example.org") != SEALER.lookup("bob@example.org")
    assert SEALER.lookup("ada@example.org") != Sealer(b"1" * 32).lookup("ada@example.org")


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_values_sealed_together_open_each_in_its_own_place(clear: list[bytes]) -> None:
    sealer, places = Sealer(bytes(32)), [f"place/{number}" for number in range(len(clear))]
    whole = sealer.seal_each(clear, [place.encode() for place in places])
    ends = list(accumulate((len(value) + SEALED_MORE for value in clear), initial=0))
    sealed = [whole[start:end] for start, end in pairwise(ends)]
    assert whole == b"".join(sealed)
    assert [sealer.open(value, place) for value, place in zip(sealed, places, strict=True)] == clear
    assert len({value[:NONCE_BYTES] for value in sealed}) == len(clear)


@given(st.text(st.characters()))
def test_look_up_is_the_keyed_digest_of_the_standard_library(value: str) -> None:
    key = HKDF(SHA256(), 32, salt=None, info=b"tocsin/lookup").derive(bytes(32))
    wanted = hmac.digest(key, value.encode("utf-8", "surrogatepass"), "sha256")
    sealer = Sealer(bytes(32))
    assert [sealer.lookup(value), sealer.lookup(value)] == [wanted, wanted]


@given(st.lists(st.text(st.characters(codec="ascii"), max_size=BLOCK_BYTES), max_size=6))
def test_short_values_looked_up_together_have_the_digests_of_each_alone(values: list[str]) -> None:
    blocks = b"".join(value.encode().ljust(BLOCK_BYTES, b"\0") for value in values)
    found = Sealer(bytes(32)).lookup_blocks(blocks)
    alone = [Sealer(bytes(32)).lookup_short(value.ljust(BLOCK_BYTES, "\0")) for value in values]
    assert found == b"".join(alone)


@given(st.text(max_size=40))
def test_short_look_up_is_the_cmac_of_the_library(value: str) -> None:
    key = HKDF(SHA256(), 32, salt=None, info=b"tocsin/lookup-short").derive(bytes(32))
    clear = value.encode()
    wanted = CMAC(AES(key))
    wanted.update(clear + bytes(-len(clear) % BLOCK_BYTES))
    assert SEALER.lookup_short(value) == wanted.finalize()


def test_incident_key_opens_for_its_incident_only() -> None:
    organisation = OrganisationKey(bytes(32))
    wrapped = organisation.new_incident_key("INC-1")
    sealed = organisation.incident_sealer("INC-1", wrapped).seal(b"Ada", "person/1")
    assert organisation.incident_sealer("INC-1", wrapped).open(sealed, "person/1") == b"Ada"
    with pytest.raises(RefusedError, match="another organisation's key"):
        organisation.incident_sealer("INC-2", wrapped)
    with pytest.raises(RefusedError, match="another organisation's key"):
        OrganisationKey(b"1" * 32).incident_sealer("INC-1", wrapped)


def test_destroyed_incident_key_opens_nothing() -> None:
    with pytest.raises(RefusedError, match="was destroyed"):
        OrganisationKey(bytes(32)).incident_sealer("INC-1", None)


@pytest.mark.parametrize("text", ["not base64!", base64.b64encode(bytes(31)).decode(), ""])
def test_organisation_key_of_the_wrong_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="organisation's key"):
        read_organisation_key(text, "TOCSIN_ORGANISATION_KEY")


def test_organisation_key_is_made_once_and_readable_by_the_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "organisation.key"
    sealed = new_organisation_key(path).sealer.seal(b"x", "y")
    assert new_organisation_key(path).sealer.open(sealed, "y") == b"x"
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_organisation_key_that_is_absent_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="tocsin init"):
        load_organisation_key(tmp_path / "organisation.key")


def test_write_secret_never_replaces_and_leaves_no_draft(tmp_path: Path) -> None:
    assert write_secret(tmp_path / "a", b"first")
    assert not write_secret(tmp_path / "a", b"second")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"first"}
