"""The last rung: a public notice where a law lets it stand for those whom neither message nor letter reached."""

from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import and_, func, select
from sqlmodel import Session

from models.database import Store, Work
from models.errors import InvalidInputError, RefusedError
from models.incident import Incident
from models.vocabulary import Role
from notifications.audience import CAMPAIGN, DELIVERY, POST, SUBJECT
from notifications.balance import DEFAULT_MESSAGE
from notifications.texts.exposure import profile_of
from notifications.texts.languages import DEFAULT_LANGUAGE
from notifications.texts.public_notice import as_html, as_text, public_notice
from notifications.texts.templates_on_disk import language_used
from regulations.substitutes import substitutes
from response.plan import find_incident
from response.staff import role_of
from response.telling.disclosure import notice_details
from response.telling.law_coverage import UNREACHED, law_coverage

MAY_PUBLISH = (Role.COMMUNICATIONS, Role.LEGAL, Role.DATA_PROTECTION_OFFICER)
_PLACE_OF = {"EU": "DE", "UK": "GB"}  # a place whose law's statements the text carries


@dataclass(frozen=True)
class SubstituteDuty:
    """What one law says now: `because` names the threshold that is met, `judge` what only a person can say."""

    rule: str
    citation: str
    jurisdiction: str
    people: int
    unreached: int
    because: str | None
    judge: str | None
    ways: tuple[str, ...]
    days: int | None
    text_read: bool  # whether the law's own text was read for it; else have counsel look

    @property
    def met(self) -> bool:
        """Whether numbers alone say that a public notice is called for."""
        return self.because is not None


@dataclass(frozen=True)
class SubstitutePlan:
    """All laws with something to say, and how many people a letter was not tried for yet."""

    incident_id: str
    duties: tuple[SubstituteDuty, ...]
    letters_first: int

    def to_json(self) -> dict[str, Any]:
        """Give plain JSON values."""
        duties = [asdict(duty) | {"met": duty.met} for duty in self.duties]
        return {"incident": self.incident_id, "letters_first": self.letters_first, "duties": duties}


def substitute_plan(
    session: Session, incident_id: str, at: datetime, message: str = DEFAULT_MESSAGE
) -> SubstitutePlan:
    """Hold the people out of reach against what each law that concerns them says of a public notice."""
    find_incident(session, incident_id)
    found, on_record = [], substitutes()
    for each in law_coverage(session, incident_id, at, message):
        said = on_record.get(each.rule)
        if said is None:
            continue
        because = said.because(each.people, each.unreached)
        judge = said.left_to_people(each.people, each.unreached)
        if because is None and judge is None:
            continue
        numbers = (each.people, each.unreached, because, judge)
        read = said.how == "primary_text"
        found.append(
            SubstituteDuty(each.rule, said.citation, each.jurisdiction, *numbers, said.ways, said.days, read)
        )
    found.sort(key=lambda duty: (not duty.met, duty.rule))
    return SubstitutePlan(incident_id, tuple(found), _letters_first(session, incident_id, message))


def _letters_first(session: Session, incident_id: str, message: str) -> int:
    counted = select(func.count()).select_from(DELIVERY).where(_out_of_reach(incident_id, message))
    return int(session.execute(counted.where(DELIVERY.c.channel != POST)).scalar_one())


def _out_of_reach(incident_id: str, message: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    row = DELIVERY.c
    campaigns = select(CAMPAIGN.c.id).where(
        CAMPAIGN.c.incident_id == incident_id, CAMPAIGN.c.message == message
    )
    unreached = row.status.in_([status.value for status in UNREACHED])
    return and_(row.campaign_id.in_(campaigns), row.current, unreached)


def draft_public_notices(
    store: Store, incident_id: str, staff: str, message: str = DEFAULT_MESSAGE
) -> tuple[Path, ...]:
    """Write the texts for website and press, as text and HTML, for the laws whose threshold is met.

    One for each set of legal statements and each language of the people out of reach; the ledger keeps their digests.

    Raises:
        RefusedError: no law's threshold is met, or the person may not.
    """
    with store.work() as unit:
        role = role_of(unit.session, staff, MAY_PUBLISH)
        incident = find_incident(unit.session, incident_id)
        plan = substitute_plan(unit.session, incident_id, unit.clock(), message)
        met = [duty for duty in plan.duties if duty.met]
        if not met:
            raise RefusedError(
                f"No law calls for a public notice in {incident_id} by its numbers.",
                remedy="`tocsin notice substitute` shows what is left to a person's judgement.",
            )
        texts = _texts(store, unit.session, incident, met, message)
        paths = _written(store.settings.home / "public" / incident_id, texts)
        digests = {name: sha256(text.encode()).hexdigest() for name, text in texts.items()}
        body = {"rules": [duty.rule for duty in met], "texts": digests}
        _note(unit, incident, "notice:substitute_drafted", staff, role, body)
    return paths


def _texts(
    store: Store, session: Session, incident: Incident, met: list[SubstituteDuty], message: str
) -> dict[str, str]:
    details = notice_details(store, session, incident)
    places = {profile_of(place): place for duty in met if (place := _place(duty.jurisdiction))}
    found: dict[str, str] = {}
    for profile, place in sorted(places.items()):
        for language in _languages(session, incident.id, message):
            blocks = public_notice(message, details, language, place, drill=incident.drill)
            found[f"{profile}-{language}.txt"] = as_text(blocks)
            found[f"{profile}-{language}.html"] = as_html(blocks, language)
    return found


def _place(jurisdiction: str) -> str:
    return _PLACE_OF.get(jurisdiction, jurisdiction)


def _languages(session: Session, incident_id: str, message: str) -> list[str]:
    """List the languages of the people out of reach, with English, which the press of every place takes."""
    joined = and_(SUBJECT.c.incident_id == incident_id, SUBJECT.c.number == DELIVERY.c.person)
    spoken = select(SUBJECT.c.language).distinct().join_from(DELIVERY, SUBJECT, joined)
    found = session.execute(spoken.where(_out_of_reach(incident_id, message))).scalars()
    return sorted({DEFAULT_LANGUAGE, *(language_used(message, language) for language in found)})


def _written(folder: Path, texts: dict[str, str]) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in texts.items():
        paths.append(folder / name)
        paths[-1].write_text(text, encoding="utf-8")
    return tuple(paths)


def note_published(unit: Work, incident_id: str, staff: str, where: str, way: str, rules: list[str]) -> None:
    """Record that a public notice stands somewhere: a page's address, a newspaper and its day.

    Raises:
        RefusedError: the person may not.
        InvalidInputError: it is not said where, or a rule is none that knows public notices.
    """
    role = role_of(unit.session, staff, MAY_PUBLISH)
    incident = find_incident(unit.session, incident_id)
    unknown = sorted(set(rules) - set(substitutes()))
    if not where.strip() or not rules or unknown:
        raise InvalidInputError(
            "A public notice needs a place and the rules it serves.",
            where=", ".join(unknown),
            expected="rules as `tocsin notice substitute` shows them",
        )
    _note(unit, incident, "notice:published", staff, role, {"where": where, "way": way, "rules": rules})


def _note(unit: Work, incident: Incident, tag: str, staff: str, role: str, body: dict[str, Any]) -> None:
    unit.record(
        tag,
        actor=staff,
        role=role,
        incident_id=incident.id,
        facts_version=incident.facts_version or None,
        drill=incident.drill,
        body=body,
    )
