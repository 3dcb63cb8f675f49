"""How many people are in which places, within bounds, from what is known."""

from collections.abc import Mapping
from typing import NamedTuple

from models.count import Count
from models.places import named_in_part


class Bounds(NamedTuple):
    """Smallest and largest number that is possible; no largest means there is no bound."""

    least: int
    most: int | None


class Headcount:
    """The people by place, ready to be counted again and again.

    A place that is not listed has nobody, unless the listed places do not add up to the total. The people
    of a country listed as a whole may be in any part of it.
    """

    __slots__ = ("_listed", "_names", "_places", "_unlisted", "_unplaced", "_whole")

    def __init__(self, total: Count | None, by_place: Mapping[str, Count | None] | None) -> None:
        """Take the numbers as the facts file gives them; None is unknown."""
        whole = total or Count()
        self._whole = Bounds(whole.least, whole.most)
        self._listed: list[tuple[str, str, Bounds]] = []
        for place, count in (by_place or {}).items():
            bounds = Bounds(0, None) if count is None else Bounds(count.least, count.most)
            self._listed.append((place, place[:2], bounds))
        self._unplaced = self._whole.most if by_place is None else self._not_placed()
        self._places = frozenset(by_place or ())
        self._names = self._places.union([country for _, country, _ in self._listed])
        self._unlisted = self._limited(0, self._unplaced)

    def _not_placed(self) -> int | None:
        placed = [bounds for _, _, bounds in self._listed]
        most = [bounds.most for bounds in placed if bounds.most is not None]
        if len(most) < len(placed) or self._whole.least <= sum(most):
            return 0
        rest = sum(bounds.least for bounds in placed)
        return None if self._whole.most is None else self._whole.most - rest

    def within(self, places: frozenset[str]) -> Bounds:
        """Count the people in `places`, countries or parts of them."""
        in_part = named_in_part(places)
        if self._names.isdisjoint(places) and self._places.isdisjoint(in_part):
            return self._unlisted
        least, most = 0, self._unplaced
        for place, country, bounds in self._listed:
            if place in places or country in places:
                least += bounds.least
            elif place not in in_part:
                continue
            most = None if most is None or bounds.most is None else most + bounds.most
        return self._limited(least, most)

    def _limited(self, least: int, most: int | None) -> Bounds:
        limit = self._whole.most
        if limit is not None and limit >= least:
            most = limit if most is None else min(most, limit)
        return Bounds(least, most)
