"""`tocsin filing show`: for people as HTML or PDF in either language, for the authority as its form's JSON."""

import json
import stat
from pathlib import Path

import pytest

from console.cli.main import main
from models.clock import system_clock
from models.database import Store
from models.home import init_home
from models.settings import Settings
from response.authorities.filings import file_one
from tests.support.steps import assessed


@pytest.fixture
def filing_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    settings = Settings(home=tmp_path / "home")
    monkeypatch.setenv("TOCSIN_HOME", str(settings.home))
    init_home(settings)
    store = Store(settings, system_clock)
    incident = assessed(store, drill=True)
    return file_one(store, f"{incident.id}/eu-gdpr-33-authority", by="legal-1").id


def show(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["filing", "show", *arguments])
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("form", "language", "begins"),
    [
        ("html", "zh", '<!doctype html>\n<html lang="zh-Hans">'),
        ("html", "en", '<!doctype html>\n<html lang="en">'),
    ],
)
def test_people_get_html_in_either_language(
    filing_id: str, tmp_path: Path, form: str, language: str, begins: str
) -> None:
    out = tmp_path / "filing.html"
    assert show(filing_id, "--format", form, "--lang", language, "--out", str(out)) == 0
    text = out.read_text(encoding="utf-8")
    assert text.startswith(begins)
    assert "Amara Lindqvist" in text
    assert stat.S_IMODE(out.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR


def test_authority_gets_the_document_of_its_form(filing_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(filing_id, "--format", "json", "--out", "-") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["field_12"], document["field_30"]) == ("Lantern Bay Bank", "Amara Lindqvist")
    assert set(document) <= {f"field_{number}" for number in range(127)}


def test_pdf_gets_a_name_of_its_own(filing_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert show(filing_id, "--format", "pdf") == 0
    assert Path(f"{filing_id.replace('/', '_')}.en.pdf").read_bytes().startswith(b"%PDF")


def test_terminal_shows_words_and_what_is_missing(filing_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(filing_id, "--lang", "zh") == 0
    text = capsys.readouterr().out
    assert "首次或后续通知: 首次通知" in text
    missing = text.rpartition("Still missing: ")[2].split(", ")
    assert {"记录数", "已采取的措施"} <= set(missing)


def test_terminal_shows_the_language_that_is_set_and_the_file_keeps_the_authority_s(
    filing_id: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOCSIN_LANGUAGE", "zh")
    assert show(filing_id) == 0
    assert "首次或后续通知: 首次通知" in capsys.readouterr().out
    out = tmp_path / "filing.html"
    assert show(filing_id, "--format", "html", "--out", str(out)) == 0
    assert '<html lang="en">' in out.read_text("utf-8")


def test_place_that_cannot_be_written_is_refused(filing_id: str, tmp_path: Path) -> None:
    assert show(filing_id, "--format", "json", "--out", str(tmp_path / "no" / "such.json")) == 1
