"""Making a plan of ours from a CACAO document: exactly where it carries our extension, else as tasks for people."""

from collections.abc import Mapping
from typing import Any, Final, cast

from playbooks.cacao.commands import run_by_program
from playbooks.cacao.conditions import from_cacao, to_cacao
from playbooks.cacao.faults import Fault, pointer
from playbooks.cacao.readings import both, is_readable, our_extension, slug, text_of
from playbooks.cacao.tasks import phase_of, task_of, variables_of
from playbooks.cacao.words import STEP_TYPES
from playbooks.schema import ALLOWED_KEYS, FORMAT
from playbooks.words import StepType

_FLOW: Final = ("on_completion", "on_success", "on_failure", "on_true", "on_false")
_ACTING: Final = frozenset({"action", "playbook-action"})
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "start": ("on_completion",),
    "end": (),
    "action": ("on_completion",),
    "playbook-action": ("on_completion",),
    "parallel": ("next_steps",),
    "if-condition": ("on_true",),
    "while-condition": ("on_true", "on_completion"),
    "switch-condition": ("cases",),
}
_CONDITIONS: Final = {
    "if-condition": "condition",
    "while-condition": "condition",
    "switch-condition": "switch",
}
_SUCCEEDED_BY: Final = {"single": "action", "playbook": "playbook-action"}
_UNREADABLE: Final = {"condition": "false", "switch": "'unreadable'"}
LOST_END: Final = "unreadable_end"


