"""Addresses and names in their one form."""

import json
from pathlib import Path

import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from notifications.addresses import NotTextable, clean_text, normal_email, normal_phone
from notifications.phone_patterns import plain_mobile


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Ann.Lee+bank@Example.COM", "Ann.Lee+bank@example.com"),
        ("a@münchen.example", "a@xn--mnchen-3ya.example"),
        ("用户@例子.example", "用户@xn--fsqu00a.example"),
        ("a@b", None),
        ("a@x.test", None),
        ("a b@example.com", None),
        ("a@example.com\r\nBcc: x@example.com", None),
        ("", None),
        ("a\ud800@example.com", None),
    ],
)
def test_email_is_normalised_or_refused(written: str, normal: str | None) -> None:
    assert normal_email(written) == normal


@given(st.from_regex(r"[A-Za-z0-9_.+-]{1,70}@[a-z0-9.-]{1,60}\.[a-z]{2,12}", fullmatch=True))
def test_email_short_path_agrees_with_the_library(written: str) -> None:
    try:
        expected = validate_email(written, check_deliverability=False).ascii_email
    except EmailNotValidError:
        expected = None
    assert normal_email(written) == expected


@pytest.mark.parametrize(
    ("written", "place", "normal"),
    [
        ("138 0013 8000", "CN-44", "+8613800138000"),
        ("0151 23456789", "DE", "+4915123456789"),
        ("(212) 555-0123", "US-NY", "+12125550123"),
        ("９１２３ ４５６７", "SG", "+6591234567"),
        ("+852 9123 4567", "", "+85291234567"),
        ("9123 4567", "", None),
        ("110", "CN", None),
        ("not a number", "DE", None),
    ],
)
def test_phone_is_read_as_written_in_its_place(written: str, place: str, normal: str | None) -> None:
    assert normal_phone(written, place) == normal


def test_phone_that_cannot_receive_sms_is_told_apart() -> None:
    assert isinstance(normal_phone("030 123456", "DE"), NotTextable)


@given(st.text())
def test_clean_text_is_one_encodable_line_and_stays_clean(text: str) -> None:
    cleaned = clean_text(text)
    cleaned.encode()
    assert "\n" not in cleaned
    assert "\r" not in cleaned
    assert clean_text(cleaned) == cleaned


@pytest.mark.corpus
def test_phone_examples_of_every_region_are_read_as_the_library_reads_them(shared: Path) -> None:
    lines = (shared / "corpora/contacts/phone-examples-by-region.jsonl").read_text().splitlines()
    wrong = []
    for line in lines:
        example = json.loads(line)
        number = phonenumbers.parse(example["e164"])
        read = normal_phone(example["national"], example["region"])
        if phonenumbers.is_valid_number(number) and read != example["e164"]:
            wrong.append(example)
    assert wrong == []


@given(
    st.sampled_from(["CN", "DE", "SG", "HK", "FR", "JP", "BR", "IN", "AU", "IT", "GB", "RU", "NO"]),
    st.text("0123456789 -", max_size=14),
)
def test_phone_short_path_agrees_with_the_library(region: str, written: str) -> None:
    for text in (written, f"+{phonenumbers.country_code_for_region(region)}{written}"):
        short = plain_mobile(text, region)
        if short is not None:
            number = phonenumbers.parse(text, region)
            assert phonenumbers.is_valid_number(number)
            assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == short
            assert phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE


@pytest.mark.corpus
def test_phone_short_path_agrees_with_the_library_on_every_regions_examples(shared: Path) -> None:
    lines = (shared / "corpora/contacts/phone-examples-by-region.jsonl").read_text().splitlines()
    agreed = 0
    for example in map(json.loads, lines):
        for text in (example["e164"], example["national"], example["international"]):
            short = plain_mobile(text, example["region"])
            if short is not None:
                assert (short, example["classified"]) == (example["e164"], "MOBILE")
                agreed += 1
    assert agreed > 200


@given(
    st.sampled_from(["US", "CA", "GB", "IM", "MX", "AU", "KZ", "DE", "AR"]),
    st.text("0123456789 -()+", max_size=14),
)
def test_phone_is_read_as_the_library_reads_it(place: str, written: str) -> None:
    try:
        number = phonenumbers.parse(written, place)
    except phonenumbers.NumberParseException:
        expected = None
    else:
        e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        expected = e164 if phonenumbers.is_valid_number(number) else None
    assert normal_phone(written, place) == expected


@given(st.text(st.characters(codec="utf-8"), max_size=8))
def test_clean_text_drops_what_cannot_be_seen(text: str) -> None:
    assert not any(character in clean_text(text) for character in "\u202e\ufeff\x07\ue000")
