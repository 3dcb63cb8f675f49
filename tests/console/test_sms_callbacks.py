"""What the SMS provider posts, over HTTP: believed with its signature over the public address, in every form of it."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select
from twilio.request_validator import RequestValidator

from console.intake import create_app
from models.database import Store
from models.enquiry import Enquiry
from models.home import init_home
from models.notice import Suppression
from models.settings import Settings
from notifications.targets import REHEARSAL_TOKEN

REPLY = {"MessageSid": "SM1", "From": "+6591234567", "Body": "STOP"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path / "home", public_url="https://bank.example:8443/tocsin")
    init_home(made)
    return made


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as made:
        yield made


def post(
    client: TestClient, path: str, form: dict[str, str], signed: str, token: str = REHEARSAL_TOKEN
) -> int:
    signature = RequestValidator(token).compute_signature(signed, form)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return client.post(path, content=urlencode(form), headers=headers).status_code


def suppressed(settings: Settings) -> int:
    with Store(settings).reading() as session:
        return len(session.exec(select(Suppression)).all())


@pytest.mark.parametrize(
    ("path", "signed"),
    [
        ("/receipts/sms/replies", "https://bank.example:8443/tocsin/receipts/sms/replies"),
        ("/receipts/sms/replies", "https://bank.example/tocsin/receipts/sms/replies"),
        (
            "/receipts/sms/replies?of=a%20b&x=1",
            "https://bank.example:8443/tocsin/receipts/sms/replies?of=a%20b&x=1",
        ),
    ],
)
def test_reply_is_believed_with_port_and_query_as_the_provider_signs_them(
    client: TestClient, settings: Settings, path: str, signed: str
) -> None:
    assert post(client, path, REPLY, signed) == 200
    assert suppressed(settings) == 1


@pytest.mark.parametrize(
    "signed",
    [
        "https://other.example/tocsin/receipts/sms/replies",
        "http://testserver/receipts/sms/replies",
        "https://bank.example:8443/tocsin/receipts/sms/replies?x=1",
    ],
)
def test_reply_signed_for_another_address_is_refused(
    client: TestClient, settings: Settings, signed: str
) -> None:
    assert post(client, "/receipts/sms/replies", REPLY, signed) == 401
    assert suppressed(settings) == 0


def test_reply_signed_with_another_token_or_not_at_all_is_refused(
    client: TestClient, settings: Settings
) -> None:
    signed = "https://bank.example:8443/tocsin/receipts/sms/replies"
    assert post(client, "/receipts/sms/replies", REPLY, signed, "other") == 401
    assert client.post("/receipts/sms/replies", data=REPLY).status_code == 401
    assert suppressed(settings) == 0


def test_reply_in_chinese_is_kept_as_an_enquiry(client: TestClient, settings: Settings) -> None:
    form = REPLY | {"Body": "我的卡号在里面吗？"}
    assert (
        post(client, "/receipts/sms/replies", form, "https://bank.example/tocsin/receipts/sms/replies") == 200
    )
    with Store(settings).reading() as session:
        assert [row.channel for row in session.exec(select(Enquiry))] == ["sms"]


def test_report_on_a_message_nobody_knows_is_taken_and_changes_nothing(client: TestClient) -> None:
    form = {"MessageSid": "SM9", "MessageStatus": "undelivered", "ErrorCode": "30005"}
    signed = "https://bank.example:8443/tocsin/receipts/sms"
    assert post(client, "/receipts/sms", form, signed) == 204
    assert post(client, "/receipts/sms", form, signed, "other") == 401


def test_report_that_is_too_long_is_refused(client: TestClient) -> None:
    form = {"MessageSid": "SM9", "Body": "a" * 100_000}
    assert post(client, "/receipts/sms", form, "https://bank.example:8443/tocsin/receipts/sms") == 401
