"""EI of ENISA 2013: how easily the people can be recognised (table of section 2.2)."""

from regulations.risk_factors import Situation
from regulations.risk_measures import IDENTITY_NUMBER
from regulations.severity_parts import Option, SubScore, chosen
from regulations.three_valued import every

TABLE = "ENISA 2013, ease of identification (EI)"
SCORES = {"negligible": 0.25, "limited": 0.5, "significant": 0.75, "maximum": 1.0}
GIVEN, KINDS = "data.identifiability", "data.categories"
_REACHED_BY = frozenset(("contact", "address", "photo", "customer_number", "date_of_birth", "vehicle"))

_TELLS_OF_IDENTITY = _REACHED_BY | IDENTITY_NUMBER | {"name", "pseudonym"}


def identification(known: Situation) -> SubScore:
    """Take the level that was assessed, else derive it from the kinds of data."""
    given = known.values.get(GIVEN)
    if given is not None:
        score = SCORES[str(given)]
        return SubScore("ei", score, score, f"Assessed as {given}.", TABLE, (GIVEN,))
    if known.lacks(KINDS):
        said = "Neither the ease of identification nor the kinds of data are known."
        return SubScore("ei", None, 1.0, said, TABLE, (), (KINDS, GIVEN))
    if not known.has(_TELLS_OF_IDENTITY).value:
        said = "The kinds of data say nothing of how people are named in it."
        return SubScore("ei", None, 1.0, said, TABLE, (KINDS,), (GIVEN,))
    derived = chosen("ei", TABLE, _by_kind(known))
    return SubScore("ei", derived.value, 1.0, derived.because, TABLE, (KINDS,), (GIVEN,))


def _by_kind(known: Situation) -> tuple[Option, ...]:
    name = known.has(frozenset(("name",)))
    number = known.has(IDENTITY_NUMBER)
    birth, contact = known.has(frozenset(("date_of_birth",))), known.has(frozenset(("contact",)))
    direct = known.has(_REACHED_BY)
    return (
        Option(1.0, "An official number together with the name.", every(name, number)),
        Option(
            1.0, "Full name with date of birth and a way to reach the person.", every(name, birth, contact)
        ),
        Option(0.75, "Full name with one more detail.", every(name, direct)),
        Option(0.75, "A way to reach the person that is easily looked up, or an official number.", contact),
        Option(0.75, "A way to reach the person that is easily looked up, or an official number.", number),
        Option(0.5, "The name alone, which others may share.", name),
        Option(0.5, "A detail that points to few people.", direct),
        Option(0.25, "Nothing that names the person without other data."),
    )
