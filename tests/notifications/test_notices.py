"""What notices say, and that what goes out decodes to what was meant."""

import email
import email.policy
import json
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.addresses import clean_text
from notifications.safety.lint import lint_notice
from notifications.texts.exposure import PROFILES
from notifications.texts.notice_text import NAME_MARK, NoticeDetails, render_part, variant_of
from notifications.texts.phrases import languages, phrases_of
from notifications.texts.skeletons import Filled, Skeleton, compile_skeleton
from notifications.texts.sms_segments import count_segments
from notifications.texts.templates_on_disk import template_languages
from tests.notifications.conftest import details

AT = datetime(2026, 3, 3, 9, tzinfo=UTC)
ALL_LANGUAGES = template_languages("breach-notice")
PLACES = {"eu": "DE", "us": "US-NY", "cn": "CN-44", "hk": "HK", "sg": "SG", "other": "BR"}


def variant(language: str = "en", place: str = "DE", categories: str = "name,payment_card"):  # type: ignore[no-untyped-def]
    return variant_of("breach-notice", language, place, categories, named=True)


def skeleton(language: str = "en", said: NoticeDetails | None = None) -> Skeleton:
    return compile_skeleton(
        "breach-notice", said or details(), variant(language), drill=False, sender="notice@bank.example"
    )


def parsed(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def contents(message: EmailMessage) -> list[str]:
    return [message.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html")]


@pytest.mark.parametrize("language", ALL_LANGUAGES)
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("drill", [False, True])
def test_every_language_passes_the_safety_check(language: str, profile: str, drill: bool) -> None:
    one = variant_of("breach-notice", language, PLACES[profile], "", named=True)
    said = details(categories=("name", "credentials", "payment_card", "national_id", "balance", "health"))
    assert lint_notice("breach-notice", said, [one], drill=drill) == ()


def test_phrases_are_complete_in_every_language_a_message_is_written_in() -> None:
    assert set(ALL_LANGUAGES) <= set(languages())
    assert [phrases_of(language).language for language in ALL_LANGUAGES] == list(ALL_LANGUAGES)


@pytest.mark.parametrize("language", ALL_LANGUAGES)
@pytest.mark.parametrize("name", ["Anna", "王伟", "محمد", "O'Hara <b>&", "😀 Zoë", "", ".dot"])
def test_message_decodes_to_the_same_content_as_the_standard_library_builds(language: str, name: str) -> None:
    built = skeleton(language)
    filled = Filled("anna@mail.example", "<1@bank.example>", name, AT)
    text = built.text.replace(NAME_MARK, name)
    standard = EmailMessage(policy=email.policy.SMTP)
    standard.set_content(text)
    standard.add_alternative("<p>x</p>", subtype="html")
    for raw in (built.eight_bit(filled), built.seven_bit(filled)):
        message = parsed(raw)
        assert message.defects == []
        assert contents(message)[0].strip() == contents(parsed(standard.as_bytes()))[0].strip()
        assert message["Subject"] == render_part(
            "subject.txt", "breach-notice", details(), variant(language), False
        )
        assert (message["To"], message["Message-ID"]) == ("anna@mail.example", "<1@bank.example>")
        assert message["X-Tocsin-Notice"] == message["Message-ID"]
        assert message["Date"].datetime == AT


def test_both_forms_of_a_message_say_the_same() -> None:
    filled = Filled("a@mail.example", "<1@bank.example>", "王 <b>伟", AT)
    eight, seven = (
        parsed(form(filled)) for form in (skeleton("zh-Hans").eight_bit, skeleton("zh-Hans").seven_bit)
    )
    assert [part.rstrip("\n") for part in contents(eight)] == [part.rstrip("\n") for part in contents(seven)]


@given(st.text(max_size=80))
def test_no_name_can_add_a_header_or_markup(name: str) -> None:
    cleaned = clean_text(name)
    message = parsed(skeleton().eight_bit(Filled("a@mail.example", "<1@bank.example>", cleaned, AT)))
    usual = parsed(skeleton().eight_bit(Filled("a@mail.example", "<1@bank.example>", "Ann", AT)))
    assert message.keys() == usual.keys()
    assert contents(message)[1].count("<") == contents(usual)[1].count("<")


def test_notice_asks_programs_for_no_answer_and_offers_no_way_off_a_list() -> None:
    message = parsed(skeleton().eight_bit(Filled("a@mail.example", "<1@bank.example>", "Ann", AT)))
    assert message["Auto-Submitted"] == "auto-generated"  # RFC 3834
    assert not {"List-Unsubscribe", "List-Unsubscribe-Post", "Precedence"} & set(message.keys())


def test_lines_are_short_enough_for_any_relay() -> None:
    filled = Filled("a@mail.example", "<1@bank.example>", "王" * 66, AT)
    for language in ALL_LANGUAGES:
        raw = skeleton(language).eight_bit(filled)
        assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def test_lint_finds_what_must_not_be_sent() -> None:
    nobody = details(organisation="", contact_email="", contact_phone="")
    problems = {finding.problem for finding in lint_notice("breach-notice", nobody, [], drill=False)}
    assert problems == {"no organisation is named", "no contact is named (PIPL 57, GDPR 33(3)(b))"}
    linked = details(contact_phone="https://bank.example/help")
    assert any(
        "link" in finding.problem
        for finding in lint_notice("breach-notice", linked, [variant()], drill=False)
    )
    unknown = details(vector="gremlins")
    assert "placeholder" in lint_notice("breach-notice", unknown, [variant()], drill=False)[0].problem
    drilled = details(organisation="DRILL Bank")
    assert any("drill" in f.problem for f in lint_notice("breach-notice", drilled, [variant()], drill=False))


def test_reader_without_known_data_is_told_of_the_incidents_data() -> None:
    one = variant(categories="")
    text = render_part("body.txt", "breach-notice", details(categories=("social_security",)), one, False)
    assert "your Social Security number" in text


def test_reader_of_an_unwritten_language_gets_the_nearest() -> None:
    assert variant("sw").language == "en"


def test_details_survive_being_kept() -> None:
    said = details(happened_on=None)
    assert NoticeDetails.from_json(json.loads(json.dumps(said.as_json()))) == said
    assert NoticeDetails.from_json(details().as_json()).happened_on == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("王" * 70, 1),
        ("王" * 71, 2),
    ],
)
def test_segments_are_counted_as_they_are_billed(text: str, segments: int) -> None:
    assert count_segments(text) == segments


@pytest.mark.corpus
def test_names_of_all_scripts_arrive_as_written(shared: Path) -> None:
    built = skeleton()
    for line in (shared / "corpora/contacts/sample-names.jsonl").read_text().splitlines():
        name = clean_text(" ".join(json.loads(line)["parts"].values()))
        message = parsed(built.eight_bit(Filled("a@mail.example", "<1@bank.example>", name, AT)))
        assert f"Dear {name or 'customer'}," in contents(message)[0]
