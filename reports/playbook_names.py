"""What a stored plan calls itself and its steps. It was checked when it was stored; here only names are read."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import yaml

from reports.view_terms import ByLanguage


@lru_cache(maxsize=16)
def names_in_playbook(text: str) -> tuple[ByLanguage, Mapping[str, ByLanguage]]:
    """Give the plan's name and its steps' names by language; nothing for a text that has none."""
    try:
        # libyaml reads a plan in a tenth of the time that the checking loader takes.
        plan = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError:  # the report then shows keys
        return {}, {}
    if not isinstance(plan, dict):
        return {}, {}
    steps = plan.get("workflow")
    named = steps.items() if isinstance(steps, dict) else ()
    return _name(plan), {str(key): _name(step) for key, step in named}


def _name(part: Any) -> ByLanguage:
    name = part.get("name") if isinstance(part, dict) else None
    return {str(language): str(said) for language, said in name.items()} if isinstance(name, dict) else {}
