"""What the linter found: each finding names its place and how to mend it."""

from collections.abc import Iterator
from dataclasses import dataclass

from playbooks.document import Document, Path
from playbooks.routes import Routes
from playbooks.schema import Playbook, Step


@dataclass(frozen=True, order=True)
class Finding:
    """One fault: its code, the place, what is wrong and what would mend it."""

    line: int
    code: str
    file: str
    step: str
    message: str
    mend: str

    def __str__(self) -> str:
        at = f" step {self.step}:" if self.step else ""
        return f"{self.file}:{self.line}:{at} [{self.code}] {self.message} {self.mend}"


@dataclass(frozen=True)
class Subject:
    """What the checks look at: the plan, its courses, and where each thing is written."""

    playbook: Playbook
    routes: Routes
    document: Document
    file: str

    def steps(self, *actions: str) -> Iterator[tuple[str, Step]]:
        """Every step, or every step with one of these actions, in the order they are written."""
        for step_id, step in self.playbook.workflow.items():
            if not actions or step.action in actions:
                yield step_id, step

    def finding(self, code: str, step_id: str, key: str, message: str, mend: str) -> Finding:
        """Name a fault of a step at the line of one of its keys."""
        here = step_id.partition(".")[0] if ("workflow", step_id) not in self.document.lines else step_id
        path: Path = ("workflow", here, key) if here == step_id and key else ("workflow", here)
        return Finding(self.document.line_of(path), code, self.file, step_id, message, mend)

    def finding_at(self, code: str, path: Path, message: str, mend: str) -> Finding:
        """Name a fault that is not one step's."""
        return Finding(self.document.line_of(path), code, self.file, "", message, mend)
