"""A private LDAP server from Debian's package, on loopback, with a folder of its own."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import ldap3

from tests.support.engine import until
from tests.support.ports import spare_port

SUFFIX = "dc=bank,dc=example"
ADMIN = f"cn=admin,{SUFFIX}"
PASSWORD = "Wind-7-harbour"

CONFIG = """
include SCHEMA/core.schema
include SCHEMA/cosine.schema
include SCHEMA/inetorgperson.schema
attributetype ( 1.2.840.113556.1.4.221 NAME 'sAMAccountName' EQUALITY caseIgnoreMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.96 NAME 'pwdLastSet' EQUALITY integerMatch
  SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
objectclass ( 1.2.840.113556.1.5.9 NAME 'user' SUP top AUXILIARY
  MAY ( sAMAccountName $ userAccountControl $ pwdLastSet ) )
objectclass ( 1.2.840.113556.1.5.8 NAME 'group' SUP top AUXILIARY )
modulepath MODULES
moduleload back_mdb
moduleload ppolicy
pidfile FOLDER/pid
TLSCertificateFile FOLDER/cert.pem
TLSCertificateKeyFile FOLDER/key.pem
database mdb
suffix "dc=bank,dc=example"
rootdn "cn=admin,dc=bank,dc=example"
rootpw Wind-7-harbour
directory FOLDER/data
maxsize 10485760
overlay ppolicy
ppolicy_default "cn=policy,dc=bank,dc=example"
"""

ENTRIES = """
dn: dc=bank,dc=example
objectClass: dcObject
objectClass: organization
o: Bank

dn: cn=policy,dc=bank,dc=example
objectClass: organizationalRole
objectClass: pwdPolicy
cn: policy
pwdAttribute: userPassword
pwdLockout: TRUE

dn: uid=m.okafor,dc=bank,dc=example
objectClass: inetOrgPerson
uid: m.okafor
cn: Somebody
sn: Somebody
userPassword: before-1

dn: cn=Some (Body),dc=bank,dc=example
objectClass: inetOrgPerson
objectClass: user
uid: w.lin
cn: Some (Body)
sn: Body
sAMAccountName: w.lin
userAccountControl: 66048
pwdLastSet: 133500000000000000
userPassword: before-2

dn: cn=tellers,dc=bank,dc=example
objectClass: groupOfNames
objectClass: group
cn: tellers
member: uid=m.okafor,dc=bank,dc=example
member: cn=Some (Body),dc=bank,dc=example

dn: cn=approvers,dc=bank,dc=example
objectClass: groupOfNames
objectClass: group
cn: approvers
member: uid=m.okafor,dc=bank,dc=example
member: cn=Some (Body),dc=bank,dc=example

dn: cn=auditors,dc=bank,dc=example
objectClass: groupOfNames
objectClass: group
cn: auditors
member: cn=Some (Body),dc=bank,dc=example
"""


def program() -> str | None:
    """Find slapd, on the path or where Debian puts it."""
    return shutil.which("slapd") or next((p for p in ("/usr/sbin/slapd",) if Path(p).exists()), None)


@dataclass(frozen=True)
class Directory:
    """A running server."""

    url: str
    secure: str = ""  # ldaps://localhost:…, with a certificate of its own
    certificate: Path = Path()

    def entry(self, found: str) -> dict[str, list[str]]:
        """Read an entry whole, as the administrator sees it."""
        session = ldap3.Connection(
            ldap3.Server(self.url, get_info=ldap3.NONE), ADMIN, PASSWORD, auto_bind=True
        )
        session.search(SUFFIX, found, attributes=["*", "+"])
        (only,) = [each for each in session.response if each["type"] == "searchResEntry"]
        session.unbind()
        return {name: sorted(v.decode() for v in values) for name, values in only["raw_attributes"].items()}

    def change(self, dn: str, attribute: str, values: list[str]) -> None:
        """Change an entry behind everybody's back."""
        session = ldap3.Connection(
            ldap3.Server(self.url, get_info=ldap3.NONE), ADMIN, PASSWORD, auto_bind=True
        )
        assert session.modify(dn, {attribute: [(ldap3.MODIFY_REPLACE, values)]}), session.result
        session.unbind()

    def lets_in(self, dn: str, password: str) -> bool:
        """Try to sign in."""
        session = ldap3.Connection(ldap3.Server(self.url, get_info=ldap3.NONE), dn, password)
        with contextlib.closing(session.socket) if session.socket else contextlib.nullcontext():
            return bool(session.bind())


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Directory]:
    """Run a server with two accounts and three groups."""
    slapd = program()
    assert slapd is not None
    (folder / "data").mkdir()
    made = [
        "-keyout",
        folder / "key.pem",
        "-out",
        folder / "cert.pem",
        "-addext",
        "subjectAltName=DNS:localhost",
    ]
    name = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run(["openssl", "req", "-x509", *name, *made], check=True, stderr=subprocess.DEVNULL)
    text = CONFIG.replace("SCHEMA", "/etc/ldap/schema").replace("MODULES", "/usr/lib/ldap")
    (folder / "slapd.conf").write_text(text.replace("FOLDER", str(folder)))
    (folder / "entries.ldif").write_text(ENTRIES.lstrip())
    config = ["-f", str(folder / "slapd.conf")]
    subprocess.run([slapd, "-T", "add", *config, "-l", str(folder / "entries.ldif")], check=True)
    url, secure = f"ldap://127.0.0.1:{spare_port()}", f"ldaps://localhost:{spare_port()}"
    with subprocess.Popen([slapd, *config, "-h", f"{url} {secure}", "-d", "0"]) as server:
        try:
            _wait(url, server)
            yield Directory(url, secure, folder / "cert.pem")
        finally:
            server.terminate()


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    def answers() -> bool:
        assert server.poll() is None, "slapd ended"
        with contextlib.suppress(ldap3.core.exceptions.LDAPException):
            return bool(ldap3.Connection(ldap3.Server(url, get_info=ldap3.NONE)).bind())
        return False

    until(answers, 30, "slapd to answer")
