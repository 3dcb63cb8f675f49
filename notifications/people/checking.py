"""Blocks of people checked and brought to one form: what is plain by the column, every other row by itself.

`RowReader` says what is right; a row is plain when its cells are such that it would change nothing about them, so
both ways give the same answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from notifications.addresses import MAX_EMAIL, MAX_LOCAL, MAX_NAME, PLAIN_EMAIL, PLAIN_NAME, RESERVED_DOMAIN
from notifications.people.attributes import Attributes
from notifications.people.block import Block
from notifications.people.phone_patterns import plain_mobiles
from notifications.people.rows import HAN, MAX_REFERENCE, Fault, PersonRow, RowReader
from notifications.sealed_person import compared_name

_REFERENCE = rf"^[!-~][ -~]{{0,{MAX_REFERENCE - 1}}}$"
_SCHEMA = {
    "at": pl.UInt32,
    "name": pl.String,
    "email": pl.String,
    "phone": pl.String,
    "reference": pl.String,
    "folded": pl.String,  # the name as it is compared
    "mailbox": pl.String,  # the e-mail address as it is compared
    "textable": pl.Boolean,
    "attributes": pl.UInt32,
}


@dataclass(slots=True)
class People:
    """The people of one block, one per row."""

    frame: pl.DataFrame  # of _SCHEMA
    faults: dict[int, list[Fault]]  # by position in the block
    amends: dict[int, int]  # rows of a mended file: the number of whom they amend


class BlockReader:
    """Reads blocks of one file whose columns are known."""

    def __init__(self, headers: Sequence[str], columns: Mapping[str, tuple[int, ...]]) -> None:
        """Keep where each field's cells stand."""
        self._rows = RowReader(headers, columns)
        self._columns = columns
        self._position: dict[Attributes, int] = {}
        self.attributes: list[Attributes] = []  # what the numbers in "attributes" stand for

    def read(self, block: Block) -> People:
        """Read all rows; nothing that is wrong in one of them raises."""
        written = self._written(block.frame)
        plain = written.filter("plain").select(list(_SCHEMA))
        people = People(plain, {}, {})
        if plain.height < written.height:
            alone = written.filter(~pl.col("plain")).select("at", "number")
            cells = block.cells_of(alone["at"].to_list())
            rows = [
                self._read_alone(block.rows[at], at, number, own, people)
                for (at, number), own in zip(alone.rows(), cells, strict=True)
            ]
            odd = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
            people.frame = pl.concat([plain, odd]).sort("at")
        return people

    def _written(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Give the fields as they stand in the file, and say which rows are plain."""
        kinds = self._attributes(frame)
        said = {name: self._said(name) for name in ("email", "phone", "reference", "person")}
        fields = frame.select(name=self._name(), guarded=self._guarded(), **said).hstack(kinds)
        phones = plain_mobiles(fields["phone"], fields["country"]).fill_null("")
        email, reference, name = pl.col("email"), pl.col("reference"), pl.col("name")
        right_email = (
            email.str.contains(f"^{PLAIN_EMAIL}$")
            & (email.str.find("@", literal=True) <= MAX_LOCAL)
            & ~email.str.contains(RESERVED_DOMAIN + "$")
            & (email.str.len_bytes() <= MAX_EMAIL)
        )
        right_name = name.str.contains(f"^{PLAIN_NAME}$") & (name.str.len_chars() <= MAX_NAME)
        plain = (
            (right_email | (email == ""))
            & (right_name | (name == ""))
            & ((reference.str.contains(_REFERENCE) & ~reference.str.starts_with("'")) | (reference == ""))
            & ((pl.col("number") != "") | (pl.col("phone") == ""))
            & ((email != "") | (pl.col("number") != ""))
            & ~pl.col("wrong")
            & ~pl.col("guarded")
            & (pl.col("person") == "")
        )
        return (
            fields.with_columns(number=phones)
            .with_columns(plain=plain)
            .with_columns(
                phone="number",
                folded=name.str.to_lowercase().str.replace_all("ß", "ss", literal=True),
                mailbox=email.str.to_lowercase(),
                textable=pl.col("number") != "",
            )
            .with_row_index("at")
        )

    def _said(self, field: str) -> pl.Expr:
        """Give the first cell of a field that says something."""
        cells = [pl.col(str(at)).str.strip_chars() for at in self._columns.get(field, ())]
        if len(cells) == 1:
            return cells[0]
        return pl.coalesce(*[pl.when(cell != "").then(cell) for cell in cells], pl.lit(""))

    def _name(self) -> pl.Expr:
        whole, given, surname = (self._said(name) for name in ("name", "given_name", "surname"))
        if not {"given_name", "surname"} & self._columns.keys():
            return whole
        western = (given + " " + surname).str.strip_chars()
        joined = pl.when(surname.str.contains(HAN)).then(surname + given).otherwise(western)
        return pl.when(whole != "").then(whole).otherwise(joined)

    def _guarded(self) -> pl.Expr:
        """Say which names may hold an apostrophe that keeps a spreadsheet from running them."""
        parts = [self._said(name).str.starts_with("'") for name in ("name", "given_name", "surname")]
        return pl.any_horizontal(parts)

    def _attributes(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Give what rows have in common: the number of their attributes, their country, and whether it is wrong."""
        keys = [str(at) for at in self._rows.shared.places]
        cells = frame.select(keys, one=pl.repeat("", pl.len()))  # a file may have no such column
        found = cells.unique()
        read = [self._rows.shared.of(row[:-1]) for row in found.rows()]
        meant = found.with_columns(
            attributes=pl.Series([self.number_of(each) for each in read], dtype=pl.UInt32),
            country=pl.Series([each.place.partition("-")[0] for each in read], dtype=pl.String),
            wrong=pl.Series(
                [bool(each.place_problems or each.other_problems or each.addressee) for each in read]
            ),
        )
        joined = cells.join(meant, on=[*keys, "one"], how="left", maintain_order="left")
        return joined.select("attributes", "country", "wrong")

    def number_of(self, found: Attributes) -> int:
        """Give the place of attributes in `attributes`."""
        sound = Attributes(found.place, found.language, found.relation, found.categories, found.addressee)
        number = self._position.setdefault(sound, len(self.attributes))
        if number == len(self.attributes):
            self.attributes.append(sound)
        return number

    def _read_alone(
        self, row: int, at: int, number: str, cells: Sequence[str], people: People
    ) -> tuple[object, ...]:
        person = self._rows.read(row, cells, number)
        if not person.faults and not person.reachable:
            whose = " of the guardian" if person.addressee else ""
            person.faults.append(Fault(row, "", f"neither an e-mail address nor a phone number{whose}"))
        if person.faults:
            people.faults[at] = person.faults
        if person.amends is not None:
            people.amends[at] = person.amends
        contact = person.contact
        folded = compared_name(contact.name, contact.reference, person.addressee)
        return (
            *(at, contact.name, contact.email, contact.phone, contact.reference),
            *(folded, contact.email.casefold(), person.textable, self._shared(person)),
        )

    def _shared(self, person: PersonRow) -> int:
        common = (person.place, person.language, person.relation, person.categories, person.addressee)
        shared = Attributes(*common)
        return self.number_of(shared)
