"""Readings of the law made beforehand: the same as the text reads, and never those of another text."""

import marshal
from collections.abc import Mapping

import pytest

from regulations import plain_yaml
from regulations.loader import load_law
from regulations.plain_yaml import digest_of, kept_readings, parse_plain, read_plain, readings_in
from regulations.readings import law_texts, make_readings

TEXT = "a: [1, yes]\n"


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Mapping[bytes, bytes]:
    """Keep a reading that the text does not have, to see where an answer comes from."""
    found = {digest_of(TEXT): marshal.dumps({"kept": []})}
    monkeypatch.setattr(plain_yaml, "kept_readings", lambda: found)
    return found


def test_readings_are_what_the_texts_of_the_law_read_as() -> None:
    texts = list(law_texts())
    found = readings_in(make_readings(texts))
    assert len(texts) > 160
    assert {text: marshal.loads(found[digest_of(text)]) for text in texts} == {
        text: parse_plain(text, "law") for text in texts
    }


def test_reading_is_used_for_its_own_text_alone(kept: Mapping[bytes, bytes]) -> None:
    assert read_plain(TEXT, "x.yaml") == {"kept": []}
    assert read_plain(f"{TEXT}b: 2\n", "x.yaml") == {"a": [1, "yes"], "b": 2}
    assert read_plain(TEXT.replace("1", "2"), "x.yaml") == {"a": [2, "yes"]}


def test_reading_is_nobodys_but_the_readers(kept: Mapping[bytes, bytes]) -> None:
    read_plain(TEXT, "x.yaml")["kept"].append("changed")
    assert read_plain(TEXT, "x.yaml") == {"kept": []}


def test_law_is_the_same_without_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_law.__wrapped__().content_hash
    monkeypatch.setattr(plain_yaml, "kept_readings", dict)
    assert load_law.__wrapped__().content_hash == before


@pytest.mark.parametrize(
    "whole",
    [b"", make_readings([TEXT])[:-1], make_readings([TEXT])[1:], b"\0" * 32 + make_readings([TEXT])[32:]],
    ids=["empty", "cut off", "shifted", "made by another reader"],
)
def test_readings_that_are_not_whole_or_not_ours_are_not_used(whole: bytes) -> None:
    assert readings_in(whole) == {}


def test_installation_without_readings_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_yaml, "READINGS", "nowhere.readings")
    assert kept_readings.__wrapped__() == {}
