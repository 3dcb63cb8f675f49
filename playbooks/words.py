"""The closed word lists of the playbook format."""

from typing import Literal

StepType = Literal[
    "start",
    "end",
    "action",
    "playbook-action",
    "parallel",
    "if-condition",
    "while-condition",
    "switch-condition",
]
Phase = Literal["detect", "triage", "contain", "eradicate", "recover", "notify", "report", "learn", "account"]
Role = Literal[
    "responder",
    "incident_lead",
    "data_protection_officer",
    "legal",
    "communications",
    "customer_service",
    "executive",
    "auditor",
    "administrator",
]
Department = Literal[
    "security",
    "it_operations",
    "business",
    "compliance",
    "data_protection",
    "human_resources",
    "vendor_management",
    "internal_audit",
    "management",
]
Moment = Literal[
    "occurred_at",
    "detected_at",
    "aware_at",
    "determined_at",
    "material_at",
    "assessed_at",
    "classified_at",
    "contained_at",
    "handled_at",
    "ransom_paid_at",
    "closed_at",
]
TimeoutAction = Literal["refuse", "approve", "escalate"]
Stage = Literal["initial", "interim", "final"]
