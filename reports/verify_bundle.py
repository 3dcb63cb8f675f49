"""Check an evidence bundle offline. Needs Python 3.9 or later and nothing else: python3 verify_bundle.py FILE.zip.

Checks, in this order: the manifest is signed with the ledger's key; every file is the one the manifest names,
none is missing, none was added; the incident's entries lie in the ledger whose head is signed with the same key;
each stamp (RFC 3161) is of a head of that ledger; evidence is what was collected, its custody without a gap.
Who stamped is not checked here: `openssl ts -verify` does. Exit: 0 sound, 1 something was found, 2 called wrongly.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import zipfile
from typing import Any, Tuple  # noqa: UP035 - an alias is read at run time, by Python 3.9 too

USAGE = "usage: python3 verify_bundle.py FILE.zip [--key NAME+HASH+KEY]\n"
SIGNED = ("manifest.json", "manifest.note")
KEY_BYTES, SIGNATURE_BYTES = 32, 64
WITH_KEY = 3  # words on the command line
COLLECTED = "evidence:collected"
TAGS = {"handed": "evidence:transferred", "copied": "evidence:exported"}

Point = Tuple[int, int, int, int]  # noqa: UP006
Key = Tuple[str, bytes]  # noqa: UP006 - the ledger's name and its public key


# Ed25519, RFC 8032 section 5.1: points as (X, Y, Z, T) with x = X/Z, y = Y/Z, T = XY/Z.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def add(p: Point, q: Point) -> Point:
    """Add two points."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(factor: int, point: Point) -> Point:
    """Multiply a point by a whole number."""
    result = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            result = add(result, point)
        point, factor = add(point, point), factor >> 1
    return result


def decompress(encoded: bytes) -> Point | None:
    """Read a point from 32 bytes, None when they are none."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if len(encoded) != KEY_BYTES or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether an Ed25519 signature holds."""
    if len(signature) != SIGNATURE_BYTES or len(public) != KEY_BYTES:
        return False
    key, commitment = decompress(public), decompress(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= L:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = multiply(scalar, BASE), add(commitment, multiply(challenge, key))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (
        left[1] * right[2] - right[1] * left[2]
    ) % P == 0


def read_key(line: str) -> Key:
    """Read a verifier key, name+hash+key, into its name and the 32 bytes."""
    name, key_hash, encoded = line.strip().split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    if hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] != key_hash or key[:1] != b"\x01":
        raise ValueError("the key does not fit its hash")
    return name, key[1:]


def note_lines(note: str, key: Key) -> list[str] | None:
    """Give the lines of a signed note after its name, None when name or signature are not this key's."""
    name, public = key
    body, _, tail = note.partition("\n\n")
    prefix = "\u2014 " + name + " "
    if not tail.startswith(prefix) or not tail.endswith("\n") or not body.startswith(name + "\n"):
        return None
    try:
        blob = base64.b64decode(tail[len(prefix) : -1], validate=True)
    except ValueError:
        return None
    key_hash = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    if blob[:4] != key_hash or not is_signed(public, body.encode() + b"\n", blob[4:]):
        return None
    return body.split("\n")[1:]


def climbs(name: str) -> bool:
    """Say whether a name leads elsewhere than into the folder that the archive is unpacked in."""
    parts = name.split("/")
    return any(part in ("", ".", "..") for part in parts) or any(sign in name for sign in "\\:\0")


