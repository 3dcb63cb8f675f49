"""What exposed data means for its owner: each data category belongs to a group with its own risks and advice."""

from collections.abc import Iterable

from models.facts_words import DataCategory
from models.places import EEA

# In the order in which a reader should meet them: what can cost money first.
_GROUPS: dict[str, tuple[DataCategory, ...]] = {
    "card": ("payment_card", "card_security_code"),
    "credentials": ("credentials", "password_hash", "security_questions"),
    "identity": (
        "identity_document",
        "national_id",
        "social_security",
        "tax_id",
        "date_of_birth",
        "photo",
        "cv",
    ),
    "account": ("account_number", "customer_number", "balance", "transactions", "income", "credit_report"),
    "sensitive": (
        *("health", "genetic", "biometric", "sexual", "ethnicity", "religion", "politics", "trade_union"),
        *("criminal", "communications", "location", "family"),
    ),
}
GROUPS = (*_GROUPS, "contact")
_GROUP_OF: dict[str, str] = {word: group for group, words in _GROUPS.items() for word in words}
PROFILES = ("eu", "us", "cn", "hk", "sg", "other")


def gravest(categories: Iterable[str], most: int) -> tuple[str, ...]:
    """Give at most so many categories, those first that can cost money."""
    return tuple(sorted(categories, key=lambda word: GROUPS.index(_GROUP_OF.get(word, "contact")))[:most])


def groups_of(categories: Iterable[str]) -> tuple[str, ...]:
    """Give the groups of risk, gravest first. Calls that misuse the data are always possible."""
    concerned = {_GROUP_OF.get(word, "contact") for word in categories} | {"contact"}
    return tuple(group for group in GROUPS if group in concerned)


def profile_of(place: str) -> str:
    """Give the legal surroundings whose statements a notice to a person in `place` must carry."""
    country = place.partition("-")[0]
    if place in ("CN-81", "CN-HK"):
        return "hk"
    if country in EEA or country == "GB":
        return "eu"
    known = country.casefold()
    return known if known in PROFILES else "other"
