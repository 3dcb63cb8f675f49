"""Before the first release: write models/migrations/versions/0001_first_tables.py from the tables as they are.

Run it with `make migration` after any change of a table. The same tables give the same bytes.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlmodel.sql.sqltypes import AutoString

from models.columns import ExactDecimal, SealedWords, UtcDateTime
from models.tables import metadata
from tests.support.triggers import TRIGGERS

TARGET = Path(__file__).parents[2] / "models" / "migrations" / "versions" / "0001_first_tables.py"

FILE = '''"""The first tables, and the triggers that keep the ledger append-only.

Written by `make migration` until the first release; from then on it never changes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TRIGGERS = {triggers!r}


def upgrade() -> None:  # noqa: PLR0915 - one statement a table, in the order they need each other
    {tables}
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))
    if op.get_bind().dialect.name == "postgresql":  # see models/people.py
        op.execute(sa.text("alter table data_subject set (fillfactor = 93)"))
        op.execute(sa.text('alter table data_subject alter column incident_id type varchar collate "C"'))


def downgrade() -> None:
    raise RuntimeError("There is no way back from the first tables: remove the database.")
'''


def _render_type(kind: str, item: Any, _context: Any) -> str | bool:
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String({item.length})" if item.length else "sa.String()"
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, ExactDecimal):
        return "sa.String()"
    if kind == "type" and isinstance(item, SealedWords):
        return "sa.LargeBinary()"
    return False


def source() -> str:
    """Give the text of the migration, laid out by ruff."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        script = produce_migrations(context, metadata)
    engine.dispose()
    assert script.upgrade_ops is not None
    body = render_python_code(script.upgrade_ops, render_item=_render_type)
    tables = "\n".join(line for line in body.splitlines() if not line.strip().startswith("#"))
    triggers = {dialect: [trigger.create for trigger in made] for dialect, made in TRIGGERS.items()}
    return _laid_out(FILE.format(tables=tables.strip(), triggers=triggers))


def _laid_out(text: str) -> str:
    ruff = Path(sys.executable).with_name("ruff")
    command = [ruff, "format", "--stdin-filename", TARGET, "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def renew() -> bool:
    """Write the migration anew if the tables changed; tells whether it wrote."""
    text = source()
    if TARGET.exists() and TARGET.read_text() == text:
        TARGET.touch()
        return False
    draft = TARGET.with_suffix(f".{os.getpid()}")
    draft.write_text(text)
    draft.replace(TARGET)
    return True


def renew_if_older() -> None:
    """Write it anew when a module with tables is younger than it; tests call this before they begin."""
    tables = TARGET.parents[2].glob("*.py")
    if not TARGET.exists() or TARGET.stat().st_mtime < max(path.stat().st_mtime for path in tables):
        renew()


if __name__ == "__main__":
    sys.stdout.write(f"{TARGET.name} {'was written anew' if renew() else 'is as the tables are'}.\n")