def file_faults(archive: zipfile.ZipFile, manifest: Any) -> list[str]:
    """Compare the files of the archive with those the manifest names."""
    names = archive.namelist()
    faults = [
        f"{name} stands in the archive {names.count(name)} times"
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    listed = manifest["files"]
    faults += [f"{name!a} leads out of the folder" for name in sorted({*names, *listed}) if climbs(name)]
    faults += [f"{name} was added" for name in sorted(set(names) - set(listed) - set(SIGNED))]
    for name, promised in sorted(listed.items()):
        if name not in names:
            faults.append(f"{name} is missing")
            continue
        try:
            held = archive.read(name)
        except Exception:  # noqa: BLE001 - a flipped byte may name another compression, a password, anything
            held = None
        if held is None or hashlib.sha256(held).hexdigest() != promised["sha256"]:
            faults.append(f"{name} was changed")
    return faults


def entry_faults(archive: zipfile.ZipFile, proof: Any) -> list[str]:
    """Name the entries that are not those whose hashes the proof lists, in its order."""
    expected = {seq: base64.b64decode(leaf) for seq, leaf in proof.get("leaves", [])}
    faults, shown, name = [], [], "ledger/entries.jsonl"
    for line, document in enumerate(archive.read(name).splitlines(), 1):
        try:
            seq = json.loads(document)["seq"]
        except (ValueError, KeyError, TypeError):
            seq = None
        hashed = hashlib.sha256(b"\x00" + document).digest()
        if not isinstance(seq, int) or (seq not in expected and hashed not in expected.values()):
            faults.append(f"{name} line {line}: " + ("no entry" if seq is None else f"entry {seq} was added"))
        elif seq in shown:
            faults.append(f"{name} line {line}: entry {seq} was added: it stands there twice")
        else:
            shown.append(seq)
            if expected.get(seq) != hashed:
                faults.append(f"{name} line {line}: entry {seq} was altered")
    faults += [f"{name}: entry {seq} is missing" for seq in expected if seq not in set(shown)]
    return faults + [
        f"{name}: entry {seq} stands in the place of entry {rightful}"
        for seq, rightful in zip(shown, sorted(shown))  # noqa: B905 - Python 3.9 has no strict
        if seq != rightful
    ]


def root_of(known: dict[tuple[int, int], bytes], start: int, stop: int, used: set[tuple[int, int]]) -> bytes:
    """Join subtrees into the root over `start` to `stop` (RFC 9162 section 2.1.1); keeps what it joined."""
    if (start, stop) not in known:
        if stop == start + 1:
            raise ValueError(f"entry {start} is neither shown nor covered")
        middle = start + (1 << (stop - start - 1).bit_length() - 1)
        both = root_of(known, start, middle, used) + root_of(known, middle, stop, used)
        known[start, stop] = hashlib.sha256(b"\x01" + both).digest()
    used.add((start, stop))
    return known[start, stop]


def ledger_faults(archive: zipfile.ZipFile, manifest: Any, key: Key, stamps: list[str]) -> list[str]:
    """Check that entries and stamped heads lie in the ledger that the checkpoint signs; notes the stamps."""
    proof = json.loads(archive.read("ledger/proof.json"))
    head = note_lines(proof["checkpoint"], key)
    if head is None:
        return ["ledger/proof.json: the checkpoint is not signed with this key"]
    known = {(start, stop): base64.b64decode(root) for start, stop, root in proof["others"]}
    faults, name = entry_faults(archive, proof) if "leaves" in proof else [], "ledger/entries.jsonl"
    if faults:
        return faults
    entries = [json.loads(document) for document in archive.read(name).splitlines()]
    for line, (entry, document) in enumerate(zip(entries, archive.read(name).splitlines()), 1):  # noqa: B905
        if entry["incident"] != manifest["incident"]:
            faults.append(f"{name} line {line}: entry {entry['seq']} is not of this incident")
        if (entry["seq"], entry["seq"] + 1) in known:
            faults.append(f"{name} line {line}: entry {entry['seq']} was added")
        known[entry["seq"], entry["seq"] + 1] = hashlib.sha256(b"\x00" + document).digest()
    given, used = set(known), set()  # type: ignore[var-annotated]
    if int(head[0]) != proof["size"] or root_of(known, 0, proof["size"], used) != base64.b64decode(head[1]):
        faults.append(f"{name}: the entries do not lead to the signed head of {head[0]} entries")
    # What the tree had no place for.
    faults += [f"{name}: entry {start} was added" for start, _ in sorted(given - used)]
    return (
        faults
        + stamp_faults(archive, key, known, stamps)
        + custody_faults(archive, entries, manifest["files"])
    )


def inside(der: bytes, *path: int) -> bytes:
    """Follow the numbers of children down a DER encoding (ITU-T X.690) and give what the last one holds."""
    for wanted in path:
        at = start = 0
        for _ in range(wanted + 1):
            length, at = der[at + 1], at + 2
            if length & 0x80:
                length, at = int.from_bytes(der[at : at + length - 0x80], "big"), at + length - 0x80
            start, at = at, at + length
        der = der[start:at]
    return der


def stamp_faults(
    archive: zipfile.ZipFile, key: Key, known: dict[tuple[int, int], bytes], stamps: list[str]
) -> list[str]:
    """Check that what was stamped are heads of this ledger, and that each stamp (RFC 3161) is of its head."""
    faults, folder = [], "ledger/stamps/"
    names = {name for name in archive.namelist() if name.startswith(folder) and not name.endswith(".pem")}
    for stem in sorted({name.rpartition(".")[0] for name in names}, key=lambda stem: (len(stem), stem)):
        try:
            note, answer = archive.read(stem + ".note"), archive.read(stem + ".tsr")
            info = inside(answer, 0, 1, 1, 0, 2, 1, 0, 0)
            digest, moment = inside(info, 2, 1), inside(info, 4).decode("ascii")
        except (KeyError, IndexError, ValueError):
            faults.append(f"{stem}: head and stamp are not both there, or can't be read")
            continue
        head = note_lines(note.decode(errors="replace"), key)
        if head is None or stem != folder + head[0]:
            faults.append(f"{stem}.note: the head is not signed with this key")
        elif root_of(known, 0, int(head[0]), set()) != base64.b64decode(head[1]):
            faults.append(f"{stem}.note: this is no head of the ledger")
        elif digest != hashlib.sha256(note).digest():
            faults.append(f"{stem}.tsr: the stamp is of something else")
        else:
            stamps.append(f"{moment}  head of {head[0]} entries")
    return faults


def custody_faults(archive: zipfile.ZipFile, entries: list[Any], listed: Any) -> list[str]:
    """Check evidence against the entries: what was collected, and how it went from hand to hand."""
    moves = sorted(json.loads(archive.read("records/custody_transfer.json")), key=lambda move: move["number"])
    faults = []
    for row in json.loads(archive.read("records/evidence.json")):
        holder, number, whole = row["collected_by"], 0, True
        done = [(COLLECTED, None, holder, row["sha256"])]
        for move in (each for each in moves if each["evidence_id"] == row["id"]):
            done.append((TAGS[move["kind"]], move["reason_digest"], move["taker"], row["sha256"]))
            number, whole = number + 1, whole and (move["number"], move["giver"]) == (number + 1, holder)
            holder = move["taker"] if move["kind"] == "handed" else holder
        said = [
            (each["tag"], body.get("reason"), body.get("taker", each["actor"]), body["sha256"])
            for each, body in ((entry, entry["body"]) for entry in entries)
            if each["tag"] in (COLLECTED, *TAGS.values()) and body["evidence"] == row["id"]
        ]
        if done != said or not whole or holder != row["holder"]:
            faults.append(f"{row['id']}: digest or custody is not as the ledger tells it")
        folder = "evidence/" + row["id"].rpartition("/")[2] + "/"
        enclosed = (name for name in listed if name.startswith(folder))
        faults += [f"{n}: not what was collected" for n in enclosed if listed[n]["sha256"] != row["sha256"]]
    return faults


def all_faults(archive: zipfile.ZipFile, manifest: Any, key: Key, stamps: list[str]) -> list[str]:
    """Check the files, then the entries; where the file of entries was changed, name the entries."""
    faults = file_faults(archive, manifest)
    if not faults:
        return ledger_faults(archive, manifest, key, stamps)
    if faults == ["ledger/entries.jsonl was changed"]:
        faults += entry_faults(archive, json.loads(archive.read("ledger/proof.json")))
    return faults


def verify(path: str, key_line: str | None = None, stamps: list[str] | None = None) -> tuple[str, list[str]]:
    """Give the key's line and a list of what is wrong with a bundle; an empty list means sound.

    `stamps`, a list of the caller's, gets a line for each stamp found to be of a head of this ledger.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            inside = archive.read("key.txt").decode().strip() if "key.txt" in archive.namelist() else ""
            line = key_line or inside
            key = read_key(line)
            raw = archive.read("manifest.json")
            manifest = json.loads(raw)
            digest = base64.b64encode(hashlib.sha256(raw).digest()).decode()
            note = archive.read("manifest.note").decode()
            if note_lines(note, key) != ["bundle " + manifest["incident"], digest]:
                return line, ["manifest.json was changed, or is not signed with this key"]
            if key_line and inside != key_line.strip():
                return line, ["key.txt was changed"]
            return line, all_faults(archive, manifest, key, [] if stamps is None else stamps)
    except (OSError, zipfile.BadZipFile) as error:
        return "", [f"the bundle can't be read: {error}"]
    except Exception as error:  # noqa: BLE001 - whatever it is made to look like, it is not as it was written
        return "", [f"the bundle is damaged: {error}"]


def main(words: list[str]) -> int:
    """Run from the command line."""
    if len(words) not in (1, WITH_KEY) or (len(words) == WITH_KEY and words[1] != "--key"):
        sys.stderr.write(USAGE)
        return 2
    stamps: list[str] = []
    line, faults = verify(words[0], words[2] if len(words) == WITH_KEY else None, stamps)
    for fault in faults:
        sys.stdout.write(f"FOUND   {fault}\n")
    if not faults:
        sys.stdout.write(f"SOUND   every file and entry is as it was signed with the key\n        {line}\n")
        if len(words) == 1:
            sys.stdout.write(
                "        Compare it with the line the organisation published, or pass that with --key.\n"
            )
        for stamp in stamps:
            sys.stdout.write(f"STAMPED {stamp} (check who stamped it with openssl, see README.txt)\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
