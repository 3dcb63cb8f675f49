"""Whatever the facts are, a notice says all that it must and nothing that they do not say."""

import html
import re
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from models.facts import Facts
from models.facts_words import DataCategory, Vector
from notifications.safety.lint import lint_notice
from notifications.sealed_person import GUARDIAN
from notifications.texts.exposure import groups_of, profile_of
from notifications.texts.notice_text import (
    NoticeDetails,
    Variant,
    details_from_facts,
    render_part,
    variant_of,
)
from notifications.texts.phrases import GuardianPhrases, Phrases, phrases_of
from notifications.texts.templates_on_disk import template_languages
from regulations.notice_demands import protection_owed, words_asked

PLACES = ("DE", "GB", "US", "US-CA", "US-MA", "US-PA", "US-NY", "CN", "CN-44", "HK", "SG", "JP", "BR", "")
OFFER = {
    "provider": "Northern Watch Inc.",
    "services": ["credit_monitoring", "identity_protection"],
    "months": 24,
    "phone": "1-800-555-0100",
}
KINDS = st.lists(st.sampled_from(get_args(DataCategory)), unique=True, max_size=6)
MAYBE = st.sampled_from([None, True, False])
LANGUAGES = template_languages("breach-notice")


@st.composite
def known_facts(draw: st.DrawFn) -> Facts:
    states: dict[str, Any] = {"law_enforcement_delay": draw(MAYBE), "source_of_breach": draw(MAYBE)}
    if draw(st.booleans()):
        states["identity_protection"] = OFFER
    moments = {
        "occurred_at": draw(st.sampled_from([None, "2026-03-02T22:10:00+08:00"])),
        "aware_at": draw(st.sampled_from([None, "2026-03-03T10:30:00+08:00"])),
        "contained_at": draw(st.sampled_from([None, "2026-03-04T10:30:00+08:00"])),
    }
    breach = {"vector": draw(st.sampled_from([None, *get_args(Vector)])), "ongoing": draw(MAYBE)}
    regimes = {"us_states": states, "notice": {"accounts_watched": draw(MAYBE)}}
    role = draw(st.sampled_from(["controller", "processor", "joint_controller", None]))
    return Facts.model_validate(
        {
            "title": "Export left open",
            **moments,
            "breach": breach,
            "data": {"categories": draw(KINDS)},
            "organisation": {"name": "Lantern Bay Bank", "role": role},
            "regimes": regimes,
        }
    )


@st.composite
def readers(draw: st.DrawFn) -> Variant:
    kinds = ",".join(sorted(draw(KINDS)))
    language, place = draw(st.sampled_from(LANGUAGES)), draw(st.sampled_from(PLACES))
    addressee = draw(st.sampled_from(["", GUARDIAN]))
    return variant_of("breach-notice", language, place, kinds, draw(st.booleans()), addressee)


def told(facts: Facts) -> NoticeDetails:
    return details_from_facts(facts, reference="INC-2026-0001", contact_email="help@bank.example")


def bodies(said: NoticeDetails, reader: Variant) -> list[str]:
    texts = [render_part(part, "breach-notice", said, reader, False) for part in ("body.txt", "body.html")]
    plain = [texts[0], html.unescape(re.sub(r"<[^>]*>", " ", texts[1]))]
    return [" ".join(text.split()) for text in plain]


def lines_of(text: str) -> set[str]:
    return {line.removeprefix("- ").strip() for line in text.split("\n")}


def every_sentence(words: Phrases) -> set[str]:
    """Give all that some notice may say as a line of its own."""
    speakers: tuple[Phrases | GuardianPhrases, ...] = (words, words.guardian)
    found = {*words.categories.values(), *words.guardian.kinds.values(), *words.vectors.values(), *words.scam}
    for speaker in speakers:
        found |= {speaker.opening, *speaker.consequences.values()}
        found |= {piece for pieces in speaker.advice.values() for piece in pieces}
    found |= {piece for pieces in words.rights.values() for piece in pieces}
    return found | {
        *words.measures.values(),
        *words.police_delay.values(),
        words.police_report,
        words.withheld,
        words.guardian.rights,
    }


def expected(facts: Facts, reader: Variant, words: Phrases) -> set[str]:
    """Say in plain terms, apart from the code under test, which of all sentences are true of this reader."""
    guarded = reader.addressee == GUARDIAN
    speaker: Phrases | GuardianPhrases = words.guardian if guarded else words
    kinds = reader.categories or facts.data.categories or ("other",)
    named = words.categories | (words.guardian.kinds if guarded else {})
    groups = groups_of(kinds)
    said = {named[kind] for kind in kinds}  # type: ignore[index]
    said |= {speaker.opening, *words.scam, *words.rights[reader.profile]}
    said |= {speaker.consequences[group] for group in groups}
    said |= {piece for group in groups for piece in speaker.advice[group]}
    said |= {words.withheld if reader.place == "US-MA" else words.vectors[facts.breach.vector or "other"]}
    said |= {words.measures["investigating"], words.measures["authorities"]}
    if facts.contained_at:
        said.add(words.measures["closed"])
    elif facts.breach.ongoing is not False:
        said.add(words.measures["closing"])
    if facts.regimes["notice"].get("accounts_watched") is True:
        said.add(words.measures["watching"])
    delay = facts.regimes["us_states"].get("law_enforcement_delay")
    if reader.profile == "us" and delay is not None:
        said.add(words.police_delay["yes" if delay else "no"])
    if reader.place == "US-MA":
        said.add(words.police_report)
    return said | ({words.guardian.rights} if guarded else set())


@settings(deadline=None, max_examples=80)
@given(known_facts(), readers())
def test_notice_says_what_it_must_and_nothing_that_the_facts_do_not(facts: Facts, reader: Variant) -> None:
    said, words = told(facts), phrases_of(reader.language).phrases
    assert lint_notice("breach-notice", said, [reader], drill=False) == ()
    text = render_part("body.txt", "breach-notice", said, reader, False)
    assert lines_of(text) & every_sentence(words) == expected(facts, reader, words)
    days = {words.day(day) for day in (said.happened_on, said.discovered_on) if day}
    assert [day for day in days if day not in text] == []


@settings(deadline=None, max_examples=80)
@given(known_facts(), readers())
def test_offer_is_told_to_whom_it_is_owed_and_to_nobody_else(facts: Facts, reader: Variant) -> None:
    kinds = reader.categories or facts.data.categories or ("other",)
    owed = bool(protection_owed(reader.place, kinds)) and "identity_protection" in facts.regimes["us_states"]
    assert [("Northern Watch Inc." in body) for body in bodies(told(facts), reader)] == [owed, owed]


@given(st.sampled_from(PLACES))
def test_only_places_with_demands_of_their_own_have_words_of_their_own(place: str) -> None:
    reader = variant_of("breach-notice", "en", place, "name", named=True)
    assert reader.profile == profile_of(place)
    if not reader.place:
        assert words_asked(place, "statement") == words_asked(place, "silence") == frozenset()
