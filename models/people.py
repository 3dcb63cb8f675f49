"""The people whose data is concerned: sealed with the incident's key, found by keyed digests."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime


class DataSubject(SQLModel, table=True):
    """One affected person, numbered 1..n within the incident; that number is all other records name.

    `sealed` is None once erased. The digest carries no index on purpose: a million random index entries cost
    more than the rare look-up by number (of whoever answers an SMS), which reads the incident's rows once.

    Its import refers to the incident, a person does not: PostgreSQL would look each of a million up singly, which
    takes as long as storing them twice (docs/decisions/0014). Nor does it name its import: each import gives the
    numbers that follow those before it, so `stored` of them tells whose a number is.

    Two things the migration tells PostgreSQL alone. It leaves some room in each page: what later rows add to a person
    then stays in that page, and the index of the key does not hear of it. And it compares incidents by the byte, not
    by the rules of a language, each time a person is put into that index or looked up.
    """

    __tablename__ = "data_subject"
    __table_args__ = {"sqlite_with_rowid": False}

    incident_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    place: str  # ISO 3166; empty when the file does not say
    language: str  # BCP 47, such as zh-Hans
    relation: str  # a word of the facts contract, such as customer
    categories: str  # sorted words of the facts contract, joined by commas; empty: those of the incident
    addressee: str = ""  # guardian: a minor, whose sealed contact is the parent's or guardian's
    has_email: bool
    has_phone: bool  # a number that can receive SMS
    phone_key: bytes | None = Field(default=None, sa_type=LargeBinary)  # first 8 bytes of the keyed digest
    identity: bytes | None = Field(default=None, sa_type=LargeBinary)  # of a row with nothing to be known by
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)  # name, e-mail, phone, reference


class PeopleImport(SQLModel, table=True):
    """One file of people as it was taken in: digest and counts."""

    __tablename__ = "people_import"

    incident_id: str = Field(primary_key=True, foreign_key="incident.id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    sha256: str
    rows: int
    stored: int
    merged: int
    without_address: int
    faults: int
    imported_at: datetime = Field(sa_type=UtcDateTime)
