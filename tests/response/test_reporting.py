"""Reports kept in the home: which ones, in which languages, with digests that hold, the same bytes each time."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from sqlmodel import select

from models.accountability import Report
from models.database import Store
from models.errors import InvalidInputError, NotFoundError
from reports.rendering import LAYOUTS, WRITERS
from response.organisation import FILE_NAME, read_organisation
from response.reporting import read_report, rewrite_reports, write_reports


def speaks(store: Store, languages: str) -> None:
    text = f"schema: tocsin/organisation/1\nreport_languages: {languages}\n"
    (store.settings.home / FILE_NAME).write_text(text)


def names(paths: tuple[Path, ...]) -> set[str]:
    return {path.name for path in paths}


def test_whole_report_and_summary_are_kept_in_every_format_and_language(
    store: Store, incident_id: str
) -> None:
    paths = write_reports(store, incident_id)
    wanted = {
        f"{kind}-report.{language}.{form}"
        for kind in ("incident", "summary")
        for language in ("en", "zh")
        for form in ("html", "pdf", "docx")
    }
    assert names(paths) == wanted | {"incident-report.json"}
    with store.reading() as session:
        rows = session.exec(select(Report)).all()
    kept = {row.path: row.sha256 for row in rows}
    home = store.settings.home
    assert kept == {str(path.relative_to(home)): sha256(path.read_bytes()).hexdigest() for path in paths}
    assert json.loads((home / "reports" / incident_id / "incident-report.json").read_text())["title"]


def test_reports_are_kept_in_the_languages_of_the_organisation(store: Store, incident_id: str) -> None:
    write_reports(store, incident_id)
    speaks(store, "[zh]")
    paths = rewrite_reports(store, incident_id)
    folder = store.settings.home / "reports" / incident_id
    assert {path.name for path in folder.iterdir()} == names(paths)
    assert not any(".en." in name for name in names(paths))
    with store.reading() as session:
        assert {row.language for row in session.exec(select(Report))} == {"zh", "-"}


def test_without_kept_reports_nothing_is_written_anew(store: Store, incident_id: str) -> None:
    assert rewrite_reports(store, incident_id) == ()
    assert not (store.settings.home / "reports" / incident_id).exists()


@pytest.mark.parametrize("languages", ["[]", "[fr]"])
def test_languages_without_templates_are_refused(languages: str) -> None:
    with pytest.raises(InvalidInputError, match="report_languages"):
        read_organisation(f"schema: tocsin/organisation/1\nreport_languages: {languages}\n")


@pytest.mark.parametrize("form", [*WRITERS, "json"])
def test_two_runs_of_every_kind_in_every_language_are_identical_bytes(
    store: Store, incident_id: str, form: str
) -> None:
    for kind in LAYOUTS:
        for language in ("en", "zh"):
            once, again = (read_report(store, incident_id, language, form, kind) for _ in range(2))
            assert once == again, (kind, language)


def test_report_of_what_does_not_exist_is_refused(store: Store, incident_id: str) -> None:
    for arguments in (
        ("INC-1999-0001", "en", "html"),
        (incident_id, "fr", "html"),
        (incident_id, "en", "odt"),
    ):
        with pytest.raises(NotFoundError):
            read_report(store, *arguments)
    with pytest.raises(NotFoundError):
        read_report(store, incident_id, "en", "html", "novel")
