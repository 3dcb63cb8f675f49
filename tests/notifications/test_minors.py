"""A notice about a minor goes to the parent or guardian, in words for them; nothing of the child's own is kept."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import select

from models.database import Store
from models.facts_words import DataCategory
from notifications.audience import SUBJECT
from notifications.campaign import get_campaign
from notifications.import_people import import_people
from notifications.safety import lint
from notifications.safety.campaign_lint import campaign_variants, lint_campaign
from notifications.safety.lint import lint_notice
from notifications.sealed_person import GUARDIAN, Contact, open_contact, sealer_of
from notifications.texts import notice_text
from notifications.texts.exposure import PROFILES
from notifications.texts.notice_text import Variant, render_part, variant_of
from notifications.texts.phrases import languages, phrases_of
from tests.notifications.conftest import INCIDENT, details, prepare

HEAD = "id,name,email,phone,place,categories,minor,guardian name,guardian email,guardian phone\n"
ON_BOTH = ("test_guardian_stands_in_for_the_child",)
KINDS = get_args(DataCategory)


def people(store: Store) -> list[tuple[str, Contact, str, bool, bool]]:
    with store.reading() as session:
        sealer = sealer_of(store, session, INCIDENT)
        rows = session.execute(select(SUBJECT).order_by(SUBJECT.c.number)).mappings().all()
        return [
            (
                row["addressee"],
                open_contact(sealer, INCIDENT, row["number"], row["sealed"]),
                row["categories"],
                row["has_email"],
                row["has_phone"],
            )
            for row in rows
        ]


@pytest.fixture
def take(store: Store, incident_id: str, people_file: Callable[..., Path]) -> Callable[..., int]:
    def taken(*rows: str, head: str = HEAD) -> int:
        text = head + "".join(f"{row}\n" for row in rows)
        return len(import_people(store, incident_id, people_file(text)).faults)

    return taken


KIM = "7,Kim Ho,kim@school.example,+65 9123 4567,SG,name,yes,Ann Ho,ann@mail.example,"


def test_guardian_stands_in_for_the_child(store: Store, take: Callable[..., int]) -> None:
    assert take(KIM, "8,Bo Li,bo@mail.example,,SG,name,no,,,") == 0
    guardian = Contact("Ann Ho", "ann@mail.example", "", "7")
    assert people(store) == [
        (GUARDIAN, guardian, "name", True, False),
        ("", Contact("Bo Li", "bo@mail.example", "", "8"), "name", True, False),
    ]


def test_child_without_a_known_guardian_is_not_written_to_and_is_mended(
    store: Store, take: Callable[..., int]
) -> None:
    assert take("7,Kim Ho,kim@school.example,,SG,name,yes,,,") == 1
    assert people(store) == [(GUARDIAN, Contact("", "", "", "7"), "name", False, False)]


def test_minor_needs_the_number_that_tells_children_apart(take: Callable[..., int]) -> None:
    assert take(KIM.replace("7,", ",", 1)) == 1


def test_doubtful_age_counts_as_a_minor(store: Store, take: Callable[..., int]) -> None:
    assert take(KIM.replace(",yes,", ",perhaps,")) == 1
    assert [row[0] for row in people(store)] == [GUARDIAN]


def test_children_of_one_guardian_and_the_guardian_are_three_people_however_often_the_file_comes(
    store: Store, take: Callable[..., int]
) -> None:
    rows = (KIM, KIM.replace("7,Kim", "8,Lee", 1), "9,Ann Ho,ann@mail.example,,SG,balance,,,,")
    for _ in range(2):
        take(*rows)
        assert [(row[0], row[1].reference) for row in people(store)] == [
            (GUARDIAN, "7"),
            (GUARDIAN, "8"),
            ("", "9"),
        ]


def test_person_found_to_be_a_minor_loses_the_childs_own_addresses(
    store: Store, take: Callable[..., int]
) -> None:
    take("7,Kim Ho,kim@school.example,+65 9123 4567,SG,name,,,,")
    take(KIM.replace(",name,", ",balance,"))
    take("7,Kim Ho,kim@school.example,+65 9123 4567,SG,name,,,,")
    assert people(store) == [
        (GUARDIAN, Contact("Ann Ho", "ann@mail.example", "", "7"), "balance,name", True, False)
    ]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("profile", PROFILES)
def test_guardians_notice_passes_in_every_language_for_every_kind_of_data(
    language: str, profile: str
) -> None:
    readers = [
        Variant(language, profile, KINDS[at : at + 9], at % 2 == 0, addressee=GUARDIAN)
        for at in range(0, len(KINDS), 3)
    ]
    said = details(organisation="Lantern Bay Commercial Bank (Asia)")
    assert [lint_notice("breach-notice", said, readers, drill=drill) for drill in (False, True)] == [(), ()]


@pytest.mark.parametrize("language", languages())
def test_guardian_is_told_why_they_are_written_to_and_in_the_subject_whom_it_is_about(language: str) -> None:
    one = variant_of("breach-notice", language, "DE", "name", True, GUARDIAN)
    words = phrases_of(language).phrases
    for part, said in (
        ("subject.txt", words.guardian.subject),
        ("body.txt", words.guardian.opening),
        ("sms.txt", words.guardian.short),
    ):
        text = render_part(part, "breach-notice", details(), one, False)
        assert said in text
        assert words.opening not in text


OF_THE_READER = {
    "en": r"\b(your?|yours)\b",
    "de": r"\b(Ihr|Ihre|Ihrer|Ihres|Ihrem|Ihnen|Sie)\b",
    "fr": r"\b(votre|vos|vous)\b",
    "es": r"\b(su|sus|usted|suya)\b",
    "ja": "お客様を",
    "zh-Hans": "您",
    "zh-Hant": "您",
}


@pytest.mark.parametrize("language", languages())
def test_no_kind_of_data_of_the_child_is_called_the_guardians(language: str) -> None:
    one = Variant(language, "eu", KINDS, named=True, addressee=GUARDIAN)
    kinds = notice_text.statements(details(), one, phrases_of(language).phrases)["kinds"]
    assert len(kinds) == len(KINDS)
    assert [kind for kind in kinds if re.search(OF_THE_READER[language], kind)] == []


def test_guardians_notice_that_does_not_say_so_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered, words = notice_text.render_part, phrases_of("en").phrases
    monkeypatch.setattr(
        lint, "render_part", lambda *given: rendered(*given).replace(words.guardian.opening, words.opening)
    )
    one = variant_of("breach-notice", "en", "DE", "name", True, GUARDIAN)
    found = {each.problem for each in lint_notice("breach-notice", details(), [one], drill=False)}
    assert found == {f"a required statement is missing: {words.guardian.opening}"}


def test_campaign_looks_at_the_words_to_guardians_too(store: Store, take: Callable[..., int]) -> None:
    take(KIM)
    campaign = prepare(store)
    with store.reading() as session:
        found = get_campaign(session, campaign)
        assert lint_campaign(store, session, found) == ()
        assert {each.addressee for each in campaign_variants(session, found)} == {GUARDIAN}


def test_law_that_wants_guardians_told_holds_a_campaign_back_that_names_no_minor(
    store: Store, take: Callable[..., int]
) -> None:
    take(KIM.replace(",yes,", ",no,"))
    campaign = prepare(store, serves=["cn-minors-35"])
    with store.reading() as session:
        [found] = lint_campaign(store, session, get_campaign(session, campaign))
    assert (found.where, found.field) == ("people", "minor")
    assert "wants guardians told" in found.problem
