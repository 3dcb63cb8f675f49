"""Areas of law made of places: the Union, the Economic Area, and the places a rule names."""

from collections.abc import Iterable

from models.errors import InvalidInputError
from models.places import EEA, EU, is_place

GROUPS: dict[str, frozenset[str]] = {"EU": EU, "EEA": EEA, "UK": frozenset(("GB",))}


def expanded(names: Iterable[str]) -> frozenset[str]:
    """Return the area that `names` (EU, EEA, UK or places) make; raises InvalidInputError for an unknown one."""
    places: set[str] = set()
    for name in names:
        if name not in GROUPS and not is_place(name):
            raise InvalidInputError(f"There is no place {name!r}.", expected="ISO 3166 codes, EU, EEA or UK")
        places |= GROUPS.get(name, frozenset((name,)))
    return frozenset(places)
