"""A home is made once, opened after, and says what is wrong with it."""

from pathlib import Path

import pytest
from sqlalchemy import text

from models.database import Store
from models.errors import UnavailableError
from models.home import init_home, open_home
from models.settings import Settings
from tests.support.ledger import anchor_of, audit, write


def test_init_makes_a_home_once_and_changes_nothing_after(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    assert init_home(settings)
    before = {path.name: path.read_bytes() for path in settings.keys.iterdir()}
    assert not init_home(settings)
    assert {path.name: path.read_bytes() for path in settings.keys.iterdir()} == before
    assert sorted(before) == ["intake.secret", "ledger.key", "ledger.pub", "organisation.key"]


def test_init_shuts_the_home_against_other_users(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    init_home(settings)
    folders = [settings.home, *(path for path in settings.home.iterdir() if path.is_dir())]
    assert {folder.stat().st_mode & 0o077 for folder in folders} == {0}


def test_init_where_a_file_is_in_the_way_says_so(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(UnavailableError, match="TOCSIN_HOME"):
        init_home(Settings(home=tmp_path / "home"))


def test_open_without_a_home_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="tocsin init"):
        open_home(Settings(home=tmp_path / "none"))


def test_open_gives_the_records_of_before(settings: Settings) -> None:
    init_home(settings)
    first = open_home(settings)
    write(first, 2)
    first.engine.dispose()
    again = open_home(settings)
    assert (audit(again).size, audit(again).ok) == (2, True)
    again.engine.dispose()


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_work_in_a_home_without_tables_says_what_to_do(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("drop table ledger_entry"))
    with pytest.raises(UnavailableError, match="no tables yet"):
        write(store, 1)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_database_that_is_no_database_says_so(store: Store) -> None:
    (store.settings.home / "tocsin.db").write_bytes(b"not a database" * 100)
    with pytest.raises(UnavailableError, match=r"not a database any more.*Restore"):
        write(store, 1)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_unit_of_work_stands_even_if_the_anchor_cannot_be_written(store: Store) -> None:
    write(store, 1)
    anchor_of(store).unlink()
    anchor_of(store).mkdir()
    write(store, 1)
    anchor_of(store).rmdir()
    write(store, 1)
    assert (audit(store).size, audit(store).ok) == (3, True)
