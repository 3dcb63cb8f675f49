"""Each kind of signal in its smallest form: recognised, named by its maker's own id, and read for facts."""

import json
from typing import Any

import pytest

from response.signals.mapping import ORDER, data_category, mappings
from response.signals.paths import moment_at, values_at
from response.signals.reading import read_signal
from response.signals.rules import Origin, judge, playbook_for

SAMPLES: dict[str, dict[str, Any]] = {
    "aws.macie": {
        "id": "m1",
        "type": "SensitiveData:S3Object/Personal",
        "title": "t",
        "severity": {"description": "Low"},
        "resourcesAffected": {
            "s3Bucket": {"name": "b-1", "publicAccess": {"effectivePermission": "NOT_PUBLIC"}}
        },
    },
    "aws.guardduty": {
        "Id": "g1",
        "Type": "Exfiltration:S3/AnomalousBehavior",
        "Title": "t",
        "Severity": 8,
        "CreatedAt": "2026-03-01T00:00:00Z",
        "Service": {"DetectorId": "d", "EventFirstSeen": "2026-02-01T00:00:00Z"},
        "Resource": {"S3BucketDetails": [{"Name": "b-2"}]},
    },
    "aws.securityhub": {
        "SchemaVersion": "2018-10-08",
        "ProductArn": "arn:x",
        "Id": "s1",
        "Title": "t",
        "Severity": {"Label": "CRITICAL"},
        "Types": ["Effects/Data Exfiltration"],
        "Resources": [{"Id": "arn:b-3"}],
    },
    "ocsf": {
        "class_uid": 2004,
        "category_uid": 2,
        "severity_id": 4,
        "finding_info": {"uid": "o1", "title": "t", "created_time": 1772323200000},
        "metadata": {"product": {"name": "P"}},
    },
    "ms.defender": {
        "id": "d1",
        "title": "Phish",
        "severity": "High",
        "detectionSource": "OfficeATP",
        "status": "New",
    },
    "ms.sentinel": {
        "id": "/subscriptions/s/providers/Microsoft.SecurityInsights/incidents/n1",
        "name": "n1",
        "type": "Microsoft.SecurityInsights/incidents",
        "properties": {"title": "t", "severity": "High", "additionalData": {"tactics": ["Exfiltration"]}},
    },
    "ms.securityalert": {
        "SystemAlertId": "a1",
        "AlertDisplayName": "Unusual export from a database",
        "Severity": "High",
        "CompromisedEntity": "sql-1",
        "Intent": "Exfiltration",
    },
    "azure.monitor": {
        "schemaId": "azureMonitorCommonAlertSchema",
        "data": {
            "essentials": {
                "alertId": "/alerts/1",
                "alertRule": "Many reads",
                "severity": "Sev1",
                "monitorCondition": "Fired",
                "configurationItems": ["vm-1"],
            }
        },
    },
    "github.secret_scanning": {
        "action": "created",
        "alert": {"number": 7, "secret_type": "key", "html_url": "https://git.example/7"},
        "repository": {"full_name": "o/r", "private": False},
    },
    "google.scc": {
        "finding": {
            "name": "organizations/1/sources/2/findings/3",
            "category": "PUBLIC_BUCKET_ACL",
            "severity": "HIGH",
            "findingClass": "MISCONFIGURATION",
            "resourceName": "//storage.example/b-4",
            "state": "ACTIVE",
        }
    },
    "wazuh": {
        "id": "1.2",
        "rule": {"level": 13, "description": "Ransomware note", "groups": ["malware"]},
        "agent": {"id": "001", "name": "h-1"},
        "timestamp": "2026-03-01T00:00:00.000+0000",
    },
    "cef": {
        "cef": {
            "vendor": "V",
            "product": "Gateway DLP",
            "event": "100",
            "name": "Exfiltration over DNS",
            "severity": "8",
            "extension": {"externalId": "c1", "dhost": "h-2"},
        }
    },
    "leef": {
        "leef": {
            "vendor": "V",
            "product": "P",
            "event": "Malware",
            "attributes": {"externalId": "l1", "sev": "9", "cat": "malware", "identHostName": "h-3"},
        }
    },
    "hibp": {
        "Name": "Site",
        "Title": "Site",
        "PwnCount": 10,
        "DataClasses": ["Email addresses", "Passwords"],
    },
    "veris": {
        "incident_id": "v1",
        "action": {"error": {"variety": ["Misdelivery"]}},
        "actor": {"internal": {}},
        "attribute": {"confidentiality": {"data_disclosure": "Yes"}},
    },
    "told": {
        "told": "They have my card number",
        "reference": "CASE-9",
        "data": ["payment_card"],
        "people": 1,
    },
}
EXPECTED: dict[str, tuple[str, str | None, str | None, dict[str, Any]]] = {
    "aws.macie": ("m1", "low", "b-1", {"breach.published": False}),
    "aws.guardduty": (
        "g1",
        "high",
        "b-2",
        {"breach.malicious": True, "breach.vector": "hacking", "breach.exfiltration": "likely"},
    ),
    "aws.securityhub": ("s1", "very_high", "arn:b-3", {"breach.exfiltration": "likely"}),
    "ocsf": ("o1/P", "high", None, {}),
    "ms.defender": ("alert/d1", "high", None, {"breach.vector": "phishing"}),
    "ms.sentinel": ("n1", "high", None, {"breach.exfiltration": "likely"}),
    "ms.securityalert": ("a1", "high", "sql-1", {"breach.exfiltration": "likely"}),
    "azure.monitor": ("/alerts/1", "high", "vm-1", {}),
    "github.secret_scanning": (
        "https://git.example/7/o/r",
        "high",
        "o/r",
        {"breach.vector": "web_exposure", "breach.published": True},
    ),
    "google.scc": (
        "organizations/1/sources/2/findings/3",
        "high",
        "//storage.example/b-4",
        {"breach.vector": "misconfiguration", "breach.published": True},
    ),
    "cef": ("c1/V/Gateway DLP", "high", "h-2", {"breach.exfiltration": "likely"}),
    "leef": ("l1/V/P", "very_high", "h-3", {"breach.vector": "malware"}),
    "wazuh": ("1.2/001", "high", "h-1", {"breach.vector": "malware"}),
    "hibp": (
        "Site",
        "high",
        None,
        {
            "breach.confidentiality": True,
            "breach.published": True,
            "breach.actor": "external",
            "people.records": 10,
            "data.categories": ["contact", "credentials"],
        },
    ),
    "veris": (
        "v1",
        "high",
        None,
        {"breach.confidentiality": True, "breach.vector": "misdelivery", "breach.actor": "insider"},
    ),
    "told": ("CASE-9", "high", None, {"people.total": 1, "data.categories": ["payment_card"]}),
}


