"""Kinds of data, kinds of organisation and figures by which the risk factors are measured.

The guidelines name the factors and no figures; the figures are our working convention, in one place to be argued with.
"""

CROWD_OF_RECIPIENTS = 100
FEW = 20
FEW_PEOPLE = 100
MANY_PEOPLE = 1_000
VERY_MANY_PEOPLE = 10_000
BRIEF_HOURS = 1.0
FELT_HOURS = 4.0
LONG_FOR_CARE_HOURS = 12.0
LONG_HOURS = 24.0
VERY_LONG_HOURS = 72.0

SPECIAL = frozenset(
    [
        "health",
        "genetic",
        "biometric",
        "sexual",
        "ethnicity",
        "religion",
        "politics",
        "trade_union",
        "criminal",
    ]
)
TAKEOVER = frozenset(("credentials", "security_questions"))
PAYMENT = frozenset(("payment_card", "card_security_code"))
PROVES_IDENTITY = frozenset(("national_id", "social_security", "identity_document"))
IDENTITY_NUMBER = PROVES_IDENTITY | {"tax_id"}
REVEALING = frozenset(("transactions", "credit_report", "communications", "location", "cv"))
GRAVE = SPECIAL | TAKEOVER | PAYMENT | IDENTITY_NUMBER | REVEALING
NOTABLE = frozenset(
    [
        "date_of_birth",
        "photo",
        "vehicle",
        "account_number",
        "balance",
        "income",
        "insurance",
        "family",
        "browsing",
        "password_hash",
    ]
)
PROFILE = NOTABLE | {"employment", "education"}
MONEY = frozenset(("account_number", "balance", "transactions", "payment_card"))
POINTS_TO_SOMEBODY = (
    TAKEOVER
    | PAYMENT
    | IDENTITY_NUMBER
    | {
        "password_hash",
        "account_number",
        "name",
        "contact",
        "address",
    }
)
HOSTILE_VECTORS = frozenset(
    [
        "ransomware",
        "hacking",
        "credential_stuffing",
        "phishing",
        "malware",
        "skimming",
        "theft",
        "social_engineering",
    ]
)
OPEN_TO_ANYBODY = frozenset(("web_exposure", "misconfiguration"))
SENSITIVE_SECTORS = frozenset(
    [
        "bank",
        "credit_union",
        "insurer",
        "broker_dealer",
        "investment_firm",
        "payment_institution",
        "e_money_institution",
        "financial_other",
        "telecom",
        "health_provider",
        "health_insurer",
        "employment",
    ]
)
VITAL_SECTORS = SENSITIVE_SECTORS - {"employment"} | {"energy", "transport", "public_administration"}
DEPENDENT_RELATIONS = frozenset(("employee", "patient", "pupil", "applicant", "member"))
