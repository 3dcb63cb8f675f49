"""Labels in both languages, and how values are written."""

import string
from datetime import UTC, datetime
from importlib import resources

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from models.count import Count
from models.errors import NotFoundError
from models.facts_words import DataCategory, Vector
from models.vocabulary import (
    ContainmentStatus,
    DecisionStatus,
    DeliveryStatus,
    FilingStatus,
    IncidentStatus,
    Language,
    ObligationStatus,
    Phase,
    Role,
)
from reports.entry_labels import entry_labels
from reports.words import by_language, flattened, ranges, words_of

EN, ZH = words_of("en"), words_of("zh")


def _placeholders(label: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(label) if name}


def test_labels_have_the_same_keys_in_both_languages() -> None:
    assert set(EN.labels) == set(ZH.labels)


def test_labels_are_text_and_name_the_same_parts_in_both_languages() -> None:
    for key, label in EN.labels.items():
        assert label != "" != ZH.labels[key], key
        assert _placeholders(label) == _placeholders(ZH.labels[key]), key


def test_labels_cover_the_closed_lists_of_the_records() -> None:
    groups = {
        "status.incident": IncidentStatus,
        "status.duty": ObligationStatus,
        "status.filing": FilingStatus,
        "status.act": ContainmentStatus,
        "status.decision": DecisionStatus,
        "status.delivery": DeliveryStatus,
        "phase": Phase,
        "role": Role,
        "vector": Vector.__args__,
        "category": DataCategory.__args__,
    }
    missing = [f"{group}.{word}" for group, words in groups.items() for word in words]
    assert [key for key in missing if key not in EN.labels] == []


def test_label_files_have_no_value_yaml_read_as_something_else() -> None:
    for language in ("en", "zh"):
        text = resources.files("reports").joinpath("labels", f"{language}.yaml").read_text(encoding="utf-8")
        strange = [
            key for key, value in flattened(yaml.safe_load(text)).items() if not isinstance(value, str)
        ]
        assert strange == []


def test_words_of_an_unknown_language_are_refused_with_those_there_are() -> None:
    with pytest.raises(NotFoundError, match=r"'fr'.*Expected one of en, zh"):
        words_of("fr")


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (Count(value=12400), "12,400"),
        (Count(at_least=500), "at least 500"),
        (Count(at_most=9), "at most 9"),
        (Count(at_least=5, at_most=1000), "5 to 1,000"),
        (Count(), "unknown"),
        (None, "unknown"),
        (Count(value=0), "0"),
    ],
)
def test_count_says_what_is_known(count: Count | None, said: str) -> None:
    assert EN.count(count) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "unknown"),
        (0.4, "under 1 s"),
        (59, "59 s"),
        (3600, "1 h"),
        (3661, "1 h 1 min"),
        (90061, "1 d 1 h"),
        (86461, "1 d"),
        (-7200, "2 h"),
    ],
)
def test_span_uses_its_two_largest_neighbouring_units(seconds: float | None, said: str) -> None:
    assert EN.span(seconds) == said


def test_share_is_whole_only_when_it_is() -> None:
    assert [EN.share(part, 100_000) for part in (0, 1, 50_000, 99_999, 100_000)] == [
        "0 %",
        "0.1 %",
        "50 %",
        "99.9 %",
        "100 %",
    ]
    assert EN.share(None, 5) == EN.share(1, 0) == "unknown"


def test_moment_carries_its_offset() -> None:
    at = datetime(2026, 3, 6, 2, 30, tzinfo=UTC)
    assert EN.moment(at) == "2026-03-06 02:30 UTC"
    assert EN.moment(at, "Europe/Berlin") == "2026-03-06 03:30 +01:00"
    assert EN.moment(at, "America/New_York", seconds=True) == "2026-03-05 21:30:00 -05:00"


def test_text_falls_back_to_the_other_language() -> None:
    assert ZH.text({"en": "only"}) == "only"
    assert ZH.text({"en": "a", "zh": "甲"}) == "甲"
    assert EN.text({}) == EN.text(None) == ""


def test_place_is_named_down_to_its_part() -> None:
    assert [ZH.place(code) for code in ("CN-44", "US-WY", "NO", "XK")] == [
        "中国·广东",
        "美国 · WY",
        "挪威",
        "XK",
    ]


def test_ranges_are_short_and_say_how_many_more() -> None:
    assert ranges(()) == ""
    assert ranges((3,)) == "3"
    assert ranges((1, 2, 3, 7, 9, 10, 20, 30, 31)) == "1–3, 7, 9–10, 20 +2"


@settings(deadline=None)  # a loaded machine is not a fault
@given(st.sets(st.integers(0, 60)))
def test_ranges_lose_no_entry(seqs: set[int]) -> None:
    shown, _, more = ranges(tuple(sorted(seqs))).partition(" +")
    counted = int(more or 0)
    for part in filter(None, shown.split(", ")):
        first, _, last = part.partition("–")
        counted += int(last or first) - int(first) + 1
    assert counted == len(seqs)


def test_every_subject_of_the_ledger_has_words() -> None:
    subjects = {tag.partition(":")[0] for tag in entry_labels()}
    for language in Language:
        labels = words_of(language).labels
        assert {subject for subject in subjects if f"subject.{subject}" not in labels} == set()


def test_authority_is_named_in_chinese_only_by_a_chinese_name() -> None:
    assert by_language("Police", "公安机关")["zh"] == "公安机关"
    assert by_language("Supervisory authority", "national DPA portal")["zh"] == "Supervisory authority"
