"""The format of a mapping file: how one kind of signal is recognised and what its words mean in facts."""

import re
from functools import lru_cache
from importlib import resources
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from models.facts_words import DataCategory
from response.signals.paths import plain_text, values_at

Severity = Literal["info", "low", "medium", "high", "very_high"]
SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "very_high")


def _pattern(text: str) -> str:
    re.compile(text)
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Test(_Part):
    """A question to the document: is there a value at `path` (that matches, that is one of)? Or `always`."""

    __test__ = False  # not a test class for pytest

    path: str | None = None
    matches: Pattern | None = None
    among: Annotated[tuple[str | bool | int, ...] | None, Field(alias="in")] = None
    kind: Literal["text"] | None = None
    always: bool | None = None
    any_of: Annotated[tuple["Test", ...], Field(alias="any")] = ()
    all_of: Annotated[tuple["Test", ...], Field(alias="all")] = ()

    def holds(self, document: Any) -> bool:
        """Answer the question."""
        if self.always is not None:
            return self.always
        if self.any_of:
            return any(test.holds(document) for test in self.any_of)
        if self.all_of:
            return all(test.holds(document) for test in self.all_of)
        return any(self._fits(value) for value in values_at(document, self.path or ""))

    def _fits(self, value: Any) -> bool:
        if self.kind == "text" and not isinstance(value, str):
            return False
        if self.matches is not None:
            return isinstance(value, str | int) and bool(re.search(self.matches, str(value)))
        if self.among is not None:
            return any(_same(value, word) for word in self.among)
        return True


def _same(value: Any, word: str | bool | int) -> bool:
    """Tell whether a value is the word; a number may be written as text."""
    if isinstance(value, bool) or isinstance(word, bool):
        return value is word
    return bool(value == word) or (isinstance(word, int) and value == str(word))


class SeverityMap(_Part):
    """How a detector's grade becomes one of ours."""

    paths: Annotated[tuple[str, ...], Field(alias="from")] = ()
    words: dict[str, Severity] = {}
    bands: tuple[tuple[float, Severity], ...] = ()
    always: Severity | None = None
    otherwise: Severity | None = None

    def grade(self, document: Any) -> Severity | None:
        """Give the grade; None when the detector gave none that is known."""
        if self.always:
            return self.always
        for path in self.paths:
            for value in values_at(document, path):
                found = self._graded(value)
                if found:
                    return found
        return self.otherwise

    def _graded(self, value: Any) -> Severity | None:
        word = self.words.get(plain_text(value).casefold())
        if word or not self.bands or isinstance(value, bool):
            return word
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            return None
        reached = [name for floor, name in self.bands if number >= floor]
        return reached[-1] if reached else None


class FactRule(_Part):
    """One fact that a signal may settle. The first rule that fits a fact wins; kinds of data add up."""

    target: Annotated[str, Field(alias="set")]
    to: str | bool | None = None
    when: Test | None = None
    number_at: str | None = None
    kinds_at: str | None = None


class IdKind(_Part):
    """Tells apart two kinds of thing that number themselves separately, such as alerts and incidents."""

    path: str | tuple[str, ...]
    present: str
    absent: str

    def of(self, document: Any) -> str:
        """Name the kind of this document."""
        paths = (self.path,) if isinstance(self.path, str) else self.path
        return self.present if any(values_at(document, path) for path in paths) else self.absent


class Mapping(_Part):
    """One format."""

    form: str
    name: dict[str, str]
    source: str
    inside: tuple[str, ...] = ()
    recognise: tuple[Test, ...]
    id: tuple[str, ...]
    id_within: tuple[str, ...] = ()
    id_kind: IdKind | None = None
    title: tuple[str, ...] = ()
    title_text: str | None = None
    seen_at: tuple[str, ...] = ()
    severity: SeverityMap
    target: tuple[str, ...] = ()
    target_kind: str = "system"
    closed: Test | None = None
    passed: Test | None = None
    also_passed: Test | None = None
    false_alarm: Test | None = None
    personal_data: Test | None = None
    facts: tuple[FactRule, ...] = ()

    def unwrapped(self, document: Any) -> Any:
        """Take the envelope off, if this document came in one."""
        for path in self.inside:
            for value in values_at(document, path):
                if isinstance(value, dict):
                    return value
        return document

    def fits(self, document: Any) -> bool:
        """Say whether a document (without its envelope) is of this format."""
        return isinstance(document, dict) and all(test.holds(document) for test in self.recognise)


# From the most telling marks to the least: OCSF and VERIS name keys that others also use.
ORDER = (
    "aws.macie", "aws.guardduty", "aws.securityhub", "ms.sentinel", "google.scc", "github.secret_scanning", "hibp",
    "wazuh", "cef", "leef", "ocsf", "ms.securityalert", "azure.monitor", "ms.defender", "veris", "told",
)  # fmt: skip


@lru_cache(maxsize=1)
def mappings() -> tuple[Mapping, ...]:
    """Load every format, in the order in which they are tried."""
    return tuple(Mapping.model_validate(_data(form)) for form in ORDER)


@lru_cache(maxsize=1)
def _kinds() -> tuple[tuple[re.Pattern[str], DataCategory], ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), word) for pattern, word in _data("_data_kinds"))


@lru_cache(maxsize=4096)
def data_category(word: str) -> DataCategory:
    """Say which data category a detector means; what nothing matches is `other`."""
    return next((category for pattern, category in _kinds() if pattern.search(word)), "other")


def _data(name: str) -> Any:
    text = resources.files("response.signals").joinpath("forms", f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)
