"""The form `manual.duties`: what no report or campaign met was met by something else, or rests for a reason."""

from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from models.clock import read_moment
from models.database import Work
from models.errors import InvalidInputError, RefusedError
from models.filing import Filing
from models.obligation import Obligation
from models.vocabulary import ObligationStatus
from response.authorities.input import SENT
from response.context import StepContext
from response.duties import meet, obligations_of, parts_of, stands, waive
from response.form_reading import FormPart, Sentence, acting_role, read_form

Moment = Annotated[
    datetime, BeforeValidator(lambda given: read_moment(given) if isinstance(given, str) else given)
]
MOST_NAMED = 8


class Settlement(FormPart):
    """What became of the duties that fit: met by something at a moment, or waived with a reason.

    `rule` takes `*` for any run of letters; `stage` and `answer` narrow it further.
    """

    rule: Sentence
    stage: Sentence | None = None
    answer: Literal["due", "immediate", "depends", "not_started"] | None = None
    met_by: Sentence | None = None
    met_at: Moment | None = None
    waived: Sentence | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> "Settlement":
        if (self.met_by is None) == (self.waived is None) or (self.met_by is None) != (self.met_at is None):
            raise ValueError("say met_by with met_at, or waived with the reason")
        return self

    def fits(self, obligation: Obligation) -> bool:
        """Say whether a duty is meant."""
        return (
            fnmatchcase(obligation.rule, self.rule)
            and self.stage in (None, obligation.stage)
            and self.answer in (None, obligation.answer)
        )


class DutiesForm(FormPart):
    """What the step `manual.duties` asks for: every duty that still stands, settled by the first line that fits."""

    duties: tuple[Settlement, ...] = ()


def cover_duties(unit: Work, context: StepContext, document: bytes, by: str) -> dict[str, Any]:
    """Settle every duty that no report or campaign met; each is a recorded decision with decider and reason.

    Raises:
        InvalidInputError: the form is wrong, a moment lies in the future, or a duty is left without a word.
        RefusedError: an authority is said to have been told without a filing on record.
    """
    form = read_form(document, DutiesForm, "the duties form") if document.strip() else DutiesForm()
    incident, role = context.incident, acting_role(unit, context, by)
    owed = [each for each in obligations_of(unit.session, incident.id) if _is_unsettled(each)]
    chosen = {each.id: next((line for line in form.duties if line.fits(each)), None) for each in owed}
    left = [name for name, line in chosen.items() if line is None]
    if left:
        more = f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else ""
        raise InvalidInputError(
            f"{len(left)} duties are left without a word: {', '.join(left[:MOST_NAMED])}{more}.",
            where="the duties form",
            expected="each met by something, or waived with a reason",
        )
    for obligation in owed:
        line = chosen[obligation.id]
        if line is not None and line.waived is not None:
            waive(unit, incident, obligation, by, role, line.waived)
        elif line is not None and line.met_at is not None and line.met_by is not None:
            _check_moment(unit, line.met_at)
            _refuse_report_without_filing(unit, obligation, line.met_by)
            obligation.decided_by, obligation.reason = by, line.met_by
            meet(unit, incident, obligation, line.met_at, f"decision/{context.key}", by)
    return {"duties_settled": len(owed)}


def _is_unsettled(obligation: Obligation) -> bool:
    return stands(obligation) or obligation.status == ObligationStatus.NOT_STARTED


def _check_moment(unit: Work, at: datetime) -> None:
    if at > unit.clock():
        raise InvalidInputError(
            "A duty can't have been met in the future.", where="met_at", expected="a moment that has passed"
        )


def _refuse_report_without_filing(unit: Work, obligation: Obligation, met_by: str) -> None:
    """Nothing counts as reported to an authority without the filing that was submitted."""
    told = obligation.detail.get("parts", {})
    if "authority" not in parts_of(obligation) or "authority" in told:
        return
    filing = unit.session.get(Filing, met_by)
    if filing is None or filing.incident_id != obligation.incident_id or filing.status not in SENT:
        raise RefusedError(
            "A report to an authority is on record only as a filing.",
            where=obligation.id,
            expected="met_by: the id of a submitted filing of this incident",
            remedy="Draft, approve and submit it with `tocsin filing`, or waive the duty with the reason.",
        )
