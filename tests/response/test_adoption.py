"""Another plan during an incident: adopted by a person, with its difference; what was done stays done."""

import pytest

from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.incident import Incident, PlaybookVersion
from models.playbook_run import StepRun
from playbooks.loader import content_hash, library_text
from playbooks.schema import Step
from response import actions, leases
from response.adoption import add_step, adopt_playbook
from response.context import StepOutcome
from response.plan import next_steps
from response.remarks import read_remarks
from response.steps import run_step
from tests.response.conftest import SMALL_PLAN

NEWER = SMALL_PLAN.replace("version: 1.0.0", "version: 1.1.0").replace("Look into it", "Look closely")
CALL = Step(
    type="action",
    name={"en": "Call the branch", "zh": "致电网点"},
    phase="triage",
    action="manual.task",
    instructions={"en": "Ask what they saw.", "zh": "询问所见情况。"},
    owner="responder",
    timeout="PT1H",
    raci={"responsible": ["business"], "accountable": "incident_lead"},
)


@pytest.fixture(autouse=True)
def sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the small plan for sound: what makes a plan sound is the linter's own matter."""
    monkeypatch.setattr("response.adoption.refuse_unsound", lambda *_: None)


@pytest.fixture
def assessed(store: Store, incident_id: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Bring the incident to where its first step is done."""
    monkeypatch.setitem(actions.LOCAL, "triage.assess", lambda unit, context: StepOutcome())
    leases.take(store, incident_id, "runner")
    run_step(store, incident_id, "assess", "runner")
    return incident_id


def ready(store: Store, incident_id: str) -> list[str]:
    return [card.key for card in next_steps(store, incident_id).ready]


def test_newer_plan_is_adopted_with_its_difference_and_what_was_done_stays_done(
    store: Store, assessed: str
) -> None:
    found = adopt_playbook(store, assessed, NEWER, "newer.yaml", "lead-1", "Clearer words.")
    assert [each.path for each in found] == ["version", "workflow.look.name"]
    assert ready(store, assessed) == ["look"]
    with store.reading() as session:
        assert session.get_one(Incident, assessed).playbook_hash == content_hash(NEWER)
        assert session.get(PlaybookVersion, content_hash(SMALL_PLAN)) is not None
    assert read_remarks(store, assessed, content_hash(NEWER)) == ["Clearer words."]


def test_added_step_comes_next(store: Store, assessed: str) -> None:
    add_step(store, assessed, "call_branch", "assess", CALL, "lead-1", "They saw it first.")
    assert ready(store, assessed) == ["call_branch"]


def test_plan_that_means_something_else_by_a_step_that_ran_is_refused(store: Store, assessed: str) -> None:
    other = NEWER.replace("action: triage.assess", "action: accountability.compile")
    with pytest.raises(RefusedError, match=r"assess ran as triage\.assess and the new plan means something"):
        adopt_playbook(store, assessed, other, "other.yaml", "lead-1", "why")


def test_plan_without_a_place_for_an_open_question_is_refused(store: Store, assessed: str) -> None:
    run_step(store, assessed, "look", "runner")
    other = NEWER.replace("on_completion: look", "on_completion: peek").replace("  look:", "  peek:")
    with pytest.raises(RefusedError, match="look is waiting and the new plan has no such step"):
        adopt_playbook(store, assessed, other, "other.yaml", "lead-1", "why")


@pytest.mark.parametrize(
    ("text", "by", "reason", "refusal"),
    [
        (SMALL_PLAN, "lead-1", "why", RefusedError),
        (NEWER, "lead-1", " ", InvalidInputError),
        (NEWER, "nobody", "why", NotFoundError),
        (NEWER, "care-1", "why", RefusedError),
        ("schema: nonsense", "lead-1", "why", InvalidInputError),
    ],
)
def test_refused_adoption_changes_nothing(
    store: Store, assessed: str, text: str, by: str, reason: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        adopt_playbook(store, assessed, text, "newer.yaml", by, reason)
    with store.reading() as session:
        assert session.get_one(Incident, assessed).playbook_hash == content_hash(SMALL_PLAN)
        assert session.get(PlaybookVersion, content_hash(NEWER)) is None
        assert session.get_one(StepRun, (assessed, "assess")).status == "done"


def test_unsound_plan_is_refused_with_its_first_finding(
    store: Store, assessed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    with pytest.raises(RefusedError, match="The playbook has"):
        adopt_playbook(store, assessed, NEWER, "newer.yaml", "lead-1", "why")


def test_plan_of_a_closed_incident_is_part_of_the_record(store: Store, assessed: str) -> None:
    with store.work() as unit:
        unit.session.get_one(Incident, assessed).status = "closed"
    with pytest.raises(RefusedError, match="closed"):
        adopt_playbook(store, assessed, NEWER, "newer.yaml", "lead-1", "why")


def test_library_plan_replaces_another_before_anything_ran(store: Store, incident_id: str) -> None:
    found = adopt_playbook(
        store,
        incident_id,
        library_text("exposed-storage"),
        "exposed-storage.yaml",
        "lead-1",
        "It is a bucket.",
    )
    assert found != ()
    assert ready(store, incident_id) == ["record"]
