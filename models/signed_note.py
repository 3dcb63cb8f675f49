"""Ed25519 checkpoints in the C2SP signed-note and tlog-checkpoint forms, readable by other tools."""

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from models.crypto import KEY_BYTES, write_secret
from models.errors import InvalidInputError, UnavailableError

ED25519 = b"\x01"
PREVIOUS = "previous "


def _key_hash(origin: str, public: bytes) -> bytes:
    return sha256(origin.encode() + b"\n" + ED25519 + public).digest()[:4]


class NoteSigner:
    """Signs the head of the ledger of one home; `origin` names the ledger and the key."""

    def __init__(self, origin: str, key: Ed25519PrivateKey) -> None:
        """Keep the key and its identifying hash."""
        self.origin, self._key = origin, key
        self.public = key.public_key().public_bytes_raw()
        self._hash = _key_hash(origin, self.public)

    def sign_checkpoint(self, size: int, root: bytes, previous: int | None = None) -> str:
        """Write and sign `origin, size, root` as a note.

        `previous`, the size at the checkpoint before, goes into an extension line (tlog-checkpoint allows
        them): so a checkpoint taken out from between two others is missed.
        """
        lines = [str(size), base64.b64encode(root).decode()]
        return self._sign([*lines, f"{PREVIOUS}{previous}"] if previous is not None else lines)

    def sign_bundle(self, incident_id: str, digest: bytes) -> str:
        """Sign the digest of a bundle's manifest; its second line is no number, so it passes for no head."""
        return self._sign([f"bundle {incident_id}", base64.b64encode(digest).decode()])

    def _sign(self, lines: list[str]) -> str:
        body = "".join(f"{line}\n" for line in (self.origin, *lines))
        signature = base64.b64encode(self._hash + self._key.sign(body.encode())).decode()
        return f"{body}\n— {self.origin} {signature}\n"

    def verifier(self) -> "NoteVerifier":
        """Give the public half."""
        return NoteVerifier(self.origin, self.public)


@dataclass(frozen=True)
class Head:
    """What a checkpoint says: the ledger, how many entries, their root, and the size it followed on."""

    origin: str
    size: int
    root: bytes
    previous: int | None = None


def read_head(note: str) -> Head | None:
    """Read what a note says without checking who signed it; None when it is no checkpoint."""
    lines = note.partition("\n\n")[0].split("\n")
    try:
        origin, size, root, *extensions = lines
        named = [line.removeprefix(PREVIOUS) for line in extensions if line.startswith(PREVIOUS)]
        return Head(origin, int(size), _base64(root), int(named[0]) if named else None)
    except ValueError:
        return None


def _base64(text: str) -> bytes:
    # Strict both ways: b64decode alone forgives stray bits in the last letter, so a changed letter could pass.
    clear = base64.b64decode(text, validate=True)
    if base64.b64encode(clear).decode() != text:
        raise ValueError(text)
    return clear


class NoteVerifier:
    """Checks notes of one ledger with its public key."""

    def __init__(self, origin: str, public: bytes) -> None:
        """Take the ledger's name and its 32-byte public key."""
        self.origin, self.public = origin, public
        self._hash, self._key = _key_hash(origin, public), Ed25519PublicKey.from_public_bytes(public)

    def vkey(self) -> str:
        """Write the key as C2SP verifier key: name, hash and key in one line."""
        key = base64.b64encode(ED25519 + self.public).decode()
        return f"{self.origin}+{self._hash.hex()}+{key}"

    def head(self, note: str) -> Head | None:
        """Give what the note says if it is this ledger's and the signature holds, else None."""
        body, separator, tail = note.partition("\n\n")
        prefix, head = f"— {self.origin} ", read_head(note)
        if not (separator and head and head.origin == self.origin):
            return None
        if not (tail.startswith(prefix) and tail.endswith("\n")):
            return None
        try:
            blob = _base64(tail[len(prefix) : -1])
            self._key.verify(blob[4:], f"{body}\n".encode())
        except (InvalidSignature, ValueError):
            return None
        return head if blob[:4] == self._hash else None

    def checkpoint(self, note: str) -> tuple[int, bytes] | None:
        """Give size and root if the note is this ledger's and the signature holds, else None."""
        head = self.head(note)
        return (head.size, head.root) if head else None


def read_vkey(text: str, where: str = "") -> NoteVerifier:
    """Read a verifier key line; a name holds no plus sign, the key in base64 may."""
    try:
        origin, key_hash, encoded = text.strip().split("+", 2)
        public = base64.b64decode(encoded, validate=True).removeprefix(ED25519)
    except (ValueError, binascii.Error):
        public, origin, key_hash = b"", "", ""
    if len(public) != KEY_BYTES or _key_hash(origin, public).hex() != key_hash:
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
        origin, encoded = path.read_text(encoding="utf-8").split()
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
