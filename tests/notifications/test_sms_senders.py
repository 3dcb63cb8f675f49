"""SMS go by the sender of their country: a number, a name or a messaging service, in China as carriers want it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from models.database import Store
from models.errors import InvalidInputError
from notifications.channels.contract import Route
from notifications.channels.rehearsal.servers import Rehearsal
from notifications.channels.rehearsal.text import TextFault, received_texts
from notifications.channels.sms_senders import Sender, country_of, default_route, read_senders
from notifications.import_people import import_people
from tests.notifications.conftest import INCIDENT, approved
from tests.notifications.test_delivery import deliver_all

SERVICE, CONTENT = "MG" + "0a" * 16, "HX" + "0b" * 16
FILE = f"""
schema: tocsin/sms-senders/1
senders:
  SG: {{name: LANTERNBAY}}
  US: {{messaging_service: {SERVICE}}}
  DE: {{number: "+4915112345678"}}
  HK: {{messaging_service: {SERVICE}}}
  CN:
    messaging_service: {SERVICE}
    signature: 明湾银行
"""
TEMPLATE = f"""    templates:
      breach-notice:
        zh-Hans: {{content: {CONTENT}, variables: {{"1": "{{{{ kinds_in_line }}}}", "2": "{{{{ reference }}}}"}}}}
"""
PEOPLE = """id,phone,place
1,9123 4567,SG
2,+1 212 555 2368,US-NY
3,+49 151 12345679,DE
4,13800138000,CN
5,+44 7400 123456,GB
"""


@pytest.fixture
def write(store: Store) -> Callable[[str], Path]:
    def into_home(text: str) -> Path:
        path = store.settings.home / "sms-senders.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return into_home


@pytest.fixture
def people(store: Store, incident_id: str, people_file: Callable[..., Path]) -> None:
    import_people(store, incident_id, people_file(PEOPLE))


def sent(rehearsal: Rehearsal) -> dict[str, tuple[str, str]]:
    found = received_texts(rehearsal.text_folder)
    return {m["to"][:3]: (m["from"] or m["messaging_service_sid"], m["body"]) for m in found}


def test_each_country_is_written_to_by_its_sender(
    store: Store, people: None, write: Callable[[str], Path], rehearsal: Rehearsal
) -> None:
    write(FILE)
    assert deliver_all(store, approved(store)).status == "done"
    found = sent(rehearsal)
    assert {to: sender for to, (sender, _) in found.items()} == {
        "+65": "LANTERNBAY",
        "+12": SERVICE,
        "+49": "+4915112345678",
        "+86": SERVICE,
        "+44": store.settings.twilio_from,
    }
    assert found["+86"][1].startswith("【明湾银行】您的")
    assert "Example Bank】" not in found["+86"][1]


def test_mainland_china_gets_the_approved_template_with_its_values(
    store: Store, people: None, write: Callable[[str], Path], rehearsal: Rehearsal
) -> None:
    write(FILE + TEMPLATE)
    rehearsal.text.faults.append(
        TextFault(500, to="+8613800138000", kept=True)
    )  # found again by its reference
    assert deliver_all(store, approved(store)).status == "done"
    content, _, variables = sent(rehearsal)["+86"][1].partition(" ")
    assert (content, json.loads(variables)["2"]) == (CONTENT, INCIDENT)
    assert len([m for m in received_texts(rehearsal.text_folder) if m["to"].startswith("+86")]) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (FILE.replace("LANTERNBAY", "MUCH TOO LONG A NAME"), "SG.name"),
        (FILE.replace("LANTERNBAY", "'12345'"), "SG.name"),
        (FILE.replace("SG:", "US-NY:"), "US-NY is no country"),
        (FILE.replace("SG: {name", "CA: {name"), "CA takes no names"),
        (
            FILE.replace("  HK:", "  JP: {number: '+81312345678', signature: 明湾银行}\n  HK:"),
            "JP knows no signatures",
        ),
        (FILE.replace('"+4915112345678"', '"+4915112345678", name: BANK'), "exactly one of"),
        (FILE + "  ZZ: {}\n", "exactly one of"),
        (FILE.replace("senders/1", "senders/2"), "schema"),
        ("senders: [", "not YAML"),
        ("", "Input should be"),
    ],
)
def test_a_file_that_can_not_be_used_is_refused(
    store: Store, write: Callable[[str], Path], text: str, says: str
) -> None:
    path = write(text)
    with pytest.raises(InvalidInputError, match=says) as refused:
        read_senders(store.settings.home)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+12125552368", "US"),
        ("+14165550123", "CA"),
        ("+8613800138000", "CN"),
        ("+85251234567", "HK"),
        ("+6591234567", "SG"),
        ("+4915112345678", "DE"),
        ("+447400123456", "GB"),
        ("+9991", ""),
    ],
)
def test_country_is_read_from_the_number(number: str, country: str) -> None:
    assert country_of(number[:9], len(number)) == country


def test_settings_may_name_a_messaging_service() -> None:
    assert default_route(SERVICE) == Route(service=SERVICE)
    assert default_route("+15005550006") == Route(number="+15005550006")
    assert default_route("BANK") == Route(number="BANK")


@pytest.mark.parametrize(
    ("body", "signed"),
    [
        ("您好", "【明湾】您好"),
        ("【Bank】您好", "【明湾】您好"),
        ("【演练 DRILL】【Bank】您好", "【明湾】【演练 DRILL】您好"),
        ("【演练 DRILL】您好【内】", "【明湾】【演练 DRILL】您好【内】"),
    ],
)
def test_signature_stands_first_and_once(body: str, signed: str) -> None:
    assert Sender(number="10690000", signature="明湾").signed(body) == signed
