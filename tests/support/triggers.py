"""The database's own refusal to change or delete a ledger row, whoever asks."""

from typing import NamedTuple

TABLES = ("ledger_entry", "ledger_checkpoint")
REFUSAL = "the ledger is append-only"


class Trigger(NamedTuple):
    """How one is made and taken away; taking it away is what an intruder would do, and the audit still sees."""

    create: str
    drop: str


def _sqlite(table: str, act: str) -> Trigger:
    name = f"{table}_no_{act}"
    body = f"begin select raise(abort, '{REFUSAL}'); end"
    return Trigger(f"create trigger {name} before {act} on {table} {body}", f"drop trigger if exists {name}")


def _sqlite_replace(table: str, key: str) -> Trigger:
    # INSERT OR REPLACE deletes without firing delete triggers, so an insert over an existing key is refused itself.
    name = f"{table}_no_replace"
    taken = f"when exists (select 1 from {table} where {key} = new.{key})"
    # "fail" rather than "abort": the row is refused all the same, and SQLite keeps no journal for every insert.
    body = f"begin select raise(fail, '{REFUSAL}'); end"
    return Trigger(
        f"create trigger {name} before insert on {table} {taken} {body}", f"drop trigger if exists {name}"
    )


def _postgres_function() -> Trigger:
    body = f"begin raise exception '{REFUSAL}' using errcode = 'restrict_violation'; end"
    return Trigger(
        f"create function refuse_ledger_change() returns trigger language plpgsql as $$ {body} $$",
        "drop function if exists refuse_ledger_change() cascade",
    )


def _postgres(table: str) -> Trigger:
    name = f"{table}_append_only"
    return Trigger(
        f"create trigger {name} before update or delete or truncate on {table} "
        "for each statement execute function refuse_ledger_change()",
        f"drop trigger if exists {name} on {table}",
    )


TRIGGERS: dict[str, list[Trigger]] = {
    "sqlite": [
        *(_sqlite(table, act) for table in TABLES for act in ("update", "delete")),
        *(_sqlite_replace(*place) for place in zip(TABLES, ("seq", "size"), strict=True)),
    ],
    "postgresql": [_postgres_function(), *(_postgres(table) for table in TABLES)],
}
