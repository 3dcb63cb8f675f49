"""Where a recipient sits when the law file leaves it to the organisation: its authority's zone and calendar."""

from functools import cache
from importlib.resources import files

from models.facts import Facts
from regulations.areas import expanded
from regulations.context import Context, Where
from regulations.plain_yaml import read_plain
from regulations.schema import Rule

OF_ORGANISATION = "of_organisation"
_SEATS = {"EU": "BE", "EEA": "BE"}


@cache
def zones() -> dict[str, str]:
    """Return the time zone of places, by ISO 3166 code."""
    text = files("regulations").joinpath("zones.yaml").read_text("utf-8")
    return dict(read_plain(text, "zones.yaml"))


def zone_of_place(place: str) -> str | None:
    """Return the time zone of a place, else of its country; None where it is not known."""
    return zones().get(place) or zones().get(place[:2])


def where_of(rule: Rule, context: Context) -> Where:
    """Return zone and calendar of the recipient of `rule`.

    `of_organisation` is the main establishment if it lies in the law's area, else the first establishment
    that does, else the area's seat (Brussels for the Union).
    """
    key = (rule.zone, rule.calendar, rule.place)
    found = context.wheres.get(key)
    if found is None:
        fixed = OF_ORGANISATION not in key
        found = Where(rule.zone, rule.calendar) if fixed else _at_home(rule, context.facts)
        context.wheres[key] = found
    return found


def zone_here(context: Context) -> str | None:
    """Return the time zone of the main establishment; None where it is not known."""
    if context.zone_here is None:
        context.zone_here = zone_of_place(context.facts.organisation.country or "") or ""
    return context.zone_here or None


def _at_home(rule: Rule, facts: Facts) -> Where:
    country = _home(rule.place, facts)
    zone = zones().get(country, "Europe/Brussels") if rule.zone == OF_ORGANISATION else rule.zone
    return Where(zone, country if rule.calendar == OF_ORGANISATION else rule.calendar)


def _home(area: str, facts: Facts) -> str:
    organisation = facts.organisation
    places = [*([organisation.country] if organisation.country else []), *(organisation.establishments or ())]
    within = expanded([area])
    inside = [place for place in places if place[:2] in within]
    return inside[0][:2] if inside else _SEATS.get(area, area[:2])
