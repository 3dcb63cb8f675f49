"""Keys and sealing: one data key per incident, wrapped by the organisation's key (AES-256-GCM, RFC 5116).

Destroying an incident's key makes everything sealed with it unreadable, while digests and counts stay.
"""

import base64
import binascii
import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.errors import InvalidInputError, RefusedError, UnavailableError

KEY_BYTES = 32
NONCE_BYTES = 12


class Sealer:
    """Seals and opens fields with one key; `context` binds a sealed value to its place."""

    def __init__(self, key: bytes) -> None:
        """Derive one key for sealing and one for look-ups (RFC 5869): neither serves for the other."""
        self._cipher = AESGCM(_derive(key, b"tocsin/seal"))
        self._lookup = HMAC(_derive(key, b"tocsin/lookup"), SHA256())

    def seal(self, clear: bytes, context: str) -> bytes:
        """Encrypt bytes; the result is a 12-byte nonce followed by ciphertext and tag."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, clear, context.encode())

    def seal_each(self, clear: Sequence[bytes], contexts: Iterable[str]) -> list[bytes]:
        """Seal each of many values for its own context, as `seal` does, asking the system for chance once."""
        chance, encrypt = os.urandom(NONCE_BYTES * len(clear)), self._cipher.encrypt
        nonces = [chance[at : at + NONCE_BYTES] for at in range(0, len(chance), NONCE_BYTES)]
        return [
            nonce + encrypt(nonce, value, context.encode())
            for nonce, value, context in zip(nonces, clear, contexts, strict=True)
        ]

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what `seal` made for the same context.

        Raises:
            RefusedError: the value was altered, belongs elsewhere or was sealed with another key.
        """
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError):
            raise RefusedError(
                "A sealed value can't be opened.",
                where=context,
                expected="the key it was sealed with, and unaltered bytes",
                remedy="Check that the home holds the right keys/organisation.key.",
            ) from None

    def lookup(self, value: str) -> bytes:
        """Give the keyed digest (HMAC-SHA256, 32 bytes) under which a sealed value can be found again."""
        digest = self._lookup.copy()  # setting the key up anew would cost five times as much
        digest.update(value.encode("utf-8", "surrogatepass"))
        return digest.finalize()

    def lookup_each(self, values: Iterable[bytes]) -> list[bytes]:
        """Give the digest of each of many values, as `lookup` does."""
        fresh, found = self._lookup.copy, []
        for value in values:
            digest = fresh()
            digest.update(value)
            found.append(digest.finalize())
        return found


class OrganisationKey:
    """The key that wraps incidents' keys; a KMS can stand behind the same two methods."""

    def __init__(self, key: bytes) -> None:
        """Take 32 bytes."""
        if len(key) != KEY_BYTES:
            raise InvalidInputError(
                f"The organisation's key has {len(key)} bytes.", expected=f"{KEY_BYTES} bytes in base64"
            )
        self._cipher = AESGCM(_derive(key, b"tocsin/wrap"))
        self.sealer = Sealer(key)

    def new_incident_key(self, incident_id: str) -> bytes:
        """Make a fresh data key and give it wrapped; the clear key is never stored."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, os.urandom(KEY_BYTES), incident_id.encode())

    def incident_sealer(self, incident_id: str, wrapped: bytes | None) -> Sealer:
        """Unwrap an incident's key and give what seals with it; raises what `incident_key` does."""
        return Sealer(self.incident_key(incident_id, wrapped))

    def incident_key(self, incident_id: str, wrapped: bytes | None) -> bytes:
        """Unwrap an incident's key, for a process that seals on our behalf; it is never stored.

        Raises:
            RefusedError: the key was destroyed, or was wrapped by another organisation's key.
        """
        if wrapped is None:
            raise RefusedError(
                f"The key of {incident_id} was destroyed; its personal data can't be read any more."
            )
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], incident_id.encode())
        except (InvalidTag, ValueError):
            raise RefusedError(
                f"The key of {incident_id} was wrapped by another organisation's key.",
                remedy="Restore keys/organisation.key of this home.",
            ) from None


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose).derive(key)


def read_organisation_key(text: str, where: str) -> OrganisationKey:
    """Read the key from base64 text, as it stands in a file or an environment variable."""
    try:
        return OrganisationKey(base64.b64decode(text.strip(), validate=True))
    except binascii.Error:
        raise InvalidInputError(
            "The organisation's key is not base64.", where=where, expected="32 bytes in base64"
        ) from None


def load_organisation_key(path: Path) -> OrganisationKey:
    """Read the key file of a home.

    Raises:
        UnavailableError: there is no such file or it can't be read.
    """
    try:
        return read_organisation_key(path.read_text(), str(path))
    except OSError as error:
        raise UnavailableError(
            f"The organisation's key can't be read ({error.strerror}).",
            where=str(path),
            remedy="Run `tocsin init`, or restore the keys folder of this home.",
        ) from None


def write_secret(path: Path, content: bytes) -> bool:
    """Write a secret once, readable by the owner only; an existing file is kept. Tells whether it wrote."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, draft = tempfile.mkstemp(dir=path.parent)  # mkstemp gives mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # appears whole or not at all, and never replaces a key
    except FileExistsError:
        return False
    finally:
        Path(draft).unlink()
    return True


def new_organisation_key(path: Path) -> OrganisationKey:
    """Make the organisation's key unless the file exists, and load it."""
    write_secret(path, base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
    return load_organisation_key(path)
