"""Stamps of the ledger's head: asked of a real authority on loopback, checked here and by openssl."""

import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509

from models.database import Store
from models.errors import InvalidInputError, RefusedError, TocsinError, UnavailableError
from models.home import init_home
from models.settings import Settings
from models.timestamp import check_response, request_of
from response.keeping.timestamping import check_stamps, stamp_head
from tests.support.ledger import bend, write
from tests.support.tsa import Authority, has_openssl, make_keys, reply, running_authority

pytestmark = pytest.mark.skipif(not has_openssl(), reason="openssl is not installed on this machine")
DIGEST = sha256(b"a head").digest()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with running_authority(tmp_path_factory.mktemp("tsa")) as running:
        yield running


@pytest.fixture
def stamped(tmp_path: Path, authority: Authority) -> Store:
    """Open a home whose head is to be stamped by the authority."""
    authority.instead, authority.asked = None, 0
    settings = Settings(home=tmp_path / "home", timestamp_url=authority.url, timestamp_ca=authority.root)
    init_home(settings)
    store = Store(settings)
    write(store, 2, 1)
    return store


def roots(authority: Authority) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(authority.root.read_bytes())


def test_head_is_stamped_once_and_openssl_agrees(stamped: Store, authority: Authority) -> None:
    stamp = stamp_head(stamped)
    assert (stamp.size, stamp.authority, stamp.fault) == (3, "CN=Stamper", "")
    assert stamp_head(stamped) == stamp
    assert check_stamps(stamped) == (stamp,)
    assert authority.asked == 1
    folder = stamped.settings.home / "ledger" / "stamps"
    told = subprocess.run(
        ["openssl", "ts", "-verify", "-data", "3.note", "-in", "3.tsr", "-CAfile", authority.root],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "Verification: OK" in told.stdout + told.stderr
    write(stamped, 4)
    assert stamp_head(stamped).size == 7
    assert [each.size for each in check_stamps(stamped)] == [3, 7]


def test_without_an_authority_nothing_is_asked(stamped: Store, authority: Authority) -> None:
    stamped.settings.timestamp_url = None
    assert stamp_head(stamped) is None
    assert (authority.asked, check_stamps(stamped)) == (0, ())


def test_history_written_anew_with_the_right_key_no_longer_holds_the_stamped_head(stamped: Store) -> None:
    stamp_head(stamped)
    bend(stamped, "delete from ledger_entry", "delete from ledger_checkpoint")
    write(stamped, 2, 1)
    (found,) = check_stamps(stamped)
    assert found.fault == "The ledger no longer holds the head that was stamped."


@pytest.mark.parametrize("name", ["3.note", "3.tsr"])
def test_changed_or_lost_file_of_a_stamp_is_named(stamped: Store, name: str) -> None:
    stamp_head(stamped)
    path = stamped.settings.home / "ledger" / "stamps" / name
    path.write_bytes(path.read_bytes()[:-1])
    assert [bool(found.fault) for found in check_stamps(stamped)] == [True]
    if name == "3.note":
        path.unlink()
        assert [bool(found.fault) for found in check_stamps(stamped)] == [True]


@pytest.mark.parametrize("answer", [b"", b"nonsense", b"0\x03\x02\x01\x02", b"\x30\x05\x30\x03\x02\x01\x02"])
def test_answer_that_is_no_stamp_is_refused_and_nothing_kept(
    stamped: Store, authority: Authority, answer: bytes
) -> None:
    authority.instead = answer
    with pytest.raises(TocsinError):
        stamp_head(stamped)
    assert check_stamps(stamped) == ()


def test_answer_to_another_question_is_refused(stamped: Store, authority: Authority) -> None:
    authority.instead = reply(authority.folder, request_of(DIGEST, 7))
    with pytest.raises(RefusedError, match="something else"):
        stamp_head(stamped)
    with pytest.raises(RefusedError, match="another question"):
        check_response(authority.instead, DIGEST, roots(authority), nonce=8)
    assert check_response(authority.instead, DIGEST, roots(authority), nonce=7).serial > 0


def test_every_flipped_byte_of_a_token_is_found_or_says_the_same(authority: Authority) -> None:
    sound = reply(authority.folder, request_of(DIGEST, 7))
    told = check_response(sound, DIGEST, roots(authority), nonce=7)
    for place in range(0, len(sound), 7):
        bent = bytearray(sound)
        bent[place] ^= 1
        try:
            assert check_response(bytes(bent), DIGEST, roots(authority), nonce=7) == told, place
        except (RefusedError, InvalidInputError):
            continue


def test_authority_under_another_root_is_refused(authority: Authority, tmp_path: Path) -> None:
    make_keys(tmp_path / "other")
    other = x509.load_pem_x509_certificates((tmp_path / "other" / "ca.pem").read_bytes())
    sound = reply(authority.folder, request_of(DIGEST, 7))
    with pytest.raises(RefusedError, match="vouch"):
        check_response(sound, DIGEST, other)


def test_stamp_by_an_elliptic_key_holds(tmp_path: Path) -> None:
    make_keys(tmp_path, kind="ec")
    sound = reply(tmp_path, request_of(DIGEST, 9))
    known = x509.load_pem_x509_certificates((tmp_path / "ca.pem").read_bytes())
    assert check_response(sound, DIGEST, known, nonce=9).authority == "CN=Stamper"


def test_missing_root_and_silent_authority_say_what_to_do(stamped: Store, tmp_path: Path) -> None:
    stamped.settings.timestamp_url = "http://127.0.0.1:9/"
    with pytest.raises(UnavailableError, match="does not answer"):
        stamp_head(stamped)
    stamped.settings.timestamp_ca = tmp_path / "none.pem"
    with pytest.raises(UnavailableError, match="can't be read"):
        stamp_head(stamped)
    stamped.settings.timestamp_ca = None
    with pytest.raises(RefusedError, match="TOCSIN_TIMESTAMP_CA"):
        stamp_head(stamped)
