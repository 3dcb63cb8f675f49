"""Ed25519 checkpoints in the C2SP signed-note and tlog-checkpoint forms, readable by other tools."""

import base64
import binascii
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from models.crypto import write_secret
from models.errors import InvalidInputError, UnavailableError

ED25519 = b"\x01"


def _key_hash(origin: str, public: bytes) -> bytes:
    return sha256(origin.encode() + b"\n" + ED25519 + public).digest()[:4]


class NoteSigner:
    """Signs the head of the ledger of one home; `origin` names the ledger and the key."""

    def __init__(self, origin: str, key: Ed25519PrivateKey) -> None:
        """Keep the key and its identifying hash."""
        self.origin, self._key = origin, key
        self.public = key.public_key().public_bytes_raw()
        self._hash = _key_hash(origin, self.public)

    def sign_checkpoint(self, size: int, root: bytes) -> str:
        """Write and sign `origin, size, root` as a note."""
        body = f"{self.origin}\n{size}\n{base64.b64encode(root).decode()}\n"
        signature = base64.b64encode(self._hash + self._key.sign(body.encode())).decode()
        return f"{body}\n— {self.origin} {signature}\n"

    def verifier(self) -> "NoteVerifier":
        """Give the public half."""
        return NoteVerifier(self.origin, self.public)


class NoteVerifier:
    """Checks notes of one ledger with its public key."""

    def __init__(self, origin: str, public: bytes) -> None:
        """Take the ledger's name and its 32-byte public key."""
        self.origin, self.public = origin, public

    def vkey(self) -> str:
        """Write the key as C2SP verifier key: name, hash and key in one line."""
        key = base64.b64encode(ED25519 + self.public).decode()
        return f"{self.origin}+{_key_hash(self.origin, self.public).hex()}+{key}"

    def checkpoint(self, note: str) -> tuple[int, bytes] | None:
        """Give size and root if the note is this ledger's and the signature holds, else None."""
        body, separator, tail = note.partition("\n\n")
        prefix = f"— {self.origin} "
        lines = body.split("\n")
        if not separator or not tail.startswith(prefix) or len(lines) != 3 or lines[0] != self.origin:  # noqa: PLR2004
            return None
        try:
            blob = base64.b64decode(tail.removeprefix(prefix).strip(), validate=True)
            if blob[:4] != _key_hash(self.origin, self.public):
                return None
            Ed25519PublicKey.from_public_bytes(self.public).verify(blob[4:], f"{body}\n".encode())
            return int(lines[1]), base64.b64decode(lines[2], validate=True)
        except (InvalidSignature, ValueError, binascii.Error):
            return None


def read_vkey(text: str, where: str = "") -> NoteVerifier:
    """Read a verifier key line."""
    try:
        origin, key_hash, encoded = text.strip().rsplit("+", 2)
        public = base64.b64decode(encoded, validate=True)[1:]
    except (ValueError, binascii.Error):
        public, origin, key_hash = b"", "", ""
    if not public or _key_hash(origin, public).hex() != key_hash:
        raise InvalidInputError(
            "The ledger's public key can't be read.", where=where, expected="a line name+hash+key"
        )
    return NoteVerifier(origin, public)


def load_signer(folder: Path, home_id: str = "") -> NoteSigner:
    """Load the ledger's signing key from a home's keys folder; with a `home_id`, make it if absent."""
    path = folder / "ledger.key"
    if home_id:
        fresh = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
        write_secret(path, f"tocsin/{home_id} {fresh}\n".encode())
    try:
        origin, encoded = path.read_text().split()
        signer = NoteSigner(origin, Ed25519PrivateKey.from_private_bytes(base64.b64decode(encoded)))
    except OSError as error:
        raise UnavailableError(
            f"The ledger's signing key can't be read ({error.strerror}).",
            where=str(path),
            remedy="Run `tocsin init`, or restore the keys folder of this home.",
        ) from None
    except ValueError:
        raise InvalidInputError("The ledger's signing key is damaged.", where=str(path)) from None
    write_secret(folder / "ledger.pub", f"{signer.verifier().vkey()}\n".encode())
    return signer
