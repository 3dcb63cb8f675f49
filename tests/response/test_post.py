"""Letters: to everybody whom no message reached and nobody else, in their language; counted once they are posted."""

import csv
import re
import stat
import subprocess
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from shutil import which

import pytest
from sqlalchemy import update

from models.clock import VirtualClock
from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.incident import Incident
from models.places import is_place
from notifications.audience import DELIVERY
from notifications.balance import balance
from notifications.campaign import prepare_campaign
from notifications.import_people import import_people
from notifications.texts.letter_blocks import Block, letter_blocks
from reports.letters import Letter, letter_pages, letters_pdf, sheet_for, sheets
from response.telling.disclosure import notice_details
from response.telling.post import destroy_post, posted, read_addresses, returned, write_post
from tests.support.steps import assessed

PEOPLE = """id,name,email,place
K1,Anna Müller,a@mail.example,DE
K2,王伟,b@mail.example,CN-31
K3,Tom,,US-CA
K4,,c@mail.example,DE
"""
ADDRESSES = "reference,street,town\nK1,Hafenstraße 1,20457 Hamburg\nK2,世纪大道100号,200120 上海\n"


@pytest.fixture
def incident(store: Store, tmp_path: Path) -> Incident:
    """Four people: one bounced, one rejected, one without address, one told."""
    found = assessed(store)
    people = tmp_path / "people.csv"
    people.write_text(PEOPLE)
    import_people(store, found.id, people)
    with store.work() as unit:
        prepare_campaign(unit, found, "breach-notice", notice_details(store, unit.session, found))
        for number, status in ((1, "bounced"), (2, "rejected"), (4, "sent")):
            unit.session.execute(update(DELIVERY).where(DELIVERY.c.person == number).values(status=status))
    return found


def counts(store: Store, incident: Incident) -> dict[str, int]:
    with store.reading() as session:
        found = balance(session, incident.id)
    assert found.is_exact
    return {status: number for status, number in found.counts.items() if number}


def addresses(tmp_path: Path, text: str = ADDRESSES) -> Path:
    path = tmp_path / "addresses.csv"
    path.write_text(text, encoding="utf-8")
    return path


def text_of(pdf: Path) -> str:
    if which("pdftotext") is None:
        pytest.skip("pdftotext is not installed on this machine")
    return subprocess.run(["pdftotext", pdf, "-"], check=True, capture_output=True, text=True).stdout


def boxes_of(pdf: Path, words: Sequence[str]) -> list[tuple[float, ...]]:
    """Say where words stand on the page: left, top, right and bottom in millimetres."""
    if which("pdftotext") is None:
        pytest.skip("pdftotext is not installed on this machine")
    found = subprocess.run(
        ["pdftotext", "-bbox", pdf, "-"], check=True, capture_output=True, text=True
    ).stdout
    boxes = re.findall(r'xMin="(.+)" yMin="(.+)" xMax="(.+)" yMax="(.+)">(.+)</word>', found)
    by_word = {word: tuple(float(each) / 72 * 25.4 for each in box) for *box, word in boxes}
    return [by_word[word] for word in words]


def test_letters_go_to_those_no_message_reached_in_their_language(
    store: Store, incident: Incident, tmp_path: Path
) -> None:
    done = write_post(store, incident.id, addresses=read_addresses(addresses(tmp_path)))
    assert (done.people, done.without_address, len(done.letters)) == (3, 1, 1)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (done.file, *done.letters)} == {0o600}
    with done.file.open(encoding="utf-8-sig", newline="") as file:
        assert [row["person"] for row in csv.DictReader(file)] == ["1", "2", "3"]
    text = text_of(done.letters[0])
    for said in ("Anna Müller", "20457 Hamburg", "Benachrichtigung", "王伟", "200120 上海", "事件经过"):
        assert said in text
    assert "Tom" not in text


def test_letter_bears_the_day_of_the_organisation(
    store: Store, incident: Incident, clock: VirtualClock, tmp_path: Path
) -> None:
    clock.advance(timedelta(hours=14))  # 17:00 in UTC, one in the morning of the next day in Shanghai
    done = write_post(store, incident.id, addresses=read_addresses(addresses(tmp_path)))
    assert "4. März 2026" in text_of(done.letters[0])


def test_letters_without_addresses_carry_name_and_number(store: Store, incident: Incident) -> None:
    done = write_post(store, incident.id)
    assert (done.people, done.without_address) == (3, 0)
    assert "K1" in text_of(done.letters[0])


def test_letters_are_on_the_paper_of_the_country_they_go_to(store: Store, incident: Incident) -> None:
    done = write_post(store, incident.id)
    assert [path.name for path in done.letters] == [
        f"{incident.id}-letters-001-a4.pdf",
        f"{incident.id}-letters-002-us-letter.pdf",
    ]
    american = text_of(done.letters[1])
    assert ("K3" in american, "K1" in american) == (True, False)


