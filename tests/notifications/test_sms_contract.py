"""Every request of a campaign, and every answer of the rehearsal provider, under the interface as it is described."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from models.database import Store
from notifications.channels.calls import call_by_text
from notifications.channels.rehearsal import servers
from notifications.channels.rehearsal.text import TextFault, received_texts, text_application
from notifications.import_people import import_people
from notifications.outbox.running import run_async
from notifications.targets import REHEARSAL_ACCOUNT, REHEARSAL_TOKEN, text_target
from tests.notifications.conftest import approved
from tests.notifications.test_delivery import deliver_all
from tests.notifications.test_sms_senders import CONTENT, FILE, PEOPLE, SERVICE, TEMPLATE
from tests.support.openapi import FORM, Contract, watched

MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
HERE = MESSAGES.format(AccountSid=REHEARSAL_ACCOUNT)
BASIC = {"Authorization": "Basic eA==", "Content-Type": FORM}


@pytest.fixture(params=["ours", pytest.param("published", marks=pytest.mark.corpus)])
def contract(request: pytest.FixtureRequest) -> Contract:
    if request.param == "ours":
        return Contract(yaml.safe_load(Path(__file__).with_name("messages_openapi.yaml").read_text("utf-8")))
    shared: Path = request.getfixturevalue("shared")
    return Contract(
        json.loads((shared / "corpora" / "twilio" / "twilio-messages-openapi.json").read_text("utf-8"))
    )


@pytest.fixture
def provider(
    store: Store, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> Iterator[servers.Rehearsal]:
    """Run the rehearsal servers with the contract before the SMS provider, under an account as a bank has one."""
    watching = lambda keeper: watched(text_application(keeper), contract, "/2010-04-01/")  # noqa: E731
    monkeypatch.setattr(servers, "text_application", watching)
    with servers.running(store.settings.home) as running:
        store.settings.rehearsal_smtp_port = running.smtp_port
        store.settings.twilio_base_url = running.http_url
        store.settings.twilio_account_sid = REHEARSAL_ACCOUNT
        store.settings.twilio_auth_token = SecretStr(REHEARSAL_TOKEN)
        store.settings.public_url = "https://bank.example"
        yield running


def test_campaign_asks_only_what_is_described(
    store: Store,
    incident_id: str,
    people_file: Callable[..., Path],
    provider: servers.Rehearsal,
    contract: Contract,
) -> None:
    import_people(store, incident_id, people_file(PEOPLE))
    (store.settings.home / "sms-senders.yaml").write_text(FILE + TEMPLATE, encoding="utf-8")
    provider.text.faults.append(TextFault(500, times=2, kept=True))  # so that the list is asked, too
    assert deliver_all(store, approved(store)).status == "done"
    run_async(call_by_text(text_target(store.settings, drill=False), "+6590000001", "A question waits."))
    assert contract.broken == []
    assert set(contract.asked) == {f"POST {MESSAGES}", f"GET {MESSAGES}"}
    assert contract.asked.count(f"POST {MESSAGES}") == len(received_texts(provider.text_folder)) == 6


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"From": "+15005550006", "Body": "x"}, "'To' is a required property"),
        ({"To": "+6591234567", "From": "B", "Body": "x", "Sender": "B"}, "Sender is not described"),
        ({"To": "+6591234567", "MessagingServiceSid": "MG1", "Body": "x"}, "MG1"),
        ({"To": "+6591234567", "MessagingServiceSid": SERVICE, "ContentSid": CONTENT[:-1]}, CONTENT[:-1]),
    ],
)
def test_contract_finds_a_request_that_breaks_it(contract: Contract, form: dict[str, Any], says: str) -> None:
    contract.request("POST", HERE, {}, form, BASIC)
    assert says in " ".join(contract.broken)


def test_contract_finds_a_question_and_an_answer_that_break_it(contract: Contract) -> None:
    contract.request("GET", HERE, {"PageSize": "5000"}, {}, BASIC)
    contract.request("GET", HERE, {"Wanted": "all"}, {}, BASIC)
    contract.request("GET", HERE.replace("AC", "XX"), {}, {}, {})
    operation = contract.request("POST", HERE, {}, {"To": "+6591234567", "From": "B", "Body": "x"}, BASIC)
    assert operation is not None
    contract.answer(operation, 201, {"sid": "1", "status": "gone", "to": "", "body": "", "error_code": "x"})
    found = " ".join(contract.broken)
    for sign in (
        "5000",
        "Wanted is not described",
        "XX0",
        "no basic",
        "'gone' is not one of",
        "$.sid",
        "$.error_code",
    ):
        assert sign in found
