"""DPC of ENISA 2013: the data processing context.

Step 1 gives each type of data its basic score; step 2 (Assessment Table 1) moves it by whole steps for volume,
for what the controller is, and for who the people are. The highest type counts, held within 1 to 4.
"""

from collections.abc import Callable
from dataclasses import replace

from regulations.risk_factors import Situation
from regulations.risk_measures import IDENTITY_NUMBER, SPECIAL, TAKEOVER
from regulations.severity_parts import Option, SubScore, chosen
from regulations.three_valued import YES, Tri, every, negate, some

TABLE = "ENISA 2013, Table 1 (DPC)"
KINDS = "data.categories"

BEHAVIOURAL = frozenset(("location", "communications", "browsing", "preferences", "purchases"))
FINANCIAL = frozenset(
    (
        "account_number",
        "payment_card",
        "card_security_code",
        "balance",
        "transactions",
        "income",
        "credit_report",
        "insurance",
        "tax_id",
    )
)
SOCIAL = frozenset(("cv", "family", "employment", "education", "vehicle", "address", "date_of_birth"))
MONEY_SECTORS = frozenset(
    (
        "bank",
        "credit_union",
        "insurer",
        "broker_dealer",
        "investment_firm",
        "payment_institution",
        "e_money_institution",
        "financial_other",
    )
)
HEALTH_SECTORS = frozenset(("health_provider", "health_insurer"))
LOGINS = TAKEOVER | {"password_hash"}


def data_context(known: Situation) -> SubScore:
    """Score each type of data that is concerned and return the highest."""
    if known.lacks(KINDS):
        return SubScore("dpc", None, 4.0, "The kinds of data are not known.", TABLE, (), (KINDS,))
    scored = [(applies(known), score(known)) for applies, score in _TYPES]
    sure = [part for applies, part in scored if applies.value] or [_simple(known)]
    highest = max(sure, key=lambda part: part.value or 0.0)
    may_rise = [
        (applies, part)
        for applies, part in scored
        if applies.value is not False and (part is highest or part.at_most > (highest.value or 0.0))
    ]
    waits_for = {path for _, part in may_rise for path in part.waits_for}
    waits_for.update(path for applies, _ in may_rise if applies.value is None for path in applies.facts)
    at_most = max([highest.at_most, *(part.at_most for _, part in may_rise)])
    return replace(highest, at_most=at_most, waits_for=tuple(sorted(waits_for)))


def _of_sector(known: Situation, sectors: frozenset[str]) -> Tri:
    return known.names_one_of("organisation.sectors", sectors)


def _simple(known: Situation) -> SubScore:
    status = some(known.has(IDENTITY_NUMBER), known.names(KINDS, SOCIAL, 2), known.has(frozenset(("cv",))))
    return chosen(
        "dpc.simple",
        TABLE,
        (
            Option(
                4, "Basic 1, +3: the people are vulnerable, so it can touch their safety.", known.vulnerable
            ),
            Option(
                3, "Basic 1, +2: the controller's field gives away health.", _of_sector(known, HEALTH_SECTORS)
            ),
            Option(2, "Basic 1, +1: enough to draw conclusions on social or financial status.", status),
            Option(1, "Basic 1: simple data, nothing that aggravates it.", YES),
        ),
    )


def _behavioural(known: Situation) -> SubScore:
    detailed = some(
        known.names(KINDS, BEHAVIOURAL, 2), known.has(frozenset(("location", "communications", "browsing")))
    )
    slight = every(
        negate(known.has(BEHAVIOURAL - {"preferences"})), negate(_of_sector(known, HEALTH_SECTORS))
    )
    return chosen(
        "dpc.behavioural",
        TABLE,
        (
            Option(
                4,
                "Basic 2, +2: behaviour at such a controller profiles health.",
                _of_sector(known, HEALTH_SECTORS),
            ),
            Option(3, "Basic 2, +1: a detailed profile of daily life.", detailed),
            Option(1, "Basic 2, -1: no substantial insight into behaviour.", slight, eases=True),
            Option(2, "Basic 2: behavioural data.", YES),
        ),
    )


def _financial(known: Situation) -> SubScore:
    full_card = every(known.has(frozenset(("payment_card",))), known.has(frozenset(("card_security_code",))))
    to_the_money = every(known.has(TAKEOVER), _of_sector(known, MONEY_SECTORS))
    profile = some(
        known.has(frozenset(("credit_report",))),
        known.names(KINDS, frozenset(("transactions", "balance", "income")), 2),
    )
    telling = known.has(FINANCIAL - {"account_number", "tax_id", "insurance"})
    some_money = some(known.has(frozenset(("account_number", "tax_id", "insurance"))), known.has(LOGINS))
    return chosen(
        "dpc.financial",
        TABLE,
        (
            Option(4, "Basic 3, +1: full card data, which serves fraud.", full_card),
            Option(4, "Basic 3, +1: a login that opens accounts with money.", to_the_money),
            Option(4, "Basic 3, +1: a detailed financial profile.", profile),
            Option(3, "Basic 3: financial data.", telling),
            Option(2, "Basic 3, -1: some financial information without much insight.", some_money),
            Option(1, "Basic 3, -2: no more than being a customer.", YES),
        ),
    )


def _sensitive(known: Situation) -> SubScore:
    return chosen(
        "dpc.sensitive",
        TABLE,
        (
            Option(2, "Basic 4, -2: general assumptions only, on few people.", known.incidental, eases=True),
            Option(4, "Basic 4: sensitive data.", YES),
        ),
    )


def _money_is_concerned(known: Situation) -> Tri:
    of_the_bank = every(known.has(LOGINS | {"customer_number"}), _of_sector(known, MONEY_SECTORS))
    return some(known.has(FINANCIAL), of_the_bank)


_TYPES: tuple[tuple[Callable[[Situation], Tri], Callable[[Situation], SubScore]], ...] = (
    (lambda known: YES if known.values.get(KINDS) else negate(YES), _simple),
    (lambda known: known.has(BEHAVIOURAL), _behavioural),
    (_money_is_concerned, _financial),
    (lambda known: known.has(SPECIAL), _sensitive),
)
