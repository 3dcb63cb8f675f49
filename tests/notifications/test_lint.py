"""The safety check before a campaign: texts, recipients and laws; one finding is enough, and it names its place."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from models.database import Store
from models.errors import RefusedError
from notifications.audience import SUBJECT
from notifications.campaign import approve_campaign, get_campaign
from notifications.campaign_lint import left_to_people, lint_campaign
from notifications.import_people import import_people
from notifications.lint import Finding, lint_notice
from notifications.lint_law import unsaid
from notifications.lint_people import faults_of
from notifications.notice_text import NoticeDetails, variant_of
from notifications.reading_level import reading_level, syllables
from notifications.sealed_person import Contact, seal_contact, sealer_of
from tests.notifications.conftest import INCIDENT, details, prepare


def problems(said: NoticeDetails, language: str = "en") -> set[str]:
    one = variant_of("breach-notice", language, "DE", "", named=True)
    return {finding.problem for finding in lint_notice("breach-notice", said, [one], drill=False)}


@pytest.mark.parametrize("phone", ["bank.com", "see bank.com/help", "WWW.bank", "http://x"])
def test_sms_holds_no_live_link(phone: str) -> None:
    assert "the SMS holds a link" in problems(details(contact_phone=phone))


@pytest.mark.parametrize("phone", ["", "+49 30 901820", "help@bank.com"])
def test_hotline_and_mail_address_are_no_links(phone: str) -> None:
    assert problems(details(contact_phone=phone)) == set()


def test_sms_holds_no_value_of_the_readers_data() -> None:
    assert any("long number" in problem for problem in problems(details(organisation="Bank 4556 7375 8689")))


@pytest.mark.parametrize("word", ["ÜBUNG", "EXERCICE", "Simulacro", "演练", "訓練", "DRILL"])
def test_no_word_of_a_drill_is_left_in_a_real_notice(word: str) -> None:
    assert any("drill" in problem for problem in problems(details(organisation=f"{word} Bank")))


@pytest.mark.parametrize(
    ("channel", "contact", "fields"),
    [
        ("email", Contact("Ann", "ann@mail.example", ""), []),
        ("email", Contact("王伟", "用户@例子.公司", ""), []),
        ("email", Contact("Ann", "ann@mail.example,ben@mail.example", ""), ["email"]),
        ("email", Contact("Ann", "ann@mail.example\r\nBcc: x@y.example", ""), ["email"]),
        ("email", Contact("Ann", "", "+6591234567"), ["email"]),
        ("sms", Contact("Ann", "", "+6591234567"), []),
        ("sms", Contact("Ann", "", "+6591234567,+6591234568"), ["phone"]),
        ("sms", Contact("Ann", "", "91234567"), ["phone"]),
        ("email", Contact("Ann\nX", "ann@mail.example", ""), ["name"]),
        ("email", Contact("{{ name }}", "ann@mail.example", ""), ["name"]),
    ],
)
def test_each_recipient_gets_a_message_alone(channel: str, contact: Contact, fields: list[str]) -> None:
    assert [field for field, _ in faults_of(channel, contact)] == fields


@pytest.fixture
def people(store: Store, incident_id: str, people_file: Callable[..., Path]) -> None:
    rows = "1,ann@mail.example,,DE\n2,ben@mail.example,,DE\n3,,9123 4567,SG\n4,,,DE\n"
    import_people(store, incident_id, people_file("id,email,phone,place\n" + rows))


def spoil(store: Store, number: int, contact: Contact) -> None:
    with store.work() as unit:
        sealed = seal_contact(sealer_of(store, unit.session, INCIDENT), INCIDENT, number, contact)
        unit.session.execute(update(SUBJECT).where(SUBJECT.c.number == number).values(sealed=sealed))


def findings(store: Store, campaign_id: str) -> tuple[Finding, ...]:
    with store.reading() as session:
        return lint_campaign(store, session, get_campaign(session, campaign_id))


def test_campaign_with_one_bad_recipient_is_not_sent_and_says_whose_field(store: Store, people: None) -> None:
    campaign = prepare(store)
    assert findings(store, campaign) == ()
    spoil(store, 2, Contact("Ben", "ben@mail.example;x@mail.example", ""))
    wrong = Finding(campaign, "email: no single address", 2, "email")
    assert findings(store, campaign) == (wrong,)
    with store.work() as unit, pytest.raises(RefusedError, match="no single address") as refused:
        approve_campaign(unit, campaign, ("comms-1", "dpo-1"))
    assert refused.value.where == f"{campaign}, recipient 2, email"
    assert "ben@" not in str(refused.value)


def test_recipient_who_can_not_be_opened_holds_the_campaign_back(store: Store, people: None) -> None:
    campaign = prepare(store)
    with store.work() as unit:
        unit.session.execute(update(SUBJECT).where(SUBJECT.c.number == 1).values(sealed=b"\0" * 60))
    assert [(found.recipient, found.field) for found in findings(store, campaign)] == [(1, "sealed")]


def test_law_that_wants_more_than_is_said_holds_the_campaign_back(store: Store, people: None) -> None:
    silent = details(measures=())
    assert ("cn-pipl-57-individuals", "measures_taken") in set(
        unsaid(silent, ["cn-pipl-57-individuals"], required=True)
    )
    assert list(unsaid(details(), ["cn-pipl-57-individuals", "eu-gdpr-34-individuals"], required=True)) == []


def test_date_that_is_not_known_is_left_to_people(store: Store, people: None) -> None:
    rules = ["us-ca-breach"]
    unknown = details(happened_on=None)
    assert list(unsaid(unknown, rules, required=True)) == []
    assert ("us-ca-breach", "occurred_when") in set(unsaid(unknown, rules, required=False))
    campaign = prepare(store, serves=rules)
    with store.reading() as session:
        assert left_to_people(get_campaign(session, campaign)) == (("us-ca-breach", "delay_reasons"),)


@pytest.mark.parametrize(
    ("word", "language", "count"),
    [
        *(("water", "en", 2), ("name", "en", 1), ("information", "en", 4), ("wanted", "en", 2)),
        *(("Behörden", "de", 3), ("Sicherheitsvorfall", "de", 5), ("país", "es", 2), ("ciudad", "es", 2)),
        *(("données", "fr", 2), ("téléphone", "fr", 3)),
    ],
)
def test_syllables_are_counted_as_they_are_spoken(word: str, language: str, count: int) -> None:
    assert syllables(word, language) == count


def test_reading_level_is_a_number_by_the_formula_of_the_language() -> None:
    plain = reading_level(["The cat sat on the mat."], "en")  # 6 words, 6 syllables
    assert plain is not None
    assert (plain.formula, plain.score, plain.easy_enough) == ("Flesch", 116.1, True)
    hard = reading_level(
        ["Unauthorised dissemination of confidential information necessitates remediation."], "en"
    )
    assert hard is not None
    assert not hard.easy_enough
    assert reading_level(["中" * 46 + "。"], "zh-Hans").easy_enough is False  # type: ignore[union-attr]
    assert reading_level(["Habari ya leo."], "sw") is None
