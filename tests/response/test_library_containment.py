"""Every containment that a plan of the library names can be planned, carried out, checked and undone in a drill."""

import threading
from collections.abc import Iterator

import pytest

from models.database import Store
from models.errors import RefusedError
from playbooks.lint import lint_text
from playbooks.loader import library, library_text, load_playbook
from playbooks.schema import Irreversible
from response.connectors.definition import acts_at_hand, find_definition
from response.connectors.rehearsal import make_server
from response.containing import containment
from response.containing.containments import list_containments, revert
from tests.support.steps import declared, step


def acts() -> dict[tuple[str, str], bool]:
    """Name each connector and capability of the library, and whether some plan says that it can't be undone."""
    found = dict[tuple[str, str], bool]()
    for name in library():
        workflow = load_playbook(library_text(name), name).workflow
        for key, planned in workflow.items():
            if planned.action == "containment.plan":
                what = (str(planned.inputs["connector"]), str(planned.inputs["capability"]))
                done = [each for each in workflow.values() if each.action == "containment.execute"]
                final = any(
                    isinstance(each.undo, Irreversible) for each in done if each.inputs["plan"] == key
                )
                found[what] = found.get(what, False) or final
    return found


ACTS = acts()


@pytest.fixture
def rehearsal(store: Store) -> Iterator[None]:
    server = make_server(store.settings.home, 0)
    store.settings.rehearsal_containment_port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield
    server.shutdown()
    thread.join()
    server.server_close()


def test_library_contains_by_eleven_acts_of_ten_connectors() -> None:
    assert (len(ACTS), len({connector for connector, _ in ACTS})) == (11, 10)


@pytest.mark.parametrize("name", library())
def test_library_names_connectors_that_ship(name: str, store: Store) -> None:
    found = lint_text(library_text(name), name, connectors=acts_at_hand(store.settings.home))
    assert [each for each in found if each.code == "connector-unknown"] == []


def test_plan_that_names_a_connector_of_no_home_is_found(store: Store) -> None:
    text = library_text("vendor-breach").replace("connector: partner-access", "connector: partner-axess")
    found = lint_text(text, "vendor-breach.yaml", connectors=acts_at_hand(store.settings.home))
    assert [(each.code, each.mend) for each in found] == [
        ("connector-unknown", "Perhaps partner-access is meant.")
    ]


def test_plans_say_of_each_act_whether_it_can_be_undone_as_its_connector_does(store: Store) -> None:
    said = {
        (connector, capability): find_definition(connector, store.settings.home).act(capability).undo is None
        for connector, capability in ACTS
    }
    assert said == ACTS


@pytest.mark.parametrize(("connector", "capability"), sorted(ACTS))
def test_containment_of_the_library_works_in_a_drill(
    connector: str, capability: str, store: Store, rehearsal: None
) -> None:
    incident = declared(store, drill=True)
    given = {"connector": connector, "capability": capability, "target": "thing-7"}
    plan = {"plan": "contain_plan"}
    with store.work() as unit:
        containment.plan(unit, step(store, incident, "contain_plan", given))
    containment.execute(step(store, incident, "contain_execute", plan))
    assert containment.verify(step(store, incident, "contain_verify", plan)).values == {"contained": True}
    with store.reading() as session:
        (row,) = list_containments(session, incident.id)
    if not row.plan["reversible"]:
        with pytest.raises(RefusedError, match="undone"):
            revert(store, row.id, "lead-1", "a mistake")
    else:
        assert revert(store, row.id, "lead-1", "a mistake").status == "reverted"
