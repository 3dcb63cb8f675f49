"""How a response is called where machines and people list it: by its id and its plan, which name nobody."""


def run_name(incident_id: str, playbook: str) -> str:
    """Name an incident's run. The engine's own store is not reached by erasure, so no title goes into it."""
    return f"{incident_id} {playbook}"
