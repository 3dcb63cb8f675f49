"""Every table in one place, for migrations and for tests that look at all of them."""

from sqlmodel import SQLModel

from models import (  # noqa: F401 - importing a module registers its tables
    accountability,
    action,
    call,
    claim,
    cost,
    decision,
    drill,
    enquiry,
    evidence,
    filing,
    incident,
    ledger,
    notice,
    obligation,
    outside_exercise,
    people,
    playbook_run,
    recovery,
    remark,
    signal,
    staff,
    tabletop,
)

metadata = SQLModel.metadata
