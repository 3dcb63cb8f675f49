"""Play a scenario's scripted participants: the same questions, answered through the same door as people's."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from models.database import Store
from models.decision import Answer, Decision
from models.playbook_run import StepRun
from models.vocabulary import DecisionStatus, StepStatus
from notifications.import_people import import_people
from notifications.people.csv_reading import Progress
from playbooks.durations import parse_duration
from playbooks.scenario import Scenario, ScriptedAnswer, filled
from response.decisions import answer
from response.exercise_money import write_down_money
from response.questions import open_decisions
from response.samples.customers import write_customers


@dataclass(frozen=True)
class Performance:
    """One run of a scenario: when it starts and the mark that tells it from other runs.

    `timed` is a drill, which has a clock of its own and waits for each answer's hour.
    """

    scenario: Scenario
    start: datetime
    run: str
    timed: bool = False

    def signal(self) -> bytes:
        """Give the starting signal as the detector would post it."""
        payload = filled(self.scenario.signal.payload, self.start, self.run)
        return json.dumps(payload, ensure_ascii=False).encode()

    def form(self, scripted: ScriptedAnswer) -> bytes:
        """Give the form a participant hands in."""
        document = filled(self.scenario.form(scripted), self.start, self.run)
        return json.dumps(document, ensure_ascii=False).encode()

    def moment(self, span: str) -> datetime:
        """Give the moment so long after the start."""
        return self.start + parse_duration(span)

    def back_at(self, who: str, moment: datetime) -> datetime | None:
        """Say when somebody who cannot be reached at a moment is back; None when they are there."""
        if not self.timed:
            return None
        for inject in self.scenario.injects:
            if inject.absent and inject.absent.who == who:
                away = self.moment(inject.at)
                back = away + parse_duration(inject.absent.lasts)
                if away <= moment < back:
                    return back
        return None

    def due(self, scripted: ScriptedAnswer, now: datetime) -> datetime:
        """Say from when a participant answers: their hour in the script, or when they can be reached again."""
        if not self.timed:
            return now
        hour = max(now, self.moment(scripted.at))
        return self.back_at(scripted.by, hour) or hour


@dataclass(frozen=True)
class GivenAnswer:
    """One answer that was just given."""

    decision_id: str
    step: str
    by: str
    verdict: str


def answer_waiting(
    store: Store,
    performance: Performance,
    incident_id: str,
    import_progress: Progress | None = None,
) -> tuple[GivenAnswer, ...]:
    """Let the scripted participants answer whatever now waits for them, and write down what it costs meanwhile.

    Gives what was answered.
    """
    given, now = [], store.clock()
    with store.reading() as session:
        done = done_steps(session, incident_id)
        possible = list(possible_answers(session, performance, incident_id))
    write_down_money(store, performance.scenario, incident_id, done)
    settled: set[str] = set()
    for decision, scripted in possible:
        if decision.id in settled or performance.due(scripted, now) > now:
            continue
        if _give(store, performance, decision, scripted, import_progress).status != DecisionStatus.OPEN:
            settled.add(decision.id)
        given.append(GivenAnswer(decision.id, decision.step, scripted.by, scripted.verdict))
    return tuple(given)


def possible_answers(
    session: Session, performance: Performance, incident_id: str
) -> Iterator[tuple[Decision, ScriptedAnswer]]:
    """Pair each question that waits with the scripted answers to it that were not given yet."""
    done = done_steps(session, incident_id)
    answered = {(row.decision_id, row.staff_id) for row in session.exec(select(Answer))}
    for decision in open_decisions(session, incident_id):
        step, _, turn = decision.step.partition("#")
        for scripted in performance.scenario.answers.get(step, []):
            fits = scripted.round in (None, int(turn or 1)) and _is_done(scripted.after, done)
            if fits and (decision.id, scripted.by) not in answered:
                yield decision, scripted


def _is_done(step: str | None, done: Collection[str]) -> bool:
    return step is None or step in done


def done_steps(session: Session, incident_id: str) -> set[str]:
    """Name the steps that are done."""
    rows: Iterable[StepRun] = session.exec(select(StepRun).where(StepRun.incident_id == incident_id))
    return {row.step for row in rows if row.status == StepStatus.DONE}


def _give(
    store: Store,
    performance: Performance,
    decision: Decision,
    scripted: ScriptedAnswer,
    import_progress: Progress | None,
) -> Decision:
    if scripted.imports == "customers":
        path = store.settings.home / "inbox" / f"{decision.incident_id}-customers.csv"
        write_customers(path, performance.scenario.people)
        import_people(store, decision.incident_id, path, progress=import_progress)
    document = performance.form(scripted) if scripted.verdict == "answer" else None
    return answer(
        store, decision.id, scripted.by, scripted.verdict, reason=scripted.reason, document=document
    )
