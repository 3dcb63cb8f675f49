"""Posting reports to an authority's desk over a real wire: once, whatever dies, and never called reported without."""

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator

import httpx
import pytest
from pydantic import SecretStr

from models.database import Store
from models.errors import InvalidInputError, RefusedError, UnavailableError
from response.authorities import posting as filing_posting
from response.authorities.filings import approve_filing, file_one, submit_filing
from response.connectors.definition import find_definition, read_definition
from response.connectors.http import HttpConnector
from response.connectors.rehearsal import make_server
from response.organisation import read_organisation
from tests.support.filings import approve, draft, duty_of, filing_of, submit, tags
from tests.support.steps import assessed

GDPR, PIPL, NFRA = "eu-gdpr-33-authority", "cn-pipl-57-regulator", "cn-nfra-69-initial-2h"
POSTED = {GDPR, PIPL, NFRA}


@pytest.fixture
def desk(store: Store) -> Iterator[httpx.Client]:
    server = make_server(store.settings.home, 0)
    store.settings.rehearsal_containment_port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{server.server_port}", verify=False) as client:
        yield client
    server.shutdown()
    thread.join()
    server.server_close()


def calls(desk: httpx.Client, filing_id: str) -> list[dict[str, int]]:
    acts = desk.get("/acts").json()
    return [count for key, count in acts.items() if key.startswith(f"{filing_id}/")]


def approved(store: Store, rule: str = GDPR) -> str:
    incident = assessed(store, desks=True)
    filing = file_one(store, f"{incident.id}/{rule}", by="legal-1")
    approve_filing(store, filing.id, by="dpo-1")
    return filing.id


def test_plan_posts_where_there_is_a_desk_and_records_the_rest(store: Store, desk: httpx.Client) -> None:
    incident = assessed(store, desks=True)
    number = draft(store, incident)
    approve(store, incident)
    assert submit(store, incident) == number > len(POSTED)
    for rule in POSTED:
        filing = filing_of(store, incident, rule)
        assert (filing.status, filing.submitted_by) == ("acknowledged", "legal-1")
        assert filing.receipt_number.startswith("REHEARSAL-")
        assert duty_of(store, incident, rule).met_by == filing.id
        assert calls(desk, filing.id) == [{"calls": 1, "applied": 1}]
    by_hand = filing_of(store, incident, "cn-csl-27-report")
    assert (by_hand.status, by_hand.receipt_number, calls(desk, by_hand.id)) == ("submitted", None, [])


