"""Time-stamps of an authority (RFC 3161): proof by somebody outside that the ledger's head existed at a moment.

Asked and checked here without network. The token is kept as it came, so that `openssl ts -verify` checks it too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, Hash, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from models.der import (
    BOOLEAN,
    GENERALIZED_TIME,
    INTEGER,
    NULL,
    OCTETS,
    OID,
    SEQUENCE,
    SET,
    Node,
    read_der,
    write_der,
    write_integer,
)
from models.errors import InvalidInputError, RefusedError

# Object identifiers in DER, without their header.
SHA2 = bytes.fromhex("608648016503040201")
HASHES: dict[bytes, type[HashAlgorithm]] = {
    SHA2: SHA256,
    bytes.fromhex("608648016503040202"): SHA384,
    bytes.fromhex("608648016503040203"): SHA512,
}
SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
TST_INFO = bytes.fromhex("2a864886f70d0109100104")
CONTENT_TYPE = bytes.fromhex("2a864886f70d010903")
MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
SIGNING_CERTIFICATE_V2 = bytes.fromhex("2a864886f70d010910022f")
FIRST, WITH_CERTIFICATES = 0xA0, b"\xff"
GRANTED = (0, 1)
LONGEST_CHAIN = 6


@dataclass(frozen=True)
class Stamp:
    """What a token says, once checked: when, by whom, and its number there."""

    at: datetime
    authority: str
    serial: int


def request_of(digest: bytes, nonce: int) -> bytes:
    """Write a TimeStampReq for a SHA-256 digest (RFC 3161 section 2.4.1), asking for the certificates too."""
    algorithm = write_der(SEQUENCE, write_der(OID, SHA2), write_der(NULL))
    imprint = write_der(SEQUENCE, algorithm, write_der(OCTETS, digest))
    return write_der(
        SEQUENCE, write_integer(1), imprint, write_integer(nonce), write_der(BOOLEAN, WITH_CERTIFICATES)
    )


def check_response(
    response: bytes, digest: bytes, roots: Sequence[x509.Certificate], nonce: int | None = None
) -> Stamp:
    """Check a TimeStampResp: granted, of this digest (and nonce), signed by an authority that `roots` vouch for.

    Raises:
        InvalidInputError: it is damaged.
        RefusedError: it was not granted, is of something else, or its signature or certificate does not hold.
    """
    try:
        return _checked(response, digest, roots, nonce)
    except (IndexError, ValueError, KeyError) as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError("The time-stamp is damaged.", expected="an answer as RFC 3161 says") from None


def _checked(response: bytes, digest: bytes, roots: Sequence[x509.Certificate], nonce: int | None) -> Stamp:
    status, *token = read_der(response).children()
    if status.children()[0].integer() not in GRANTED or not token:
        raise RefusedError("The time-stamp authority did not grant a stamp.")
    kind, wrapped = token[0].children()
    signed = wrapped.children()[0].children()
    content, held = signed[2].children()
    if (kind.content, content.content) != (SIGNED_DATA, TST_INFO):
        raise _refused("is no time-stamp")
    info = held.children()[0].content
    given = [each for each in signed[3:] if each.tag == FIRST]
    certificates = [x509.load_der_x509_certificate(each.raw) for node in given for each in node.children()]
    stamp = _told(read_der(info), digest, nonce)
    signer = _signed_by(signed[-1].children()[0], info, certificates)
    _vouched_for(signer, certificates, roots, stamp.at)
    return Stamp(stamp.at, signer.subject.rfc4514_string(), stamp.serial)


def _told(info: Node, digest: bytes, nonce: int | None) -> Stamp:
    parts = info.children()
    algorithm, imprint = parts[2].children()
    if (algorithm.children()[0].content, imprint.content) != (SHA2, digest):
        raise _refused("is of something else")
    said = [part.integer() for part in parts[5:] if part.tag == INTEGER]
    if nonce is not None and said != [nonce]:
        raise _refused("answers another question")
    if parts[4].tag != GENERALIZED_TIME:
        raise _refused("tells no time")
    text = parts[4].content.decode("ascii")
    whole, _, fraction = text.removesuffix("Z").partition(".")
    at = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return Stamp(at.replace(microsecond=int((fraction or "0").ljust(6, "0")[:6])), "", parts[3].integer())


def _signed_by(signer: Node, info: bytes, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """Check the signature (RFC 5652 section 5.4) and give the certificate whose key made it."""
    parts = signer.children()
    algorithm = HASHES[parts[2].children()[0].content]
    attributes = parts[3]
    if attributes.tag != FIRST:
        raise _refused("signs without attributes")
    values = {
        kind.content: values.children() for kind, values in (a.children() for a in attributes.children())
    }
    if values[CONTENT_TYPE][0].content != TST_INFO or values[MESSAGE_DIGEST][0].content != _hash(
        algorithm, info
    ):
        raise _refused("was changed")
    message, signature = write_der(SET, attributes.content), parts[5].content
    named = _named(values)
    for certificate in certificates:
        fits = named is None or named == _hash(SHA256, _der(certificate))
        if fits and _holds(certificate, signature, message, algorithm()):
            return certificate
    raise _refused("has a signature that does not hold")


def _named(values: dict[bytes, list[Node]]) -> bytes | None:
    """Give the SHA-256 of the certificate that the token binds itself to (RFC 5816), if it says."""
    if SIGNING_CERTIFICATE_V2 not in values:
        return None
    first = values[SIGNING_CERTIFICATE_V2][0].children()[0].children()[0].children()
    return first[0].content if first[0].tag == OCTETS else None


def _holds(certificate: x509.Certificate, signature: bytes, message: bytes, algorithm: HashAlgorithm) -> bool:
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _vouched_for(
    signer: x509.Certificate,
    certificates: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    at: datetime,
) -> None:
    """Follow the issuers up to a root; each must have been valid at the moment the stamp tells."""
    try:
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        raise _refused("was signed with a certificate that is not for time-stamps") from None
    if list(usage) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise _refused("was signed with a certificate that is not for time-stamps")
    current = signer
    for _ in range(LONGEST_CHAIN):
        if not current.not_valid_before_utc <= at <= current.not_valid_after_utc:
            raise _refused("was signed with a certificate that was not valid then")
        if current in roots:
            return
        issuer = next((each for each in (*roots, *certificates) if _issued(each, current)), None)
        if issuer is None or issuer == current:
            break
        current = issuer
    raise _refused("is signed by somebody whom TOCSIN_TIMESTAMP_CA does not vouch for")


def _issued(issuer: x509.Certificate, issued: x509.Certificate) -> bool:
    try:
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        issued.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return constraints.ca


def _hash(algorithm: type[HashAlgorithm], message: bytes) -> bytes:
    digest = Hash(algorithm())
    digest.update(message)
    return digest.finalize()


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _refused(what: str) -> RefusedError:
    return RefusedError(f"The time-stamp {what}.", remedy="Keep it and ask the authority; stamp again.")
