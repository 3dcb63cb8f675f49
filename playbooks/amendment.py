"""Steps that people add to a running plan: written below it, so that the plan they started with stays readable.

An amended text is a version of its own: it is pinned and shown as a difference like any newer version.
"""

import json
from typing import Any, Final

from models.errors import RefusedError
from playbooks.document import read_document
from playbooks.loader import load_playbook
from playbooks.schema import Addition, Step

_HEADING: Final = "added:"


def amended_text(text: str, where: str, step_id: str, after: str, step: Step) -> str:
    """Add a step after another one and give the new text; what followed now follows the added step.

    Raises RefusedError when the id is taken, and InvalidInputError when the plan no longer holds together.
    """
    playbook = load_playbook(text, where)
    if step_id in playbook.workflow:
        raise RefusedError(
            f"The plan already has a step {step_id}.",
            where=where,
            remedy="Choose another id for the added step.",
        )
    if step.action is None or step.action.partition(".")[0] not in {"manual", "approval"}:
        raise RefusedError(
            f"The added step does {step.action or 'nothing'}.",
            where=where,
            expected="a task for a person or an approval: what acts by itself needs a linted plan",
            remedy="Put the automatic step into a new version of the playbook and adopt that.",
        )
    addition = Addition(id=step_id, after=after, step=step)
    plain: dict[str, Any] = addition.model_dump(mode="json", by_alias=True, exclude_unset=True)
    heading = "" if "added" in read_document(text, where).data else f"\n{_HEADING}\n"
    amended = f"{text.rstrip()}\n{heading}  - {json.dumps(plain, ensure_ascii=False)}\n"
    load_playbook(amended, where)
    return amended