def test_desk_gets_the_document_of_the_form_with_its_people(
    store: Store, desk: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = []
    real = HttpConnector.submit
    monkeypatch.setattr(HttpConnector, "submit", lambda *given: (sent.append(given[2]), real(*given))[1])
    submit_filing(store, approved(store), by="legal-1")
    assert (sent[0]["field_30"], sent[0]["field_3"]) == ("Amara Lindqvist", "a")


def test_person_submits_by_the_desk_or_as_they_did_it_themselves(store: Store, desk: httpx.Client) -> None:
    posted = submit_filing(store, approved(store), by="legal-1")
    assert (posted.status, posted.receipt_number[:9]) == ("acknowledged", "REHEARSAL")
    own = file_one(store, f"{posted.incident_id}/{PIPL}", by="legal-1")
    approve_filing(store, own.id, by="dpo-1")
    assert submit_filing(store, own.id, by="legal-1", receipt_number="CAC-7").receipt_number == "CAC-7"
    assert calls(desk, own.id) == []


@pytest.mark.parametrize("moment", ["before the post", "after the post"])
def test_killed_post_goes_on_and_arrives_once(store: Store, desk: httpx.Client, moment: str) -> None:
    filing_id = approved(store)
    assert (
        _killed_in_child(store, lambda: submit_filing(store, filing_id, by="legal-1"), moment)
        == -signal.SIGKILL
    )
    with store.reading() as session:
        left = session.get(filing_posting.Filing, filing_id)
    assert (left.status, left.posting_since is not None) == ("approved", True)
    done = submit_filing(store, filing_id, by="legal-1")
    assert [count["applied"] for count in calls(desk, filing_id)] == [1]
    assert (done.status, tags(store, "filing").count("filing:submitted")) == ("acknowledged", 1)
    assert tags(store, "filing").count("filing:claimed") == 1


def _killed_in_child(store: Store, act: Callable[[], object], moment: str) -> int:
    store.engine.dispose()  # a connection must not be shared with the child
    child = os.fork()
    if child == 0:
        real = HttpConnector.submit

        def die(*given: object) -> None:
            if moment == "after the post":
                real(*given)
            os.kill(os.getpid(), signal.SIGKILL)

        HttpConnector.submit = die
        try:
            act()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_what_is_being_posted_is_not_drafted_anew(store: Store, desk: httpx.Client) -> None:
    filing_id = approved(store)
    assert (
        _killed_in_child(store, lambda: submit_filing(store, filing_id, by="legal-1"), "after the post") < 0
    )
    assert file_one(store, filing_id.rpartition("/")[0], by="legal-1").id == filing_id


def test_desk_that_cannot_tell_repeats_is_not_called_again(store: Store, desk: httpx.Client) -> None:
    _own_desk(store, "idempotent: false")
    filing_id = approved(store)
    assert (
        _killed_in_child(store, lambda: submit_filing(store, filing_id, by="legal-1"), "after the post") < 0
    )
    with pytest.raises(RefusedError, match="may have arrived"):
        submit_filing(store, filing_id, by="legal-1")
    assert calls(desk, filing_id) == [{"calls": 1, "applied": 1}]
    assert submit_filing(store, filing_id, by="legal-1", receipt_number="DE-9").status == "acknowledged"


def _own_desk(store: Store, changed: str, old: str = "idempotent: true") -> None:
    folder = store.settings.home / "connectors"
    folder.mkdir()
    shipped = find_definition("authority-desk", store.settings.home)
    text = shipped.model_dump_json().replace(old.replace(": ", '":'), changed.replace(": ", '":'))
    folder.joinpath("authority-desk.yaml").write_text(text, encoding="utf-8")


def test_desk_that_is_away_holds_up_no_other_report(store: Store, desk: httpx.Client) -> None:
    incident = assessed(store, desks=True)
    draft(store, incident)
    approve(store, incident)
    port = store.settings.rehearsal_containment_port
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # taken, but nobody listens
        store.settings.rehearsal_containment_port = silent.getsockname()[1]
        with pytest.raises(UnavailableError, match="does not answer"):
            submit(store, incident)
    assert duty_of(store, incident, GDPR).status == "open"
    assert filing_of(store, incident, "cn-csl-27-report").status == "submitted"
    store.settings.rehearsal_containment_port = port
    assert submit(store, incident) == len(POSTED)
    assert duty_of(store, incident, GDPR).status == "met"


def test_desk_that_says_no_leaves_the_duty_open(store: Store, desk: httpx.Client) -> None:
    _own_desk(store, 'path":"/nowhere', 'path":"/authorities/reports')
    filing_id = approved(store)
    with pytest.raises(RefusedError, match="404"):
        submit_filing(store, filing_id, by="legal-1")
    with store.reading() as session:
        row = session.get(filing_posting.Filing, filing_id)
    assert (row.status, row.posting_since, row.receipt_number) == ("approved", None, None)
    assert tags(store, "filing")[-1] == "filing:not_taken"


def test_home_that_mails_for_real_does_not_post_to_a_rehearsal(store: Store, desk: httpx.Client) -> None:
    store.settings.smtp_url = SecretStr("smtp://mail.bank.example:587")
    filing_id = approved(store)
    with pytest.raises(RefusedError, match="is a rehearsal"):
        submit_filing(store, filing_id, by="legal-1")
    assert calls(desk, filing_id) == []
    assert submit_filing(store, filing_id, by="legal-1", receipt_number="DE-9").status == "acknowledged"


def test_receipt_is_needed(store: Store, desk: httpx.Client) -> None:
    _own_desk(store, 'receipt":"/elsewhere', 'receipt":"/receipt')
    with pytest.raises(UnavailableError, match="no receipt"):
        submit_filing(store, approved(store), by="legal-1")


def test_most_exact_desk_wins() -> None:
    text = """
schema: tocsin/organisation/1
authorities:
  eu-*: {connector: all-of-it}
  eu-gdpr: {connector: by-law}
  eu-gdpr-33-authority: {connector: by-rule}
"""
    known = read_organisation(text)
    assert known.desk_for(GDPR, "eu-gdpr") == "by-rule"
    assert known.desk_for("eu-gdpr-33-4-phases", "eu-gdpr") == "by-law"
    assert known.desk_for("eu-dora-19-final", "eu-dora") == "all-of-it"
    assert known.desk_for(PIPL, "cn-pipl") is None


def test_connector_that_does_nothing_is_refused() -> None:
    text = """
connector: idle
name: {en: Idle, zh: 空}
source: ours
base_url: rehearsal
target: {pattern: "x", what: {en: x, zh: x}}
"""
    with pytest.raises(InvalidInputError, match="capabilities or a submission"):
        read_definition(text, "idle.yaml")
