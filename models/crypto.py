"""Keys and sealing: one data key per incident, wrapped by the organisation's key (AES-256-GCM, RFC 5116).

Destroying an incident's key makes everything sealed with it unreadable, while digests and counts stay.
"""

import base64
import binascii
import os
import tempfile
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from struct import Struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.errors import InvalidInputError, RefusedError, UnavailableError

KEY_BYTES = 32
NONCE_BYTES = 12
SEALED_MORE = NONCE_BYTES + 16  # nonce and tag
BLOCK_BYTES = 16


class Sealer:
    """Seals and opens fields with one key; `context` binds a sealed value to its place."""

    def __init__(self, key: bytes) -> None:
        """Derive one key for sealing and one for each kind of look-up (RFC 5869): none serves for another."""
        self._cipher = AESGCM(_derive(key, b"tocsin/seal"))
        self._lookup = HMAC(_derive(key, b"tocsin/lookup"), SHA256())
        self._short_key = _derive(key, b"tocsin/lookup-short")

    def seal(self, clear: bytes, context: str) -> bytes:
        """Encrypt bytes; the result is a 12-byte nonce followed by ciphertext and tag."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, clear, context.encode())

    def seal_each(self, clear: Sequence[bytes], contexts: Iterable[bytes]) -> bytes:
        """Seal each of many values for its own context, as `seal` does; one follows the other in the result.

        Each is `SEALED_MORE` bytes longer than it was.
        """
        # Nothing here runs by the value but what is written in C: the calls cost more than the cipher.
        nonces = Struct(f"{NONCE_BYTES}s" * len(clear)).unpack(os.urandom(NONCE_BYTES * len(clear)))
        hidden = map(self._cipher.encrypt, nonces, clear, contexts)
        return b"".join(chain.from_iterable(zip(nonces, hidden, strict=True)))

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

    def lookup_short(self, value: str) -> bytes:
        """Give the keyed digest (AES-CMAC, RFC 4493, 16 bytes) of a value, filled up with zeros to whole blocks."""
        clear = value.encode()
        digest = CMAC(AES(self._short_key))
        digest.update(clear + bytes(-len(clear) % BLOCK_BYTES))
        return digest.finalize()

    def lookup_blocks(self, blocks: bytes) -> bytes:
        """Give the digests of values of one block each, as `lookup_short` does, one after the other."""
        if not blocks:
            return b""
        # Of one whole block, CMAC is the cipher of block XOR subkey: all of them take one call.
        masks = self._short_subkey * (len(blocks) // BLOCK_BYTES)
        masked = int.from_bytes(blocks, "big") ^ int.from_bytes(masks, "big")
        return _in_blocks(self._short_key, masked.to_bytes(len(blocks), "big"))

    @cached_property
    def _short_subkey(self) -> bytes:
        """Give K1 of RFC 4493, section 2.3."""
        doubled = int.from_bytes(_in_blocks(self._short_key, bytes(BLOCK_BYTES)), "big") << 1
        carried = doubled >> 8 * BLOCK_BYTES
        return (doubled ^ carried << 8 * BLOCK_BYTES ^ carried * 0x87).to_bytes(BLOCK_BYTES, "big")


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


def _in_blocks(key: bytes, blocks: bytes) -> bytes:
    # ECB is the bare cipher; CMAC is built of it, and nothing is hidden by it alone.
    return Cipher(AES(key), ECB()).encryptor().update(blocks)  # noqa: S305


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
        return read_organisation_key(path.read_text(encoding="utf-8"), str(path))
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
