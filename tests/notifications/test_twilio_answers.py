"""What the SMS provider's answers mean: status first, then codes by meaning."""

import pytest

from models.errors import InvalidInputError
from notifications.channels import twilio_answers
from notifications.channels.contract import Outcome
from notifications.channels.twilio_answers import meanings, read_refusal

TWICE = [{"reason": "busy", "calls_for": "retry", "codes": [1, 1]}]


@pytest.mark.parametrize(
    ("status", "code", "outcome", "reason"),
    [
        (401, 20003, "stop", "credentials"),
        (403, 0, "stop", "credentials"),
        (403, 20003, "stop", "credentials"),
        (403, 21610, "opted_out", "opted_out"),
        (302, 0, "stop", "settings_wrong"),
        (400, 21211, "bad_address", "unknown_number"),
        (400, 21614, "bad_address", "cannot_receive_sms"),
        (400, 21610, "opted_out", "opted_out"),
        (400, 21408, "stop", "country_not_permitted"),
        (400, 21606, "stop", "sender_not_usable"),
        (400, 21656, "stop", "template_not_usable"),
        (400, 99999, "refused", "refused"),
        (400, 0, "refused", "refused"),
        (404, 20404, "stop", "account_suspended"),
        (408, 0, "unknown", "provider_error"),
        (429, 20429, "retry", "told_to_wait"),
        (429, 0, "retry", "told_to_wait"),
        (500, 20500, "unknown", "provider_error"),
        (503, 0, "unknown", "provider_error"),
    ],
)
def test_refusal_is_read_by_status_and_code(status: int, code: int, outcome: str, reason: str) -> None:
    answer = read_refusal(status, code)
    assert (answer.outcome, answer.reason, answer.code) == (outcome, reason, str(code or status))
    assert bool(answer.remedy) is (outcome == "stop")


def test_a_failing_server_never_counts_as_not_told() -> None:
    for status in range(500, 600):
        for code in meanings():
            assert read_refusal(status, code).outcome is Outcome.UNKNOWN


def test_codes_of_one_meaning_have_one_outcome() -> None:
    outcomes: dict[str, set[Outcome]] = {}
    for outcome, reason in meanings().values():
        outcomes.setdefault(reason, set()).add(outcome)
    assert {reason: found for reason, found in outcomes.items() if len(found) > 1} == {}


def test_a_code_that_is_there_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_answers.yaml, "safe_load", lambda _: TWICE)
    meanings.cache_clear()
    try:
        with pytest.raises(InvalidInputError, match="twice"):
            meanings()
    finally:
        meanings.cache_clear()
