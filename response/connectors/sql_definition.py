"""A connector to databases as data: statements with places for quoted identifiers, queries with parameters."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field, JsonValue, StringConstraints, model_validator

from models.errors import InvalidInputError
from response.connectors.parts import ActHead, Definition, Part

if TYPE_CHECKING:
    from psycopg.sql import Composable, Composed

SqlText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class Query(Part):
    """A question. Values stand in it as parameters: `%(target)s`."""

    query: SqlText


class CheckedQuery(Query):
    """A question whose rows say whether the act holds."""

    equals: tuple[Mapping[str, JsonValue], ...]


class Statement(Part):
    """One statement. `{name}` is put in as a quoted identifier, `%(name)s` goes as a parameter.

    With `for_each` it runs once for each row of the state before that fits `when`; a column named under `words` is
    put in as it stands, if it is one of them.
    """

    sql: SqlText
    for_each: bool = False
    when: Mapping[str, JsonValue] = {}
    words: Mapping[str, tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z ]{0,39}$")], ...]] = {}

    @model_validator(mode="after")
    def _rows_are_asked_for(self) -> "Statement":
        if (self.when or self.words) and not self.for_each:
            raise ValueError("when and words speak of rows: they need for_each")
        return self

    def composed(self, values: Mapping[str, str], row: Mapping[str, Any] | None = None) -> "Composed":
        """Put the statement together with every identifier quoted; raises InvalidInputError for a strange word."""
        from psycopg.sql import SQL, Identifier  # noqa: PLC0415 - loading it takes longer than most commands

        parts: dict[str, Composable] = {name: Identifier(value) for name, value in values.items()}
        for name, allowed in self.words.items():
            word = str((row or {}).get(name))
            if word not in allowed:
                raise InvalidInputError(
                    f"{word[:40]!r} is no {name}.", where=self.sql[:60], expected=" or ".join(allowed)
                )
            parts[name] = SQL(word)  # one of the definition's own words
        try:
            return SQL(self.sql).format(**parts)  # the text is the operator's file
        except (KeyError, IndexError, ValueError):
            raise InvalidInputError(
                "A statement names something that is not there.",
                where=self.sql[:60],
                expected=str(list(parts)),
            ) from None

    def fits(self, row: Mapping[str, Any]) -> bool:
        """Tell whether a row of the state before is one this statement is for."""
        return all(row.get(name) == value for name, value in self.when.items())


class SqlAct(ActHead):
    """One thing done by statements. Each must be harmless when run again: after a crash it may be."""

    read_state: Query
    may_be_empty: bool = False  # no row is a state too, such as no grant at all
    touches: Query | None = None  # one row with one number
    execute: Annotated[tuple[Statement, ...], Field(min_length=1)]
    verify: Annotated[tuple[CheckedQuery, ...], Field(min_length=1)]
    revert: tuple[Statement, ...] = ()

    @model_validator(mode="after")
    def _can_be_undone(self) -> "SqlAct":
        if (self.undo is None) == bool(self.revert):
            raise ValueError("undo and revert stand together")
        return self

    def calls(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Show each statement with its identifiers quoted."""
        from psycopg.sql import Literal as Quoted  # noqa: PLC0415

        literals = {name: Quoted(value).as_string() for name, value in values.items()}
        return tuple(statement.composed(values).as_string() % literals for statement in self.execute)


class SqlDefinition(Definition[SqlAct]):
    """A PostgreSQL database."""

    schemes: ClassVar[tuple[str, ...]] = ("postgresql",)

    kind: Literal["sql"]
