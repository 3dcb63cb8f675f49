"""The organisation's own file: who it is in law, its systems, what may never be touched, and its people."""

from fnmatch import fnmatchcase
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from models.errors import InvalidInputError, NotFoundError, UnavailableError
from models.facts import Organisation as OrganisationFacts
from models.facts_words import DataCategory
from models.money import Exchange
from models.vocabulary import Role
from playbooks.document import read_document, refusal
from response.mail_rules import NO_MAIL_RULES, SignalMailRules
from response.money_rules import NO_RULES, Currency, MoneyRules

FILE_NAME: Final = "organisation.yaml"
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9._:/-]{0,199}$")]
Handle = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
RulePattern = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9.*-]{0,79}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Profile(_Part):
    """What forms ask of an organisation beyond the facts; every key may be missing."""

    identifier: Words | None = None
    identifier_kind: Words | None = None
    lei: Words | None = None
    address: Words | None = None
    address_local: Words | None = None
    contact: Words | None = None
    phone: Words | None = None
    hotline: Words | None = None
    activity: Words | None = None
    size: Literal["micro", "small_medium", "large", "other"] | None = None
    reporting_currency: Currency | None = None
    parent: Words | None = None
    parent_lei: Words | None = None
    lead_authority: Words | None = None
    representative: Words | None = None
    representative_contact: Words | None = None
    measures_in_place: tuple[Words, ...] = ()


class Asset(_Part):
    """A system that a signal or a containment may name."""

    id: Identifier
    kind: Words
    owner: Words | None = None
    protected: bool = False
    holds: tuple[DataCategory, ...] = ()


class ContainmentLimits(_Part):
    """How far automatic acts may reach."""

    most_open_acts: Annotated[int, Field(ge=1, le=10_000)] = 10
    # Sessions, groups or accounts that one act may touch, whatever its connector allows.
    most_touched: Annotated[int, Field(ge=1, le=1_000_000)] = 500


class AuthorityDesk(_Part):
    """The connector that posts the reports to one authority."""

    connector: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]


class Person(_Part):
    """One member of staff, with the roles that say what they may decide."""

    id: Handle
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    department: Words
    name: Words
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,255}$")]
    phone: Annotated[str, StringConstraints(pattern=r"^\+[0-9]{6,15}$")] | None = None
    language: Literal["en", "zh"] = "en"
    deputy_of: Handle | None = None


class OrganisationKnown(OrganisationFacts):
    """The facts block of the organisation, with its name as authorities at home write it."""

    name_local: str | None = None

    def as_facts(self) -> OrganisationFacts:
        """Give the block as a facts file carries it."""
        return OrganisationFacts.model_validate(self.model_dump(exclude={"name_local"}))


class OrganisationFile(_Part):
    """The whole file."""

    schema_: Literal["tocsin/organisation/1"] = Field(alias="schema")
    organisation: OrganisationKnown = OrganisationKnown()
    profile: Profile = Profile()
    assets: tuple[Asset, ...] = ()
    containment: ContainmentLimits = ContainmentLimits()
    authorities: dict[RulePattern, AuthorityDesk] = {}
    money: MoneyRules = NO_RULES
    signal_mail: SignalMailRules = NO_MAIL_RULES
    report_languages: Annotated[tuple[Literal["en", "zh"], ...], Field(min_length=1)] = ("en", "zh")
    staff: tuple[Person, ...] = ()

    @model_validator(mode="after")
    def _ids_stand_once_and_deputies_exist(self) -> "OrganisationFile":
        for ids in ([person.id for person in self.staff], [asset.id for asset in self.assets]):
            for name in ids:
                if ids.count(name) > 1:
                    raise ValueError(f"the id {name} is given twice")
        known = {person.id for person in self.staff}
        for person in self.staff:
            if person.deputy_of is not None and person.deputy_of not in known - {person.id}:
                raise ValueError(
                    f"{person.id} is deputy of {person.deputy_of}, who is not another person in this file"
                )
        return self

    def desk_for(self, rule: str, law: str) -> str | None:
        """Name the connector that posts reports under a rule: its own, its law's, else by the longest pattern."""
        fitting = [key for key in self.authorities if fnmatchcase(rule, key)]
        found = [key for key in (rule, law) if key in self.authorities] + sorted(
            fitting, key=len, reverse=True
        )
        return self.authorities[found[0]].connector if found else None

    def exchange(self) -> Exchange:
        """Give the currency to report in and the rates to it."""
        return self.money.exchange_to(self.profile.reporting_currency)

    def asset(self, name: str) -> Asset | None:
        """Find a system by its id."""
        return next((asset for asset in self.assets if asset.id == name), None)


NOTHING_KNOWN: Final = OrganisationFile.model_validate({"schema": "tocsin/organisation/1"})


def sample_text() -> str:
    """Give the text of the sample bank that ships with Tocsin."""
    return resources.files("response").joinpath("samples", FILE_NAME).read_text(encoding="utf-8")


def read_organisation(text: str, where: str = FILE_NAME) -> OrganisationFile:
    """Read the file; raises InvalidInputError with file, line and what was expected."""
    document = read_document(text, where)
    if not isinstance(document.data, dict):
        raise refusal("This is not an organisation file.", where, 1, "keys such as organisation: and staff:")
    try:
        return OrganisationFile.model_validate(document.data)
    except ValidationError as error:
        first = error.errors()[0]
        path = tuple(first["loc"])
        said = ".".join(str(part) for part in path) or "the file"
        message = first["msg"].removeprefix("Value error, ")
        raise refusal(f"{said}: {message}.", where, document.line_of(path)) from None


def organisation_of(home: Path) -> OrganisationFile:
    """Read the file of a home; with none, nothing is known of the organisation."""
    path = home / FILE_NAME
    try:
        return _cached(str(path), path.stat().st_mtime_ns)
    except FileNotFoundError:
        return NOTHING_KNOWN


@lru_cache(maxsize=8)
def _cached(path: str, _changed: int) -> OrganisationFile:
    return read_organisation(read_organisation_text(Path(path)), path)


def read_organisation_text(path: Path) -> str:
    """Read a file as UTF-8.

    Raises:
        NotFoundError, UnavailableError, InvalidInputError: it is absent, unreadable or not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError(
            "There is no such file.", where=str(path), remedy="Name an organisation file."
        ) from None
    except OSError as error:
        raise UnavailableError(f"The file can't be read ({error.strerror}).", where=str(path)) from None
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"The file is not UTF-8 text (byte {error.start}).", where=str(path), expected="YAML in UTF-8"
        ) from None