@pytest.mark.parametrize("form", ORDER)
def test_each_form_is_recognised_and_read(form: str) -> None:
    reading = read_signal(json.dumps(SAMPLES[form]).encode())
    own_id, severity, target, facts = EXPECTED[form]
    assert (reading.form, reading.dedup_key) == (form, f"{form}:{own_id}")
    assert (reading.severity, reading.target, reading.facts) == (severity, target, facts)


def test_every_mapping_names_its_source() -> None:
    assert all(mapping.source and set(mapping.name) == {"en", "zh"} for mapping in mappings())


@pytest.mark.parametrize(
    ("word", "category"),
    [
        ("USA_SOCIAL_SECURITY_NUMBER", "social_security"),
        ("GERMANY_DRIVERS_LICENSE", "identity_document"),
        ("CREDIT_CARD_SECURITY_CODE", "card_security_code"),
        ("OPENSSH_PRIVATE_KEY", "credentials"),
        ("IP addresses", "browsing"),
        ("Names", "name"),
        ("Usernames", "pseudonym"),
        ("Something new", "other"),
    ],
)
def test_kinds_of_data_are_understood(word: str, category: str) -> None:
    assert data_category(word) == category


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2026-03-03T01:00:00+08:00", "2026-03-02T17:00:00+00:00"),
        ("2026-03-03T01:00:00.1234567Z", "2026-03-03T01:00:00.123456+00:00"),
        (1772323200, "2026-03-01T00:00:00+00:00"),
        (1772323200000, "2026-03-01T00:00:00+00:00"),
        ("2026-03-03T01:00:00", None),
        ("yesterday", None),
        (True, None),
        (1772323200000000, "2026-03-01T00:00:00+00:00"),
        (1772323200000000000, "2026-03-01T00:00:00+00:00"),
        ("1772323200.5", "2026-03-01T00:00:00.500000+00:00"),
        ("20260301", None),
        (10**30, None),
        (float("1e300"), None),
    ],
)
def test_moments_are_read_or_unknown(given: object, moment: str | None) -> None:
    found = moment_at(given)
    assert (found.isoformat() if found else None) == moment


def test_names_are_found_whatever_their_case() -> None:
    assert values_at({"Resource": {"ids": [{"ID": 1}, {"id": 2}, {}]}}, "resource.Ids.*.Id") == [1, 2]


@pytest.mark.parametrize("form", ORDER)
def test_what_people_tell_is_declared_whatever_its_form(form: str) -> None:
    reading = read_signal(json.dumps(SAMPLES[form]).encode())
    assert judge(reading, Origin("customer")).verdict == "declare"


def test_vector_chooses_the_plan() -> None:
    assert playbook_for(None) == playbook_for("no such vector") == "personal-data-breach"
