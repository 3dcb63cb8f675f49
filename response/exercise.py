"""Play a scenario's scripted participants: the same questions, answered through the same door as people's."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import select

from models.database import Store
from models.decision import Answer, Decision
from models.playbook_run import StepRun
from models.vocabulary import StepStatus
from notifications.csv_reading import Progress
from notifications.import_people import import_people
from playbooks.scenario import Scenario, ScriptedAnswer, filled
from response.decisions import answer
from response.questions import open_decisions
from response.samples.customers import write_customers


@dataclass(frozen=True)
class Performance:
    """One run of a scenario: when it starts and the mark that tells it from other runs."""

    scenario: Scenario
    start: datetime
    run: str

    def signal(self) -> bytes:
        """Give the starting signal as the detector would post it."""
        payload = filled(self.scenario.signal.payload, self.start, self.run)
        return json.dumps(payload, ensure_ascii=False).encode()

    def form(self, scripted: ScriptedAnswer) -> bytes:
        """Give the form a participant hands in."""
        return json.dumps(filled(scripted.form, self.start, self.run), ensure_ascii=False).encode()


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
    """Let the scripted participants answer whatever now waits for them; gives what was answered."""
    given = []
    with store.reading() as session:
        waiting = open_decisions(session, incident_id)
        done = _done_steps(session.exec(select(StepRun).where(StepRun.incident_id == incident_id)))
        answered = {(row.decision_id, row.staff_id) for row in session.exec(select(Answer))}
    for decision in waiting:
        for scripted in performance.scenario.answers.get(decision.step.partition("#")[0], []):
            if (decision.id, scripted.by) in answered or (scripted.after and scripted.after not in done):
                continue
            _give(store, performance, decision, scripted, import_progress)
            given.append(GivenAnswer(decision.id, decision.step, scripted.by, scripted.verdict))
    return tuple(given)


def _done_steps(rows: Iterable[StepRun]) -> set[str]:
    return {row.step for row in rows if row.status == StepStatus.DONE}


def _give(
    store: Store,
    performance: Performance,
    decision: Decision,
    scripted: ScriptedAnswer,
    import_progress: Progress | None,
) -> None:
    if scripted.imports == "customers":
        path = store.settings.home / "inbox" / f"{decision.incident_id}-customers.csv"
        write_customers(path, performance.scenario.people)
        import_people(store, decision.incident_id, path, progress=import_progress)
    document = performance.form(scripted) if scripted.verdict == "answer" else None
    answer(store, decision.id, scripted.by, scripted.verdict, reason=scripted.reason, document=document)
