"""Running an exercise at a table: hand out, take down who decided what after how long, and judge at the end.

Entries are written as they happen, so an exercise that is broken off keeps what was said.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from statistics import median

from sqlmodel import Session, col, func, select

from models.database import Store, Work
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.tabletop import Tabletop, TabletopEntry
from models.vocabulary import Role
from playbooks.agenda import AgendaItem, agenda
from playbooks.scenario import Scenario, load_scenario, scenario_text
from response.incidents import next_number
from response.staff import role_of, staff_member, staff_with_role

HANDED_OUT, DECIDED = "handed_out", "decided"
MAY_LEAD = (Role.INCIDENT_LEAD, Role.DATA_PROTECTION_OFFICER, Role.EXECUTIVE, Role.AUDITOR)


@dataclass(frozen=True)
class TabletopResult:
    """What an exercise showed. `undecided` names items after which nobody decided anything."""

    items: int
    decisions: int
    median_seconds: float | None
    undecided: tuple[str, ...]
    expected: int
    met: int


def begin_tabletop(
    store: Store, scenario_id: str, facilitator: str, participants: Mapping[str, str] | None = None
) -> tuple[Tabletop, tuple[AgendaItem, ...]]:
    """Open an exercise. Roles of the scenario without a participant are given to the first in the contact tree.

    Raises:
        NotFoundError, RefusedError: no such scenario or person, or they may not lead; a role nobody holds.
    """
    text = scenario_text(scenario_id)
    scenario = load_scenario(text, scenario_id)
    with store.work() as unit:
        role = role_of(unit.session, facilitator, MAY_LEAD)
        seats = _seats(unit.session, scenario, participants or {})
        number = next_number(unit.session, f"TTX/{unit.clock().year}")
        row = Tabletop(
            id=f"TTX-{unit.clock().year}-{number:04d}",
            scenario=scenario.id,
            scenario_hash=sha256(text.encode()).hexdigest(),
            facilitator=facilitator,
            participants=seats,
            started_at=unit.clock(),
        )
        unit.session.add(row)
        body = {"tabletop": row.id, "scenario": row.scenario, "sha256": row.scenario_hash, "people": seats}
        unit.record("tabletop:started", actor=facilitator, role=role, drill=True, body=body)
    return row, agenda(scenario)


def hand_out(store: Store, tabletop_id: str, item: int, to: str) -> None:
    """Note that an item of the agenda was handed to a role, now."""
    with store.work() as unit:
        _running(unit.session, tabletop_id)
        _write(unit, tabletop_id, item, HANDED_OUT, to, "")


def take_down(store: Store, tabletop_id: str, item: int, role: str, words: str) -> None:
    """Note what a role decided about an item.

    Raises:
        RefusedError, InvalidInputError: nobody sits there in that role, nothing was said, or the exercise is over.
    """
    with store.work() as unit:
        row = _running(unit.session, tabletop_id)
        if role not in row.participants:
            raise RefusedError(
                f"Nobody sits at this table as {role[:40]!r}.",
                where=tabletop_id,
                expected=", ".join(sorted(row.participants)),
            )
        if not words.strip():
            raise InvalidInputError("A decision needs its words.", where=f"{tabletop_id}, item {item}")
        _write(unit, tabletop_id, item, DECIDED, role, words.strip())


def end_tabletop(store: Store, tabletop_id: str, expected_met: Mapping[str, bool]) -> TabletopResult:
    """Close an exercise with the facilitator's judgement of each expectation; gives what it showed."""
    with store.work() as unit:
        row = _running(unit.session, tabletop_id)
        items = agenda(load_scenario(scenario_text(row.scenario), row.scenario))
        entries = entries_of(unit.session, tabletop_id)
        decided = [entry for entry in entries if entry.kind == DECIDED]
        answered = {entry.item for entry in decided}
        first = {item: min(e.seconds for e in decided if e.item == item) for item in answered}
        result = TabletopResult(
            items=len(items),
            decisions=len(decided),
            median_seconds=round(median(first.values()), 1) if first else None,
            undecided=tuple(each.name["en"] for at, each in enumerate(items) if at not in answered),
            expected=len(expected_met),
            met=sum(expected_met.values()),
        )
        row.ended_at, row.result = unit.clock(), asdict(result) | {"expectations": dict(expected_met)}
        unit.session.add(row)
        body = {"tabletop": row.id, "decisions": result.decisions, "met": result.met, "of": result.expected}
        unit.record("tabletop:ended", actor=row.facilitator, role=Role.INCIDENT_LEAD, drill=True, body=body)
    return result


def entries_of(session: Session, tabletop_id: str) -> list[TabletopEntry]:
    """Give the facilitator's log in its order."""
    query = select(TabletopEntry).where(TabletopEntry.tabletop_id == tabletop_id)
    return list(session.exec(query.order_by(col(TabletopEntry.number))))


def words_of(store: Store, entry: TabletopEntry) -> str:
    """Open what was said."""
    if not entry.sealed:
        return ""
    return store.organisation_key.sealer.open(entry.sealed, _place(entry.tabletop_id, entry.number)).decode()


def find_tabletop(session: Session, tabletop_id: str) -> Tabletop:
    """Give an exercise; raises NotFoundError."""
    row = session.get(Tabletop, tabletop_id)
    if row is None:
        raise NotFoundError(f"There is no exercise {tabletop_id[:40]}.", remedy="See `tocsin tabletop list`.")
    return row


def _seats(session: Session, scenario: Scenario, given: Mapping[str, str]) -> dict[str, str]:
    """Seat somebody for each role the scenario hands anything to or expects anything of."""
    roles = {item.to for item in agenda(scenario)} | {str(each.owner) for each in scenario.expectations}
    seats = {}
    for role in sorted(roles | set(given)):
        holders = [person.id for person in staff_with_role(session, role)]
        who = given.get(role, holders[0] if holders else "")
        if not who:
            raise RefusedError(
                f"Nobody holds the role {role}.", where=scenario.id, remedy="Name one with --who."
            )
        seats[role] = staff_member(session, who).id
    return seats


def _running(session: Session, tabletop_id: str) -> Tabletop:
    row = find_tabletop(session, tabletop_id)
    if row.ended_at is not None:
        raise RefusedError("This exercise is over; its log is closed.", where=tabletop_id)
    return row


def _write(unit: Work, tabletop_id: str, item: int, kind: str, role: str, words: str) -> None:
    mine = TabletopEntry.tabletop_id == tabletop_id
    number = unit.session.exec(select(func.count()).select_from(TabletopEntry).where(mine)).one()
    handed = select(TabletopEntry.at).where(
        mine, TabletopEntry.item == item, TabletopEntry.kind == HANDED_OUT
    )
    since = unit.session.exec(handed).first() or unit.clock()
    place = _place(tabletop_id, number)
    unit.session.add(
        TabletopEntry(
            tabletop_id=tabletop_id,
            number=number,
            item=item,
            kind=kind,
            role=role,
            at=unit.clock(),
            seconds=(unit.clock() - since).total_seconds(),
            sealed=unit.store.organisation_key.sealer.seal(words.encode(), place) if words else b"",
        )
    )


def _place(tabletop_id: str, number: int) -> str:
    return f"tabletop/{tabletop_id}/{number}"
