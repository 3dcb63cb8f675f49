"""A connector to directories as data: attributes set, single bits set, groups left. Undoing needs no data."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from response.connectors.parts import UNSET, ActHead, Definition, Part, filled

Attribute = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")]
Filter = Annotated[str, StringConstraints(pattern=r"^\(.{1,500}\)$")]


class Groups(Part):
    """Which groups an account leaves: those that name it in `attribute`, by its distinguished name or its id."""

    filter: Filter
    attribute: Attribute
    by: Literal["dn", "target"] = "dn"


class LdapAct(ActHead):
    """One change of an account. What stood before is recorded, and undoing restores exactly that."""

    set: Mapping[Attribute, Annotated[tuple[str, ...], Field(min_length=1)]] = {}
    set_bits: Mapping[Attribute, Annotated[int, Field(ge=1)]] = {}
    leave_groups: Groups | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> "LdapAct":
        if not self.set and not self.set_bits and self.leave_groups is None:
            raise ValueError("an act sets attributes, sets bits or leaves groups")
        return self

    def calls(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Show each change as it will be asked for."""
        name = values["target"]
        lines = [f"modify {name}: replace {key} with {', '.join(new)}" for key, new in self.set.items()]
        lines += [f"modify {name}: set the bits {bits:#x} of {key}" for key, bits in self.set_bits.items()]
        if self.leave_groups:
            groups = self.leave_groups
            lines.append(f"modify each group {groups.filter}: delete {name} from {groups.attribute}")
        return tuple(lines)


class LdapDefinition(Definition[LdapAct]):
    """A directory. `find` is the filter of one account; `base` the branch searched, else `…_BASE` gives it.

    `ldap://` is upgraded by StartTLS unless the server is on this machine.
    """

    schemes: ClassVar[tuple[str, ...]] = ("ldaps", "ldap")

    kind: Literal["ldap"]
    base: str = UNSET
    find: Filter

    @model_validator(mode="after")
    def _finds_the_target(self) -> "LdapDefinition":
        if filled(self.find, {"target": "x"}) == self.find:
            raise ValueError("find does not name {target}")
        return self