@pytest.mark.parametrize(
    ("place", "sheet"),
    [
        ("US-CA", "us-letter"),
        ("CA", "us-letter"),
        ("MX", "us-letter"),
        ("DE", "a4"),
        ("CN-31", "a4"),
        ("", "a4"),
    ],
)
def test_paper_is_that_of_the_country(place: str, sheet: str) -> None:
    assert sheet_for(place) == sheet


def test_papers_name_real_countries_and_each_once() -> None:
    countries = [country for sheet in sheets().values() for country in sheet.countries]
    assert sorted(set(countries)) == sorted(filter(is_place, countries))


@pytest.mark.parametrize("sheet", ["a4", "us-letter"])
def test_address_stands_where_the_window_shows_it(sheet: str, store: Store, tmp_path: Path) -> None:
    lines = ("Mmmmm", "Wwwww", "Ggggg", "Yyyyy")
    letter = Letter("en", "Bank", lines, "INC-1", "March 5, 2026", (("paragraph", "Text"),), sheet)
    path = tmp_path / "letter.pdf"
    path.write_bytes(letters_pdf([letter], store.clock()))
    window = sheets()[sheet].address
    for left, top, right, bottom in boxes_of(path, lines):
        assert window.left - 1 <= left < right <= window.left + window.width
        assert window.top <= top < bottom <= window.top + window.height


def test_people_count_as_told_once_their_letters_are_posted(store: Store, incident: Incident) -> None:
    done = write_post(store, incident.id)
    assert counts(store, incident) == {"sent": 1, "bounced": 1, "rejected": 1, "no_address": 1}
    with store.work() as unit:  # one is reached by e-mail after all
        unit.session.execute(update(DELIVERY).where(DELIVERY.c.person == 2).values(status="delivered"))
    with store.work() as unit:
        assert posted(unit, incident.id, "comms-1", unit.clock()) == 2
    destroy_post(store, incident.id)
    assert not any(path.exists() for path in (done.file, *done.letters))
    assert counts(store, incident) == {"sent": 3, "delivered": 1}
    assert write_post(store, incident.id).people == 0


def test_letter_that_comes_back_leaves_its_reader_out_of_reach(store: Store, incident: Incident) -> None:
    write_post(store, incident.id)
    with store.work() as unit:
        posted(unit, incident.id, "comms-1", unit.clock())
        assert returned(unit, incident.id, "care-1", [1, 4]) == 1
    assert counts(store, incident) == {"sent": 3, "bounced": 1}
    assert write_post(store, incident.id).people == 0  # a letter was tried
    with store.work() as unit, pytest.raises(RefusedError, match="No letter"):
        returned(unit, incident.id, "care-1", [4])


def test_posting_takes_a_file_a_role_and_a_moment_that_has_passed(store: Store, incident: Incident) -> None:
    with store.work() as unit, pytest.raises(NotFoundError, match="no file"):
        posted(unit, incident.id, "comms-1", unit.clock())
    with store.work() as unit, pytest.raises(RefusedError):
        posted(unit, incident.id, "audit-1", unit.clock())
    with store.work() as unit, pytest.raises(InvalidInputError, match="future"):
        posted(unit, incident.id, "comms-1", unit.clock() + timedelta(days=1))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("id,street\nK1,x\n", "row 1"),
        ("reference,street\nK1\n", "row 2"),
        ("reference,street\nK1,\n", "row 2"),
        ("reference,street\nK1,x\n\nK1,y\n", "row 4"),
        ("reference,a,b,c,d,e,f,g\nK1,1,2,3,4,5,6,7\n", "row 2"),
    ],
)
def test_addresses_that_are_wrong_name_their_row(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(InvalidInputError) as wrong:
        read_addresses(addresses(tmp_path, text))
    assert str(wrong.value.where).endswith(where)


def test_addresses_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "addresses.csv"
    path.write_bytes(b"reference,street\nK1,\xff\xfe\n")
    with pytest.raises(InvalidInputError, match="can't be read"):
        read_addresses(path)


def test_notice_is_read_as_pieces_of_a_letter() -> None:
    html = "<h1>Title</h1><p>One\ntwo<br>\nthree &amp; four</p><ul><li>a</li></ul><p><strong>DRILL</strong></p><p> </p>"
    assert letter_blocks(html) == (
        Block("title", "Title"),
        Block("paragraph", "One two\nthree & four"),
        Block("point", "a"),
        Block("warning", "DRILL"),
    )
    assert letter_blocks("<p>一。\n二。</p>") == (Block("paragraph", "一。二。"),)


def test_each_letter_begins_on_a_sheet_of_its_own_and_equal_letters_give_equal_bytes(store: Store) -> None:
    letter = Letter(
        "zh-Hans", "澜湾银行", ("王伟", "#set page()"), "INC-1", "2026年3月5日", (("paragraph", "*内容*"),)
    )
    assert len(letter_pages([letter, letter, letter], store.clock())) == 5  # the backs between them are empty
    assert letters_pdf([letter], store.clock()) == letters_pdf([letter], store.clock())
