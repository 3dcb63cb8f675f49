"""Errors tell what happened, where, what was expected and what to do."""

import pickle

import pytest

from models import errors
from models.errors import InvalidInputError, TocsinError, UsageError

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, TocsinError)]


def test_error_reads_as_sentences() -> None:
    error = InvalidInputError("No email.", where="people.csv:7", expected="an address", remedy="Mend row 7.")
    assert str(error) == "people.csv:7: No email. Expected an address. Mend row 7."
    assert str(TocsinError("Refused.")) == "Refused."


@pytest.mark.parametrize("kind", KINDS)
def test_error_survives_the_way_between_processes(kind: type[TocsinError]) -> None:
    error = kind("What.", where="here", expected="this", remedy="Do that.")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert vars(again) == vars(error)


def test_exit_codes_tell_wrong_usage_from_refusal() -> None:
    assert {kind.__name__: kind.exit_code for kind in KINDS if kind.exit_code != 1} == {
        UsageError.__name__: 2
    }
