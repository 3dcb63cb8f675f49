"""The words of the field, as closed lists (NIST SP 800-61r3, ISO/IEC 27035, GDPR, CACAO 2.0)."""

from enum import StrEnum


class Phase(StrEnum):
    """Phases of a response, in the order a reader meets them."""

    DETECT = "detect"
    TRIAGE = "triage"
    CONTAIN = "contain"
    ERADICATE = "eradicate"
    RECOVER = "recover"
    NOTIFY = "notify"
    REPORT = "report"
    LEARN = "learn"
    ACCOUNT = "account"


class Role(StrEnum):
    """Who may do or decide what."""

    RESPONDER = "responder"
    INCIDENT_LEAD = "incident_lead"
    DATA_PROTECTION_OFFICER = "data_protection_officer"
    LEGAL = "legal"
    COMMUNICATIONS = "communications"
    CUSTOMER_SERVICE = "customer_service"
    EXECUTIVE = "executive"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class IncidentStatus(StrEnum):
    """An incident is open until the closure gate lets it close."""

    OPEN = "open"
    CLOSED = "closed"


class ObligationStatus(StrEnum):
    """One duty on one incident."""

    NOT_STARTED = "not_started"
    OPEN = "open"
    MET = "met"
    LATE = "late"
    WAIVED = "waived"
    FALLEN_AWAY = "fallen_away"


class FilingStatus(StrEnum):
    """A report to one authority."""

    DRAFT = "draft"
    APPROVED = "approved"
    SUBMITTED = "submitted"
    ACKNOWLEDGED = "acknowledged"
    SUPERSEDED = "superseded"


class StepStatus(StrEnum):
    """What our own record says of one step; Prefect's opinion does not count."""

    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class CallKind(StrEnum):
    """Why a member of staff is called."""

    QUESTION = "question"
    REMINDER = "reminder"
    ALARM = "alarm"
    SIGNAL = "signal"  # a signal waits for somebody to look at it
    CHECK = "check"  # of the contact tree: does this reach you?


class CallStatus(StrEnum):
    """What became of a call."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"  # it was settled before the call went out


class DecisionKind(StrEnum):
    """What a parked step waits for."""

    APPROVAL = "approval"
    MANUAL = "manual"


class DecisionStatus(StrEnum):
    """Where a question to people stands."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    ANSWERED = "answered"
    TIMED_OUT = "timed_out"


class ContainmentStatus(StrEnum):
    """An act on a system stays on the list until reverted or accepted for good."""

    PLANNED = "planned"
    EXECUTING = "executing"
    EXECUTED = "executed"
    VERIFIED = "verified"
    FAILED = "failed"
    REVERTED = "reverted"
    ACCEPTED = "accepted"


class DeliveryStatus(StrEnum):
    """Where one notice to one person over one channel stands."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    REJECTED = "rejected"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"
    NO_ADDRESS = "no_address"
    EXCLUDED = "excluded"


class CampaignStatus(StrEnum):
    """A campaign sends only when approved, and stops for a reason."""

    PREPARED = "prepared"
    APPROVED = "approved"
    SENDING = "sending"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


class Language(StrEnum):
    """Languages of pages, reports and questions to people."""

    EN = "en"
    ZH = "zh"


class EnquiryKind(StrEnum):
    """What somebody who was told wants: to know, to complain, or to use a right over their data."""

    ENQUIRY = "enquiry"
    COMPLAINT = "complaint"
    RIGHTS_REQUEST = "rights_request"


class EnquiryStatus(StrEnum):
    """Where an enquiry stands."""

    OPEN = "open"
    ASSIGNED = "assigned"
    ANSWERED = "answered"


class ClaimKind(StrEnum):
    """What an affected person or group says they lost or suffered."""

    FINANCIAL_LOSS = "financial_loss"
    IDENTITY_MISUSE = "identity_misuse"
    DISTRESS = "distress"
    TIME = "time"
    OTHER = "other"


class ClaimStatus(StrEnum):
    """Where a claim stands; refused, paid and withdrawn are its ends."""

    RECEIVED = "received"
    ASSESSING = "assessing"
    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly_accepted"
    REFUSED = "refused"
    PAID = "paid"
    WITHDRAWN = "withdrawn"


class OutsideKind(StrEnum):
    """What kind of exercise was held outside Tocsin: talked through, acted out, or an attack by those hired for it."""

    TABLETOP = "outside_tabletop"
    EXERCISE = "outside_exercise"
    RED_TEAM = "red_team"


class CostCategory(StrEnum):
    """What the response cost; what is paid on claims is counted from the claims themselves."""

    HOURS = "hours"
    FORENSICS = "forensics"
    COUNSEL = "counsel"
    CALL_CENTRE = "call_centre"
    MAILING = "mailing"
    SERVICES = "services"
    NOTIFICATION = "notification"
    OFFERS = "offers"
    FINES = "fines"
    OTHER = "other"


class CostBasis(StrEnum):
    """Whether a cost is expected or was really incurred."""

    ESTIMATE = "estimate"
    ACTUAL = "actual"


class RecoverySource(StrEnum):
    """Where money that comes back is from; `claim` is what was paid on a claim and came back."""

    INSURANCE = "insurance"
    VENDOR = "vendor"
    CLAIM = "claim"
    OTHER = "other"


class RecoveryState(StrEnum):
    """Whether it is only expected, or there."""

    EXPECTED = "expected"
    RECEIVED = "received"
