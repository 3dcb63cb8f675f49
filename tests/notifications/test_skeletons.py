"""Filled skeletons: whatever a name or an organisation is called, what arrives is what was meant."""

import email
import email.policy
from datetime import UTC, datetime
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from notifications.addresses import clean_text
from notifications.texts.notice_text import NoticeDetails, variant_of
from notifications.texts.skeletons import ADDRESS, NAME, Filled, Skeleton, Template, compile_skeleton
from notifications.texts.templates_on_disk import template_languages
from tests.notifications.conftest import details

AT = datetime(2026, 3, 3, 9, tzinfo=UTC)
LANGUAGES = template_languages("breach-notice")
names = st.text(max_size=40).map(clean_text)


@cache
def skeleton(language: str, organisation: str = "Example Bank") -> Skeleton:
    said: NoticeDetails = details(organisation=organisation)
    variant = variant_of("breach-notice", language, "DE", "name", named=True)
    return compile_skeleton("breach-notice", said, variant, drill=False, sender="notice@bank.example")


def filled(name: str) -> Filled:
    return Filled("ann@mail.example", "<1@bank.example>", name, AT)


def bodies(raw: bytes) -> list[str]:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    parts = (message.get_body((kind,)) for kind in ("plain", "html"))
    return [part.get_content().replace("\r\n", "\n").rstrip("\n") for part in parts if part]


@given(name=names, language=st.sampled_from(LANGUAGES))
def test_both_forms_carry_the_same_text_for_every_name(name: str, language: str) -> None:
    built = skeleton(language)
    assert bodies(built.eight_bit(filled(name))) == bodies(built.seven_bit(filled(name)))


@given(name=names | st.from_regex(r"\.{1,3}[a-z]{0,3}", fullmatch=True), language=st.sampled_from(LANGUAGES))
def test_dots_that_begin_a_line_are_doubled_on_the_wire(name: str, language: str) -> None:
    built = skeleton(language)
    assert built.stuffed(filled(name)) == built.eight_bit(filled(name)).replace(b"\r\n.", b"\r\n..")


@given(
    fixed=st.lists(st.sampled_from([b"", b"a", b".", b"\r\n", b"%b", b"%"])),
    name=st.sampled_from([b"", b".", b"n"]),
)
def test_template_knows_where_a_dot_could_begin_a_line(fixed: list[bytes], name: bytes) -> None:
    template = Template([ADDRESS, *(part for piece in fixed for part in (piece, NAME)), NAME])
    made = template.fill((b"to", b"", b"", name, b""))
    assert made == b"to" + b"".join(piece + name for piece in fixed) + name
    if b"\r\n." in made:
        assert template.has_dots or (template.name_leads and name[:1] in (b"", b"."))


def test_percent_signs_stay_as_they_are() -> None:
    texts = bodies(skeleton("en", "100 %b Bank %").eight_bit(filled("50 % Ann")))
    assert all("100 %b Bank %" in text and "50 % Ann" in text for text in texts)
