"""A number of people or records that may be known only within bounds; comparisons are three-valued."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Whole = Annotated[int, Field(strict=True, ge=0, le=10**12)]


class Count(BaseModel):
    """`{value}`, `{at_least}`, `{at_most}` or both bounds; a plain number means `{value}`.

    With no key at all it is unknown: from nought to anything.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Whole | None = None
    at_least: Whole | None = None
    at_most: Whole | None = None

    @model_validator(mode="before")
    @classmethod
    def _take_plain_number(cls, given: Any) -> Any:
        is_number = isinstance(given, int) and not isinstance(given, bool)
        return {"value": given} if is_number else given

    @model_validator(mode="after")
    def _bounds_agree(self) -> Self:
        if self.value is not None and not (self.at_least is None and self.at_most is None):
            raise ValueError("a count is either a value or a range, not both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"at_least {self.at_least} is more than at_most {self.at_most}")
        return self

    @classmethod
    def between(cls, least: int, most: int | None) -> "Count":
        """Build a count from its bounds; `most` None means no upper bound."""
        if least == most:
            return cls(value=least)
        return cls(at_least=least, at_most=most)

    @property
    def least(self) -> int:
        """Smallest number that is possible."""
        return self.value if self.value is not None else self.at_least or 0

    @property
    def most(self) -> int | None:
        """Largest number that is possible; None when there is no bound."""
        return self.value if self.value is not None else self.at_most

    @property
    def is_known(self) -> bool:
        """Whether it is one exact number."""
        return self.least == self.most

    def at_least_is(self, number: int) -> bool | None:
        """Say whether the count is `number` or more; None when the bounds leave it open."""
        if self.least >= number:
            return True
        return False if self.most is not None and self.most < number else None

    def more_than_is(self, number: int) -> bool | None:
        """Say whether the count is more than `number`; None when open."""
        return self.at_least_is(number + 1)

    def fewer_than_is(self, number: int) -> bool | None:
        """Say whether the count is below `number`; None when open."""
        enough = self.at_least_is(number)
        return None if enough is None else not enough
