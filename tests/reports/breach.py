"""A realistic incident written straight into the tables, for looking at reports of it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from models.accountability import ConductFinding, Responsibility, RootCause
from models.action import Containment, CorrectiveAction
from models.database import Store, Work
from models.decision import Answer, Decision
from models.facts import Facts
from models.filing import Filing
from models.incident import FactsVersion, Incident, PlaybookVersion
from models.obligation import Obligation
from models.playbook_run import StepRun
from models.signal import Signal
from models.staff import Staff
from playbooks.loader import content_hash, library_text
from reports.view import ChannelCoverage, NoticeCoverage

AWARE = datetime(2026, 3, 3, 2, 30, tzinfo=UTC)
AT = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
ID = "INC-2026-0001"
PLAYBOOK = "personal-data-breach"
PLAN = library_text(PLAYBOOK)


def after(**span: float) -> datetime:
    """Give a moment after the organisation was aware."""
    return AWARE + timedelta(**span)


COVERAGE = NoticeCoverage(
    channels=(
        ChannelCoverage(
            f"{ID}/N1", "breach-notice", "email", {"delivered": 10980, "sent": 604, "bounced": 141}
        ),
        ChannelCoverage(f"{ID}/N1", "breach-notice", "sms", {"delivered": 588, "bounced": 11, "unknown": 2}),
        ChannelCoverage(f"{ID}/N1", "breach-notice", "none", {"no_address": 215}),
    ),
    affected=12400,
    told=12172,
    balance_exact=True,
    people={"delivered": 11568, "sent": 604, "bounced": 11, "unknown": 2, "no_address": 215},
    languages={"zh-Hans": 12000, "de": 380, "en": 20},
    first_at=after(hours=5),
    last_at=after(hours=7, minutes=12),
)

FACTS: dict[str, Any] = {
    "title": "Customer export readable on a public storage bucket",
    "occurred_at": "2026-03-02T22:10:00+08:00",
    "detected_at": "2026-03-03T09:00:00+08:00",
    "aware_at": "2026-03-03T10:30:00+08:00",
    "contained_at": "2026-03-03T09:04:30+08:00",
    "organisation": {"name": "Example Bank", "country": "CN", "establishments": ["CN", "DE"]},
    "breach": {
        "confidentiality": True,
        "integrity": False,
        "availability": False,
        "vector": "misconfiguration",
        "actor": "external",
        "exfiltration": "likely",
        "published": False,
        "ongoing": False,
        "unintelligible": False,
        "service_impact": "none",
    },
    "data": {"categories": ["name", "contact", "national_id", "account_number", "transactions"]},
    "people": {"total": 12400, "by_place": {"CN-44": 12000, "DE": 380, "US-NY": 20}},
}
TRIAGE: dict[str, Any] = {
    "severity": {"method": "enisa-2013", "dpc": 3, "ei": 1.0, "cb": 0.5, "score": 3.5, "level": "high"},
    "risk": "high_risk",
    "decisions": {"document": "yes", "authority": "yes", "individuals": "yes"},
    "reasons": [
        {
            "decision": "individuals",
            "because": "Identity numbers with transactions were open to anyone who knew the address.",
            "facts": ["breach.exfiltration", "data.categories"],
            "source": "GDPR Art. 34(1); PIPL Art. 57",
        }
    ],
    "unknowns": [{"fact": "breach.malicious", "would_change": ["individuals"]}],
}


def build_breach(store: Store, *, drill: bool = False) -> str:
    """Write the whole incident; gives its id."""
    with store.work() as unit:
        _declare(unit, drill)
    for write in (_steps, _duties, _containment, _filings, _decisions, _learning, _accounting):
        with store.work() as unit:
            write(unit)
    return ID


def _note(unit: Work, tag: str, body: dict[str, Any], actor: str = "tocsin", role: str = "responder") -> None:
    unit.record(tag, actor=actor, role=role, incident_id=ID, facts_version=1, body=body)


def _declare(unit: Work, drill: bool) -> None:
    pinned = content_hash(PLAN)
    unit.session.add(PlaybookVersion(content_hash=pinned, name=PLAYBOOK, text=PLAN, stored_at=AWARE))
    for handle, role in (
        ("sec-1", "responder"),
        ("lead-1", "incident_lead"),
        ("dpo-1", "data_protection_officer"),
        ("legal-1", "legal"),
        ("cro-1", "executive"),
    ):
        unit.session.add(Staff(id=handle, roles=[role], department="security", sealed=b""))
    unit.session.flush()
    unit.session.add(
        Incident(
            id=ID,
            title=FACTS["title"],
            drill=drill,
            playbook=PLAYBOOK,
            playbook_hash=pinned,
            facts_version=1,
            declared_at=after(hours=-1, minutes=-29),
        )
    )
    unit.session.flush()
    unit.session.add(
        FactsVersion(
            incident_id=ID,
            version=1,
            document=Facts.model_validate(FACTS).canonical(),
            content_hash="0" * 64,
            recorded_at=AWARE,
            recorded_by="lead-1",
            severity="high",
            risk="high_risk",
            triage=TRIAGE,
        )
    )
    unit.session.add(
        Signal(
            id="SIG-1",
            form="aws.macie",
            dedup_key="macie-1",
            received_at=after(hours=-1, minutes=-30),
            told_by="detector",
            title="bucket open",
            payload=b"sealed",
            payload_sha256="0" * 64,
            incident_id=ID,
        )
    )
    _note(unit, "signal:taken", {"signal": "SIG-1"})
    _note(unit, "incident:declared", {"signal": "SIG-1"})
    _note(unit, "facts:recorded", {"sha256": "0" * 64}, "lead-1", "incident_lead")
    _note(unit, "triage:assessed", {"severity": "high", "risk": "high_risk"})


STEPS = (
    ("record", "detect", "detection.record", -89.5, -89.4),
    ("contain_plan", "contain", "containment.plan", -89, -88.8),
    ("contain_execute", "contain", "containment.execute", -88, -87),
    ("contain_verify", "contain", "containment.verify", -86.5, -85.5),
    ("confirm_facts", "triage", "manual.facts", -80, 0),
    ("assess", "triage", "triage.assess", 0, 0.1),
    ("prepare_notice", "notify", "notice.prepare", 30, 31),
    ("approve_notice", "notify", "approval", 31, 290),
    ("deliver_notice", "notify", "notice.deliver", 300, 432),
    ("draft_initial", "report", "filing.draft", 5, 6),
    ("submit_initial", "report", "filing.submit", 60, 190),
    ("root_cause", "learn", "manual.root_cause", 1500, 14400),
    ("compile_accountability", "account", "accountability.compile", 14410, 14411),
)


def _steps(unit: Work) -> None:
    for step, phase, action, begun, ended in STEPS:
        unit.session.add(
            StepRun(
                incident_id=ID,
                step=step,
                phase=phase,
                action=action,
                status="done",
                started_at=after(minutes=begun),
                finished_at=after(minutes=ended),
            )
        )
        _note(unit, "step:started", {"step": step, "phase": phase})
        _note(unit, "step:done", {"step": step, "phase": phase})


def _duty(unit: Work, rule: str, place: str, hours: float | None, **more: Any) -> None:
    values = {
        "stage": "initial",
        "recipient": "Lead supervisory authority",
        "citation": "GDPR Art. 33(1)",
        "verified": True,
        "status": "met",
        "answer": "due",
        "clock": "aware_at",
        "starts_at": AWARE,
        "due_at": after(hours=hours) if hours else None,
        **more,
    }
    unit.session.add(
        Obligation(
            id=f"{ID}/{rule}",
            incident_id=ID,
            rule=rule,
            rule_hash="1" * 64,
            jurisdiction=place,
            facts_version=1,
            **values,
        )
    )
    _note(unit, "obligation:opened", {"obligation": f"{ID}/{rule}"})
    if values["status"] in {"met", "late", "waived"}:
        _note(unit, f"obligation:{values['status']}", {"obligation": f"{ID}/{rule}"})


def _duties(unit: Work) -> None:
    filing = f"{ID}/eu-gdpr-33-authority/1"
    _duty(unit, "eu-gdpr-33-authority", "EU", 72, met_at=after(hours=3), met_by=filing)
    _duty(
        unit,
        "cn-cac-general-operator-4h",
        "CN",
        4,
        status="late",
        recipient="Provincial cyberspace administration",
        recipient_local="省级网信部门",
        citation="National Cybersecurity Incident Reporting Measures, Art. 5",
        met_at=after(hours=4, minutes=40),
    )
    _duty(
        unit,
        "cn-nfra-69-written-24h",
        "CN",
        24 - 12.3,
        recipient="National Financial Regulatory Administration",
        recipient_local="国家金融监督管理总局派出机构",
        citation="NFRA Measures 2024, Art. 69",
        clock="occurred_at",
        starts_at=after(hours=-12.3),
        met_at=after(hours=3, minutes=10),
    )
    _duty(
        unit,
        "cn-pipl-57-individuals",
        "CN",
        None,
        stage="individuals",
        recipient="The individuals",
        recipient_local="受影响的个人",
        citation="PIPL Art. 57",
        answer="immediate",
        met_at=after(hours=7.2),
        met_by=f"{ID}/N1",
    )
    _duty(
        unit,
        "us-ny-dfs-500.17-72h",
        "US-NY",
        72 + 400,
        status="open",
        recipient="Superintendent of Financial Services",
        citation="23 NYCRR 500.17(a)",
        clock="determined_at",
        starts_at=after(hours=400),
        verified=False,
    )
    _duty(
        unit,
        "eu-dora-19-final",
        "EU",
        None,
        stage="final",
        status="not_started",
        answer="not_started",
        recipient="Competent authority under DORA",
        citation="DORA Art. 19(4)(c)",
        clock="classified_at.dora",
        starts_at=None,
        unknowns=["classified_at.dora"],
    )
    _duty(
        unit,
        "us-bank-36h",
        "US",
        36,
        status="waived",
        recipient="Primary federal regulator",
        citation="12 CFR 53.3",
        decided_by="legal-1",
        reason="No banking service in the United States was affected.",
    )


def _containment(unit: Work) -> None:
    unit.session.add(
        Containment(
            id=f"{ID}/contain_plan",
            incident_id=ID,
            connector="storage-access",
            capability="block_public_access",
            target="bucket/customer-exports",
            plan={
                "calls": ["PUT /customer-exports?publicAccessBlock"],
                "effect": {
                    "en": "Nobody outside the bank can read the store.",
                    "zh": "行外任何人都无法读取该存储。",
                },
                "undo": {"en": "Put the former access setting back.", "zh": "恢复此前的访问设置。"},
                "reversible": True,
            },
            before={"public": True},
            after={"public": False},
            status="verified",
            planned_at=after(minutes=-88.8),
            executed_at=after(minutes=-87),
            verified_at=after(minutes=-85.5),
        )
    )
    _note(unit, "containment:executed", {"containment": f"{ID}/contain_plan"})
    _note(unit, "containment:verified", {"containment": f"{ID}/contain_plan"})


def _filings(unit: Work) -> None:
    for rule, authority, receipt, missing in (
        ("eu-gdpr-33-authority", "Lead supervisory authority", "BFDI-2026-88121", ["likely_consequences"]),
        ("cn-nfra-69-written-24h", "National Financial Regulatory Administration", None, []),
    ):
        filing = f"{ID}/{rule}/1"
        unit.session.add(
            Filing(
                id=filing,
                incident_id=ID,
                obligation_id=f"{ID}/{rule}",
                rule=rule,
                form=rule,
                stage="initial",
                authority=authority,
                language="en",
                status="submitted",
                facts_version=1,
                content={"fields": [{"id": "likely_consequences", "label": {"en": "Likely consequences"}}]},
                missing=missing,
                content_hash="2" * 64,
                drafted_at=after(minutes=6),
                approved_at=after(minutes=150),
                approved_by="dpo-1",
                submitted_at=after(minutes=180),
                submitted_by="tocsin",
                receipt_number=receipt,
            )
        )
        _note(unit, "filing:submitted", {"filing": filing, "receipt": receipt})


def _decisions(unit: Work) -> None:
    key = f"{ID}/approve_notice"
    unit.session.add(
        Decision(
            id=key,
            incident_id=ID,
            step="approve_notice",
            kind="approval",
            question={"en": "May the notice go to 12,400 people?", "zh": "是否向 12,400 人发出通知？"},
            roles=["data_protection_officer", "communications"],
            needed=2,
            requested_by="lead-1",
            status="approved",
            asked_at=after(minutes=31),
            due_at=after(hours=8),
            decided_at=after(minutes=290),
        )
    )
    unit.session.flush()
    for who, role, minutes in (("dpo-1", "data_protection_officer", 210), ("cro-1", "executive", 290)):
        unit.session.add(
            Answer(
                decision_id=key,
                staff_id=who,
                role=role,
                verdict="approve",
                reason="The text was read in both languages." if who == "dpo-1" else "",
                answered_at=after(minutes=minutes),
            )
        )
        _note(unit, "decision:answered", {"decision": key, "verdict": "approve"}, who, role)
    _note(unit, "decision:approved", {"decision": key})


def _learning(unit: Work) -> None:
    unit.session.add(
        RootCause(
            incident_id=ID,
            summary={
                "en": "A template for new storage allowed public reading, and no check looked at it before use.",
                "zh": "新建存储的模板默认允许公开读取，且上线前没有任何检查发现这一点。",
            },
            veris={
                "action": ["error.Misconfiguration"],
                "actor": "internal.System admin",
                "asset": ["S - File"],
                "attribute": ["confidentiality.Potentially"],
            },
            whys=[
                {"en": "The bucket allowed anyone to read it.", "zh": "存储桶允许任何人读取。"},
                {
                    "en": "It was made from a template that sets no block on public access.",
                    "zh": "它由一个未禁止公开访问的模板创建。",
                },
                {
                    "en": "Templates were not reviewed by security when the platform changed its default.",
                    "zh": "平台更改默认设置时，模板未经安全部门复核。",
                },
                {
                    "en": "Nobody owned the templates after the team was merged.",
                    "zh": "团队合并后无人负责模板。",
                },
                {
                    "en": "Ownership of shared platform parts is not part of the change procedure.",
                    "zh": "变更流程未涵盖共享平台组件的归属。",
                },
            ],
            factors=[
                {
                    "kind": "process_failure",
                    "text": {"en": "Two teams merged in a hurry.", "zh": "两个团队仓促合并。"},
                    "evidence": ["minutes of the merger"],
                },
                {
                    "kind": "system_failure",
                    "text": {"en": "The scanner looked at servers only.", "zh": "扫描器只检查服务器。"},
                    "evidence": [],
                },
            ],
            failed_control={
                "en": "Configuration review before go-live (ISO/IEC 27001 A.8.9)",
                "zh": "上线前的配置复核（ISO/IEC 27001 A.8.9）",
            },
            signed_by="lead-1",
            signed_at=after(days=10),
        )
    )
    actions = [f"{ID}/A{number}" for number in (1, 2, 3)]
    _note(unit, "root_cause:signed", {"sha256": "3" * 64, "actions": actions}, "lead-1", "incident_lead")
    for number, title, kind, due, status in (
        (1, "Block public access for every account by policy", "corrective", date(2026, 3, 13), "verified"),
        (2, "Name an owner for each shared template", "preventive", date(2026, 3, 18), "open"),
        (3, "Scan storage settings daily", "preventive", date(2026, 4, 30), "open"),
    ):
        action = f"{ID}/A{number}"
        unit.session.add(
            CorrectiveAction(
                id=action, incident_id=ID, title=title, kind=kind, owner="sec-1", due_on=due, status=status
            )
        )


ACTED = {"confirm_facts": ["lead-1"], "root_cause": ["lead-1"], "approve_notice": ["dpo-1", "cro-1"]}


def _accounting(unit: Work) -> None:
    for step, phase, _, _, ended in STEPS:
        unit.session.add(
            Responsibility(
                incident_id=ID,
                step=step,
                phase=phase,
                responsible=["security"],
                accountable="incident_lead",
                consulted=["legal"] if phase in {"notify", "report"} else [],
                informed=["management"],
                acted=ACTED.get(step, ["tocsin"]),
                finished_at=after(minutes=ended),
            )
        )
    unit.session.add(
        ConductFinding(
            id=f"{ID}/F1",
            incident_id=ID,
            staff_id="sec-1",
            duty="change_control",
            consequence="training",
            decided_by="cro-1",
            decided_at=after(days=12),
            sealed=b"sealed",
        )
    )
    _note(unit, "conduct:decided", {"finding": f"{ID}/F1"}, "cro-1", "executive")
    _note(unit, "campaign:done", {"campaign": f"{ID}/N1", "delivered": 11568})
