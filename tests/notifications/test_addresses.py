"""Addresses and names in their one form."""

import json
from pathlib import Path

import phonenumbers
import polars as pl
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from notifications.addresses import NotTextable, clean_text, normal_email, normal_phone
from notifications.people.phone_patterns import plain_mobiles


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


PHONE_REGIONS = [
    "CN",
    "DE",
    "SG",
    "HK",
    "FR",
    "JP",
    "BR",
    "IN",
    "AU",
    "IT",
    "GB",
    "GG",
    "RU",
    "KZ",
    "US",
    "CA",
    "MX",
    "FI",
]
TEXTABLE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def plain_mobile(text: str, region: str) -> str | None:
    return plain_mobiles(pl.Series([text]), pl.Series([region])).item()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(PHONE_REGIONS),
            st.sampled_from(["", "+", "0", "00", "1"]),
            st.from_regex(r"[2-9][0-9]{2}[ -]?[0-9]{6,8}", fullmatch=True),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_phones_by_the_column_are_read_as_the_library_reads_them(
    written: list[tuple[str, str, str]],
) -> None:
    regions = [region for region, _, _ in written]
    texts = [
        f"+{phonenumbers.country_code_for_region(region)}{digits}" if before == "+" else before + digits
        for region, before, digits in written
    ]
    for region, text, short in zip(
        regions, texts, plain_mobiles(pl.Series(texts), pl.Series(regions)), strict=True
    ):
        if short is not None:
            number = phonenumbers.parse(text, region)
            assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == short
            assert phonenumbers.number_type(number) in TEXTABLE


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("138 0013 8000", "CN", "+8613800138000"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("416-555-0123", "CA", "+14165550123"),
        ("+1 416 555 0123", "DE", "+14165550123"),
        ("212 555 0123", "CA", "+12125550123"),
        ("55 4123 4567", "MX", "+525541234567"),
        ("0151 23456789", "DE", "+4915123456789"),
        ("800 555 0199", "US", None),  # a free number: the library is asked
        ("030 123456", "DE", None),
        ("49151 23456789", "DE", None),
        ("not a number", "DE", None),
        ("", "", None),
    ],
)
def test_phones_by_the_column_are_plain_or_left_to_the_library(
    written: str, region: str, number: str | None
) -> None:
    assert plain_mobile(written, region) == number


@pytest.mark.corpus
def test_phone_short_path_agrees_with_the_library_on_every_regions_examples(shared: Path) -> None:
    lines = (shared / "corpora/contacts/phone-examples-by-region.jsonl").read_text().splitlines()
    examples = [
        (example[form], example["region"], example["e164"], example["classified"])
        for example in map(json.loads, lines)
        for form in ("e164", "national", "international")
    ]
    texts, regions, numbers, kinds = zip(*examples, strict=True)
    read = zip(plain_mobiles(pl.Series(texts), pl.Series(regions)), numbers, kinds, strict=True)
    told = [(short, number, kind) for short, number, kind in read if short is not None]
    assert [short for short, _, _ in told] == [number for _, number, _ in told]
    assert {kind for _, _, kind in told} <= {"MOBILE", "FIXED_LINE_OR_MOBILE"}
    assert len(told) > 300


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800138000.0", "+8613800138000"),
        ("1.3800138000E10", "+8613800138000"),
        ("8.613800138000E+12", "+8613800138000"),
        ("1.38001E+10", None),  # digits were lost
    ],
)
def test_phone_that_became_a_float_is_read_unless_digits_were_lost(written: str, number: str | None) -> None:
    assert normal_phone(written, "CN") == number


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
