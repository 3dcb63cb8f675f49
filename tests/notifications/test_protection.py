"""The offer of identity protection that some states want made, and what else single states ask of a notice."""

import json
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from models.database import Store
from models.errors import InvalidInputError, RefusedError
from models.facts import Facts
from models.incident import Incident
from notifications.campaign import approve_campaign, prepare_campaign
from notifications.import_people import import_people
from notifications.safety import lint
from notifications.safety.lint import lint_notice
from notifications.safety.lint_law import unsaid
from notifications.safety.lint_protection import demands_on, protection_at_fault
from notifications.texts import notice_text
from notifications.texts.notice_text import (
    NoticeDetails,
    Variant,
    details_from_facts,
    render_part,
    variant_of,
)
from notifications.texts.phrases import phrases_of
from notifications.texts.protection import ProtectionOffer
from notifications.texts.templates_on_disk import template_languages
from tests.notifications.conftest import details

TODAY = date(2026, 3, 5)
LANGUAGES = template_languages("breach-notice")
STATES = ("us-ca-breach", "us-ct-breach", "us-dc-breach", "us-de-breach", "us-ma-breach", "us-pa-breach")


def offer(**changes: Any) -> ProtectionOffer:
    said = {
        "provider": "Northern Watch Inc.",
        "services": ("identity_protection", "credit_monitoring"),
        "months": 24,
        "phone": "1-800-555-0100",
        "website": "northernwatch.example",
        "code": "LANTERN-7",
        "enrol_until": date(2026, 6, 30),
    }
    return ProtectionOffer(**(said | changes))


def reader(place: str, categories: str = "name,social_security", language: str = "en") -> Variant:
    return variant_of("breach-notice", language, place, categories, named=True)


def faults(said: NoticeDetails, readers: Iterable[Variant], serves: tuple[str, ...] = STATES) -> list[str]:
    return list(protection_at_fault(said, readers, serves, TODAY))


@pytest.mark.parametrize(
    ("place", "months", "service"),
    [
        ("US-CA", 12, "identity_protection"),
        ("US-CT", 24, "identity_protection"),
        ("US-DC", 18, "identity_protection"),
        ("US-DE", 12, "credit_monitoring"),
        ("US-MA", 18, "credit_monitoring"),
        ("US-PA", 12, "credit_monitoring"),
    ],
)
def test_campaign_to_whom_an_offer_is_owed_is_refused_without_one(
    place: str, months: int, service: str
) -> None:
    [fault] = faults(details(), [reader(place)])
    assert f"wants {months} months of {service} offered free of charge, and the facts hold no offer" in fault
    assert faults(details(protection=offer()), [reader(place)]) == []


@pytest.mark.parametrize("place", ["US-NY", "US-TX", "DE", "CN-44", ""])
def test_no_offer_is_owed_where_no_law_asks_for_one(place: str) -> None:
    assert faults(details(), [reader(place)]) == []


@pytest.mark.parametrize("categories", ["name,payment_card", "name,health", "credentials"])
def test_no_offer_is_owed_for_data_that_the_law_does_not_name(categories: str) -> None:
    assert faults(details(), [reader(place, categories) for place in ("US-CA", "US-MA", "US-PA")]) == []


def test_no_offer_is_owed_under_a_law_that_the_campaign_does_not_serve() -> None:
    assert faults(details(), [reader("US-CA")], serves=("us-ma-breach",)) == []


def test_somebody_of_an_unknown_state_is_owed_what_any_state_served_asks_for() -> None:
    assert [demand.rule for demand in demands_on(details(), [reader("US")], STATES)] == list(STATES)


def test_reader_of_whom_no_kinds_are_known_is_owed_an_offer_for_those_of_the_incident() -> None:
    assert len(faults(details(categories=("social_security",)), [reader("US-DC", "")])) == 1


@pytest.mark.parametrize(("source", "owed"), [(None, 1), (True, 1), (False, 0)])
def test_california_asks_only_whoever_was_the_source_and_unknown_counts_as_source(
    source: bool | None, owed: int
) -> None:
    assert len(faults(details(source_of_breach=source), [reader("US-CA")])) == owed


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"months": 12}, "the offer is for 12"),
        ({"services": ("credit_monitoring",)}, "the offer is of credit_monitoring"),
        ({"enrol_until": date(2026, 3, 4)}, "ended on 2026-03-04"),
    ],
)
def test_offer_that_is_too_short_or_another_or_over_is_a_fault(changes: dict[str, Any], fault: str) -> None:
    [found] = faults(details(protection=offer(**changes)), [reader("US-CT")])
    assert fault in found


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", ["US-CA", "US-MA", "US"])
@pytest.mark.parametrize("delayed", [True, False, None])
def test_offer_is_told_with_all_it_takes_in_every_language(
    language: str, place: str, delayed: bool | None
) -> None:
    said = details(protection=offer(), police_delay=delayed, dated_on=TODAY)
    one = reader(place, language=language)
    assert lint_notice("breach-notice", said, [one], drill=False) == ()
    for part in ("body.txt", "body.html"):
        text = render_part(part, "breach-notice", said, one, False)
        told = ("Northern Watch Inc.", "24", "1-800-555-0100", "northernwatch.example", "LANTERN-7")
        assert [value for value in told if value not in text] == []
        assert phrases_of(language).phrases.day(date(2026, 6, 30)) in text
    short = phrases_of(language).phrases.protection["short"]
    assert short in render_part("sms.txt", "breach-notice", said, one, False)


