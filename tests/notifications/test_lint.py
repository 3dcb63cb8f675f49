"""The safety check before a campaign: texts, recipients and laws; one finding is enough, and it names its place."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import update

from models.database import Store
from models.errors import RefusedError
from models.facts_words import DataCategory
from notifications.audience import SUBJECT
from notifications.campaign import approve_campaign, get_campaign
from notifications.import_people import import_people
from notifications.safety import lint
from notifications.safety.campaign_lint import left_to_people, lint_campaign
from notifications.safety.lint import Finding, lint_notice
from notifications.safety.lint_law import unsaid
from notifications.safety.lint_people import faults_of
from notifications.safety.lint_text import in_html
from notifications.safety.reading_level import reading_level, syllables
from notifications.sealed_person import Contact, seal_contact, sealer_of
from notifications.texts.exposure import PROFILES
from notifications.texts.notice_text import NoticeDetails, Variant, variant_of
from notifications.texts.phrases import languages
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


@pytest.mark.parametrize(
    "organisation",
    [
        *(
            "见 银行.中国",
            "пример.рф",
            "xn--fiqs8s",
            "192.0.2.7",
            "ftp://x",
            "bank．com",
            "evil.vip",
            "mailto:x",
        ),
        *("bit.ly", "a.b.museum", "bank｡com", "tel:112", "[2001:db8::1]"),
    ],
)
def test_sms_holds_nothing_that_a_phone_makes_a_link_of(organisation: str) -> None:
    assert "the SMS holds a link" in problems(details(organisation=organisation))


@pytest.mark.parametrize(
    "value",
    [
        "4111  1111 1111 1111",
        "S1234567D",
        "A123456(3)",
        "QQ123456C",
        "DE89 3704 0044",
        "card 1234",
        "４１１１１１",
    ],
)
def test_sms_holds_no_number_of_somebody(value: str) -> None:
    assert any("long number" in problem for problem in problems(details(organisation=value)))


def test_sms_may_name_a_year_and_its_contact_by_mail_alone() -> None:
    assert problems(details(organisation="Bank of 2026")) == set()
    other = problems(details(organisation="ann@mail.example"))
    assert "the SMS holds an e-mail address that is not the contact's" in other


@pytest.mark.parametrize("mark", ["\u202e", "\u200b", "\u2066", "\ufeff", "\x07"])
def test_text_holds_nothing_that_can_not_be_seen(mark: str) -> None:
    assert "the text holds a character that can't be seen" in problems(details(organisation=f"Ba{mark}nk"))


@pytest.mark.parametrize(
    "rest", ["{{ name }}", "${name}", "%(name)s", "[NAME]", "[姓名]", "TBD", "None", "_____", "undefined"]
)
def test_no_placeholder_of_any_kind_is_left(rest: str) -> None:
    assert "an unfilled placeholder is left" in problems(details(organisation=rest))


@pytest.mark.parametrize(
    "piece",
    [
        '<a href="x">',
        "<img src=x>",
        "<script>",
        "<p onclick = x>",
        "<p style='background:url(x)'>",
        "<form>",
        "< A HREF=x",
    ],
)
def test_html_has_nothing_to_click_and_tracks_nobody(piece: str) -> None:
    assert list(in_html(f"<p>Dear</p>{piece}")) == ["the HTML holds a link, an image or a script"]
    assert list(in_html('<html lang="en"><meta charset="utf-8"><p>a &lt;a href&gt;</p>')) == []


DAY = date(2026, 3, 5)
HEADINGS = (
    *("Notice of Data Breach", "What Happened", "What Information Was Involved", "What We Are Doing"),
    *("What You Can Do", "For More Information"),
)


def in_place(
    part: str, old: str, new: str, monkeypatch: pytest.MonkeyPatch, place: str = "US-CA"
) -> set[str]:
    """Lint the English notice with one piece of its template replaced."""
    rendered = lint.render_part

    def altered(name: str, *arguments: object) -> str:
        text = rendered(name, *arguments)
        assert name != part or old in text
        return text.replace(old, new) if name == part else text

    monkeypatch.setattr(lint, "render_part", altered)
    one = variant_of("breach-notice", "en", place, "", named=True)
    return {
        found.problem for found in lint_notice("breach-notice", details(dated_on=DAY), [one], drill=False)
    }


@pytest.mark.parametrize("heading", HEADINGS)
def test_american_notice_stands_under_the_prescribed_headings(
    heading: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = in_place("body.html", heading, "Something else", monkeypatch)
    assert found == {"a heading that the law prescribes is missing or out of its order"}


@pytest.mark.parametrize(
    "said", ["A store of information was left open", "Date of this notice: 5 March 2026"]
)
def test_what_happened_and_the_day_must_be_said(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = in_place("body.txt", said, "", monkeypatch, "DE")
    assert any(problem.startswith("a required statement is missing") for problem in found)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("profile", PROFILES)
def test_every_language_passes_for_every_kind_of_data(language: str, profile: str) -> None:
    kinds = get_args(DataCategory)
    people = [Variant(language, profile, kinds[at : at + 9], at % 2 == 0) for at in range(0, len(kinds), 3)]
    said = details(organisation="Lantern Bay Commercial Bank (Asia)", dated_on=DAY)
    assert [lint_notice("breach-notice", said, people, drill=drill) for drill in (False, True)] == [(), ()]
