"""Commands that say what new facts and new law change, and what is owed to which people; no names in any of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from console.cli.main import main
from models.clock import system_clock
from models.database import Store
from models.home import init_home
from models.incident import Incident
from models.settings import Settings
from response import law_upgrade
from tests.response.test_law_upgrade import shorter
from tests.response.test_supplements import GDPR, learn, reported
from tests.support.filings import duty_of, filing_of
from tests.support.steps import assessed

PEOPLE = """id,name,email,phone,place,categories
1,Amara Stone,amara@example.com,,DE,name;national_id
2,Bo Stone,bo@example.com,,DE,name;national_id
3,Cleo Stone,cleo@example.com,,CN,name
4,Dee Stone,nobody,,,name
"""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    settings = Settings(home=tmp_path / "home")
    monkeypatch.setenv("TOCSIN_HOME", str(settings.home))
    init_home(settings)
    return Store(settings, system_clock)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Call a command and give its exit code and all it said."""

    def call(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err

    return call


@pytest.fixture
def with_people(store: Store, tmp_path: Path, run: Any) -> Incident:
    incident = assessed(store)
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    code, said = run("people", "import", incident.id, str(path), "--json")
    assert (code, json.loads(said)["stored"]) == (0, 4)
    return incident


def test_incident_show_lists_the_report_that_newer_facts_overtake(store: Store, run: Any) -> None:
    incident = reported(store)
    assert "Needs a supplement" not in run("incident", "show", incident.id)[1]
    learn(store, incident, people={"total": {"value": 9000}})
    code, said = run("incident", "show", incident.id, "--json")
    needed = {each["id"]: each for each in json.loads(said)["supplements"]}
    overtaken = needed[filing_of(store, incident, GDPR).id]
    assert (code, overtaken["kind"]) == (0, "filing")
    assert "people.total" in overtaken["changed_facts"]
    assert "Needs a supplement" in run("incident", "show", incident.id)[1]


def test_people_duties_counts_who_is_alike_and_says_whose_law_is_open(
    with_people: Incident, run: Any
) -> None:
    code, said = run("people", "duties", with_people.id, "--json")
    groups = {(each["place"], each["people"]): each["duties"] for each in json.loads(said)}
    assert (code, set(groups)) == (0, {("DE", 2), ("CN", 1), (None, 1)})
    assert "eu-gdpr-34-individuals" in {duty["rule"] for duty in groups["DE", 2]}
    assert groups[None, 1] is None
    plain = run("people", "duties", with_people.id)[1]
    assert "4 people in 3 groups." in plain
    assert "For 1 people the file names no place" in plain


def test_people_show_tells_all_of_one_person_but_who_it_is(with_people: Incident, run: Any) -> None:
    code, said = run("people", "show", with_people.id, "1", "--json")
    found = json.loads(said)
    assert (code, found["number"], found["place"], found["language"]) == (0, 1, "DE", "de")
    assert (found["categories"], found["deliveries"], found["erased"]) == (["name", "national_id"], [], False)
    assert "Person 1 of" in run("people", "show", with_people.id, "1")[1]
    assert "mara" not in said


def test_people_show_of_nobody_says_where_to_look(with_people: Incident, run: Any) -> None:
    code, said = run("people", "show", with_people.id, "5")
    assert code == 1
    assert "There is no person 5" in said
    assert "tocsin people count" in said


def test_law_diff_open_shows_a_shorter_limit_and_law_apply_puts_it_in_force(
    store: Store, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = assessed(store)
    assert json.loads(run("law", "diff", "--open", "--json")[1]) == {incident.id: []}
    monkeypatch.setattr(law_upgrade, "load_law", shorter)
    before = duty_of(store, incident, GDPR).due_at
    assert "Put it in force with `tocsin law apply INC --as STAFF`." in run("law", "diff", "--open")[1]
    code, said = run("law", "apply", incident.id, "--as", "legal-1", "--json")
    assert (code, [change["rule"] for change in json.loads(said)]) == (0, [GDPR])
    assert (before - duty_of(store, incident, GDPR).due_at).total_seconds() == 24 * 3600
    assert json.loads(run("law", "diff", "--open", "--json")[1]) == {incident.id: []}


def test_law_apply_is_refused_to_those_who_do_not_answer_for_it(store: Store, run: Any) -> None:
    incident = assessed(store)
    before = duty_of(store, incident, GDPR).rule_hash
    assert run("law", "apply", incident.id, "--as", "care-1")[0] == 1
    assert run("law", "diff")[0] == 2
    assert duty_of(store, incident, GDPR).rule_hash == before


def test_people_check_says_what_is_wrong_and_stores_nobody(store: Store, run: Any, tmp_path: Path) -> None:
    incident = assessed(store)
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    code, said = run("people", "check", str(path), "--json")
    found = json.loads(said)
    assert (code, found["rows"], found["stored"], found["without_address"]) == (0, 4, 4, 1)
    assert found["faults"] == [{"row": 5, "column": "email", "fault": "not an e-mail address"}]
    assert json.loads(run("people", "count", incident.id, "--json")[1]) == []
    assert "1 fault; nothing was stored." in run("people", "check", str(path))[1]


def test_people_import_of_what_cannot_be_read_says_one_thing(store: Store, run: Any, tmp_path: Path) -> None:
    incident = assessed(store)
    path = tmp_path / "people.csv"
    path.write_text("name,town\nAmara,Berlin\n")
    code, said = run("people", "import", incident.id, str(path))
    assert code == 1
    assert "no column with an e-mail address or a phone number" in said
    assert "Traceback" not in said
    assert run("people", "import", incident.id, str(path), "--database-from", "NO_SUCH_VARIABLE")[0] == 1