class Drafting:
    """Builds one draft; `faults` and `notes` fill while it works."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.faults: list[Fault] = []
        self.notes: list[str] = []
        workflow = data.get("workflow")
        found = workflow.items() if isinstance(workflow, dict) else ()
        read = ((key, _as_now(step)) for key, step in found if isinstance(step, dict))
        usable = {key: step for key, step in read if step.get("type") in STEP_TYPES}
        self.added = {
            key for key, step in usable.items() if "added_for" in our_extension(step, "step_extensions")
        }
        self.steps = {key: step for key, step in usable.items() if key not in self.added}
        self.names = self._named()
        self.phase = phase_of(data.get("playbook_types"))
        self.lost = False

    def document(self) -> dict[str, Any] | None:
        """Give the draft as a plain playbook document, or None when there is no step to begin with."""
        start = self._start()
        if start is None:
            return None
        workflow = self._workflow()
        if self.lost:
            lost = {"en": "The document does not say what comes here", "zh": "原文未说明后续步骤"}
            workflow[LOST_END] = {"type": "end", "name": lost}
        head = our_extension(self.data, "playbook_extensions")
        made = {**self._own_head(), **head} if head else self._own_head()
        variables = made.get("variables") or variables_of(
            [self.data, *self.steps.values()], workflow.values()
        )
        return {
            **made,
            "variables": variables,
            "workflow_start": self.names[start],
            "workflow": workflow,
        }

    def _start(self) -> str | None:
        """Give the step to begin with: the one that is named, else the only one that can be meant."""
        starts = [key for key, step in self.steps.items() if step["type"] == "start"]
        named = self.data.get("workflow_start")
        return named if named in starts else starts[0] if len(starts) == 1 else None

    def _workflow(self) -> dict[str, Any]:
        known = variables_of([self.data, *self.steps.values()], ())
        made: dict[str, Any] = {}
        for key, step in self.steps.items():
            name, written = self.names[key], self._step(key, step)
            theirs = step["type"] == "action" and not our_extension(step, "step_extensions")
            chain = run_by_program(name, written, step, self.data, known) if theirs else None
            if chain is None or any(each in self.names.values() for each in chain if each != name):
                made[name] = written
                continue
            made |= chain
            said = f"{name}: its commands run by the connector {chain[name]['with']['connector']} once approved; "
            self.notes = [note for note in self.notes if not note.startswith(f"{name}: the ")]
            self.notes.append(f"{said}without one a person runs them.")
        return made

    def _own_head(self) -> dict[str, Any]:
        name = text_of(self.data.get("name")) or "Imported playbook"
        return {
            "schema": FORMAT,
            "id": slug(name, "-") or "imported",
            "version": "1.0.0",
            "name": {"en": name, "zh": name},
            "description": both(text_of(self.data.get("description")) or name),
            "roles": ["responder", "incident_lead"],
        }

    def _named(self) -> dict[str, str]:
        names: dict[str, str] = {}
        taken: set[str] = set()
        for key, step in self.steps.items():
            kept = our_extension(step, "step_extensions").get("step")
            wanted = (
                kept if isinstance(kept, str) else slug(text_of(step.get("name")) or str(step["type"]), "_")
            )
            name, number = wanted or "step", 2
            while name in taken:
                name, number = f"{wanted or 'step'}_{number}", number + 1
            taken.add(name)
            names[key] = name
        return names

    def _step(self, key: str, step: Mapping[str, Any]) -> dict[str, Any]:
        kind = str(step["type"])
        ours = {k: v for k, v in our_extension(step, "step_extensions").items() if k != "step"}
        made = ours or (task_of(step, self.names[key], self.phase, self.notes) if kind in _ACTING else {})
        name = text_of(step.get("name")) or self.names[key].replace("_", " ")
        kept = made.get("name")
        if not isinstance(kept, dict) or kept.get("en") != name:
            made["name"] = both(name)
        written = {"type": "action" if kind == "playbook-action" and not ours else kind, **made}
        written |= self._flow(key, step, kind, exact=bool(ours))
        needed = _CONDITIONS.get(kind)
        for word in ("condition", "switch"):
            if word == needed:
                written[word] = self._condition(key, step, word, ours.get(word))
        return written

    def _flow(self, key: str, step: Mapping[str, Any], kind: str, *, exact: bool) -> dict[str, Any]:
        targets = {word: self._target(step.get(word)) for word in _FLOW}
        flow: dict[str, Any] = {word: target for word, target in targets.items() if target}
        if kind in _ACTING and "on_completion" in flow:
            flow = {"on_completion": flow["on_completion"]}
        elif kind not in _ACTING and "on_success" in flow:
            flow.setdefault("on_completion", flow["on_success"])
        if kind not in _ACTING and "on_failure" in flow:
            self.notes.append(
                f"{self.names[key]}: on_failure of a {kind} is left out; its branches handle failures."
            )
        flow |= self._branches(step)
        for word in () if exact or (kind in _ACTING and flow) else _NEEDED[kind]:
            if word not in flow:
                flow[word] = {"next_steps": [self._lost()], "cases": {"default": self._lost()}}.get(
                    word, self._lost()
                )
        return {word: target for word, target in flow.items() if word in ALLOWED_KEYS[_as_ours(kind)]}

    def _branches(self, step: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        branches, cases = step.get("next_steps"), step.get("cases")
        heads = [self._target(target) for target in branches] if isinstance(branches, list) else []
        ways = (
            {str(c): self._target(target) for c, target in cases.items()} if isinstance(cases, dict) else {}
        )
        if any(heads):
            found["next_steps"] = [head for head in heads if head]
        if any(ways.values()):
            found["cases"] = {case: target for case, target in ways.items() if target}
        return found

    def _target(self, target: Any) -> str | None:
        if not isinstance(target, str) or target in self.added:
            return None
        return self.names.get(target) or self._lost()

    def _lost(self) -> str:
        self.lost = True
        return LOST_END

    def _condition(self, key: str, step: Mapping[str, Any], word: str, ours: Any) -> str:
        theirs = text_of(step.get(word))
        if not theirs:
            return _UNREADABLE[word]
        if isinstance(ours, str) and is_readable(ours) and to_cacao(ours) == theirs:
            return ours
        text = from_cacao(theirs)
        if not is_readable(text):
            said = f"The {word} {theirs[:80]!r} cannot be read."
            self.faults.append(
                Fault(pointer("workflow", key, word), said, "comparisons of variables with values")
            )
            return _UNREADABLE[word]
        return text


def _as_now(step: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read a step of CACAO 1 as its successor; that its type is old, and a way a list, stays a fault."""
    kind = step.get("type")
    now = {
        word: way[0]
        for word, way in step.items()
        if word in _FLOW and isinstance(way, list) and len(way) == 1
    }
    return {**step, **now, "type": _SUCCEEDED_BY.get(kind, kind) if isinstance(kind, str) else kind}


def _as_ours(kind: str) -> StepType:
    """Name the step type a draft uses: a call of another playbook becomes a task for a person."""
    found: StepType = "action" if kind == "playbook-action" else cast("StepType", kind)
    return found