@pytest.mark.parametrize("place", ["US-NY", "DE", "CN"])
def test_offer_is_promised_to_nobody_to_whom_it_is_not_made(place: str) -> None:
    said = details(protection=offer())
    for part in ("body.txt", "sms.txt"):
        text = render_part(part, "breach-notice", said, reader(place), False)
        assert "free of charge. Northern" not in text
        assert "Free protection" not in text


def test_body_that_leaves_the_offer_out_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = notice_text.render_part
    monkeypatch.setattr(lint, "render_part", lambda *given: rendered(*given).replace("LANTERN-7", ""))
    found = {
        each.problem
        for each in lint_notice("breach-notice", details(protection=offer()), [reader("US-CA")], drill=False)
    }
    assert found == {"a required statement is missing: Your code for the offer is LANTERN-7."}


@pytest.mark.parametrize("language", LANGUAGES)
def test_american_is_told_whether_law_enforcement_delayed_the_notice_and_nobody_else(language: str) -> None:
    for delayed, word in ((True, "yes"), (False, "no")):
        sentence = phrases_of(language).phrases.police_delay[word]
        said = details(police_delay=delayed)
        assert sentence in render_part(
            "body.txt", "breach-notice", said, reader("US-CA", language=language), False
        )
        assert sentence not in render_part(
            "body.txt", "breach-notice", said, reader("DE", language=language), False
        )


def test_delay_that_is_not_known_is_left_to_people() -> None:
    rules = ["us-ca-breach"]
    assert list(unsaid(details(), rules, required=False)) == [("us-ca-breach", "delay_reasons")]
    assert list(unsaid(details(police_delay=False), rules, required=False)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_massachusetts_is_told_of_the_police_report_and_not_how_it_happened(language: str) -> None:
    phrases = phrases_of(language).phrases
    for part in ("body.txt", "body.html", "sms.txt"):
        text = render_part(part, "breach-notice", details(), reader("US-MA", language=language), False)
        assert phrases.vectors["misconfiguration"] not in text
    body = render_part("body.txt", "breach-notice", details(), reader("US-MA", language=language), False)
    assert phrases.police_report in body
    assert phrases.withheld in body


def test_telling_massachusetts_how_it_happened_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered, phrases = notice_text.render_part, phrases_of("en").phrases

    def told(part: str, *given: Any) -> str:
        return rendered(part, *given).replace(
            phrases.withheld, f"{phrases.withheld} {phrases.vectors['misconfiguration']}"
        )

    monkeypatch.setattr(lint, "render_part", told)
    found = {each.problem for each in lint_notice("breach-notice", details(), [reader("US-MA")], drill=False)}
    assert found == {"it tells what the law of the reader's place keeps from a notice"}


def facts(**regimes: Any) -> Facts:
    return Facts.model_validate({"title": "Export left open", "regimes": regimes})


def of(given: Facts) -> NoticeDetails:
    return details_from_facts(given, reference="INC-1", contact_email="help@bank.example")


def test_facts_carry_offer_delay_and_source() -> None:
    plain = offer().model_dump(mode="json")
    said = of(
        facts(
            us_states={"identity_protection": plain, "law_enforcement_delay": False, "source_of_breach": True}
        )
    )
    assert (said.protection, said.police_delay, said.source_of_breach) == (offer(), False, True)
    assert NoticeDetails.from_json(json.loads(json.dumps(said.as_json()))) == said
    assert of(facts()).protection is None


@pytest.mark.parametrize(
    "changes",
    [
        {"months": 0},
        {"provider": ""},
        {"phone": None, "website": None},
        {"services": []},
        {"price": 5},
        {"code": "<b>"},
    ],
)
def test_offer_that_nobody_could_take_up_is_refused(changes: dict[str, Any]) -> None:
    plain = offer().model_dump(mode="json") | changes
    with pytest.raises(InvalidInputError) as refused:
        of(facts(us_states={"identity_protection": plain}))
    assert (refused.value.where or "").startswith("regimes.us_states.identity_protection")


def test_notice_claims_that_accounts_are_watched_only_when_the_facts_say_so() -> None:
    assert of(facts()).measures == ("closing", "investigating", "authorities")
    assert of(facts(notice={"accounts_watched": True})).measures[-1] == "watching"


def test_nothing_is_being_stopped_when_nothing_goes_on() -> None:
    over = Facts.model_validate({"title": "Lost laptop", "breach": {"ongoing": False}})
    assert of(over).measures == ("investigating", "authorities")


def test_campaign_to_california_can_not_be_approved_without_the_offer(
    store: Store, incident_id: str, people_file: Callable[..., Path]
) -> None:
    people = "id,email,place,categories\n1,ann@mail.example,US-CA,social_security\n"
    import_people(store, incident_id, people_file(people))
    with store.work() as unit:
        incident = unit.session.get_one(Incident, incident_id)
        without = prepare_campaign(unit, incident, "breach-notice", details(), serves=["us-ca-breach"]).id
    with store.work() as unit, pytest.raises(RefusedError, match="12 months of identity_protection"):
        approve_campaign(unit, without, ("comms-1", "dpo-1"))
