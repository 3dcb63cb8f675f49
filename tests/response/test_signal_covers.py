"""Findings as they really travel: in covers, batches and encodings, damaged, and with the verdicts they deserve."""

import base64
import copy
import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from models.errors import InvalidInputError
from response.signals.envelopes import MOST_PARTS, envelopes
from response.signals.mapping import ORDER
from response.signals.reading import read_signal, split_signals
from response.signals.rules import Origin, judge
from tests.response.test_signal_forms import SAMPLES
from tests.support.signals import macie

FINDING = json.loads(macie())
OTHER = json.loads(macie(own_id="finding-2"))
TEXT = macie().decode()
PACKED = base64.b64encode(macie()).decode()
SNS = {"Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": TEXT}
HUB = SAMPLES["aws.securityhub"]
HIBP = SAMPLES["hibp"]

COVERS: dict[str, Any] = {
    "Amazon SNS notification": SNS,
    "Amazon SNS records": {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": TEXT}}]},
    "Amazon SQS records": {"Records": [{"eventSource": "aws:sqs", "body": json.dumps(SNS)}]},
    "Amazon SQS messages": {"Messages": [{"ReceiptHandle": "r", "Body": TEXT}]},
    "Amazon Kinesis records": {"Records": [{"kinesis": {"data": PACKED}}]},
    "Amazon Data Firehose delivery": {"requestId": "r", "records": [{"data": PACKED}]},
    "Amazon EventBridge event": {"detail-type": "Macie Finding", "source": "aws.macie", "detail": FINDING},
    "Findings of an AWS service": {"Findings": [FINDING]},
    "Findings in a list of their own": {"findings": [FINDING]},
    "Google Pub/Sub push": {"subscription": "s", "message": {"data": PACKED, "messageId": "1"}},
    "Google Pub/Sub pull": {"receivedMessages": [{"ackId": "a", "message": {"data": PACKED}}]},
    "Google findings list": {"listFindingsResults": [SAMPLES["google.scc"]]},
    "CloudEvents in base64": {"specversion": "1.0", "type": "t", "data_base64": PACKED},
    "CloudEvents": {"specversion": "1.0", "type": "t", "data": FINDING},
    "Azure Event Grid event": [{"eventType": "t", "subject": "s", "data": FINDING}],
    "Kafka records": {"records": [{"key": "k", "value": FINDING}]},
    "Kafka record": {"topic": "t", "offset": 1, "value": TEXT},
    "Azure Event Hub records": {"records": [FINDING]},
    "List of Microsoft Graph or Azure": {"@odata.context": "c", "value": [SAMPLES["ms.defender"]]},
    "Splunk HTTP Event Collector": {"time": 1, "sourcetype": "json", "event": FINDING},
    "Splunk alert action": {"search_name": "n", "sid": "s", "result": {"_raw": TEXT}},
    "Elasticsearch hits": {"hits": {"hits": [{"_source": SAMPLES["wazuh"]}]}},
    "Have I Been Pwned domain search": {"BreachSearchResults": [{"Alias": "a", "Breaches": [HIBP]}]},
}


def raw(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def test_every_cover_has_its_case() -> None:
    assert {envelope.name for envelope in envelopes()} == set(COVERS)


@pytest.mark.parametrize("name", COVERS)
def test_finding_is_found_in_its_cover(name: str) -> None:
    bare = {"Google findings list": "google.scc", "Elasticsearch hits": "wazuh"}
    bare |= {"List of Microsoft Graph or Azure": "ms.defender", "Have I Been Pwned domain search": "hibp"}
    expected = read_signal(raw(SAMPLES[bare[name]]) if name in bare else macie())
    assert split_signals(raw(COVERS[name])) == (raw(COVERS[name]),)  # kept as it came
    found = read_signal(raw(COVERS[name]))
    assert (found.form, found.dedup_key, found.facts) == (expected.form, expected.dedup_key, expected.facts)


@pytest.mark.parametrize(
    "payload",
    [
        raw([FINDING, OTHER]),
        raw(FINDING) + b"\n" + raw(OTHER) + b"\n",
        raw(FINDING) + raw(OTHER),
        raw({"Findings": [FINDING, OTHER]}),
        raw({"Records": [{"eventSource": "aws:sqs", "body": raw(one).decode()} for one in (FINDING, OTHER)]}),
        gzip.compress(raw(FINDING) + b"\n" + raw(OTHER)),
        raw([{"detail-type": "Macie Finding", "detail": one} for one in (FINDING, OTHER)]),
    ],
    ids=["list", "lines", "one after the other", "AWS", "queue", "packed lines", "list of covers"],
)
def test_batch_is_taken_apart_into_its_findings(payload: bytes) -> None:
    keys = [read_signal(part).dedup_key for part in split_signals(payload)]
    assert keys == ["aws.macie:finding-1", "aws.macie:finding-2"]


def test_batch_of_security_hub_loses_none() -> None:
    event = {"detail-type": "Security Hub Findings - Imported"}
    event["detail"] = {"findings": [{**HUB, "Id": f"s{at}"} for at in range(1500)]}
    assert len({read_signal(part).dedup_key for part in split_signals(raw(event))}) == 1500


def test_batch_of_too_many_is_refused_whole() -> None:
    with pytest.raises(InvalidInputError, match="batch"):
        split_signals(b"[" + b",".join([b"{}"] * (MOST_PARTS + 1)) + b"]")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_finding_is_read_in_every_encoding_of_unicode(encoding: str) -> None:
    written = TEXT.encode(encoding)
    assert read_signal(written).dedup_key == "aws.macie:finding-1"
    assert split_signals(written) == (written,)


def test_packed_finding_may_not_grow_without_bound() -> None:
    assert read_signal(gzip.compress(macie())).form == "aws.macie"
    with pytest.raises(InvalidInputError, match="bytes"):
        read_signal(gzip.compress(b" " * 50_000_000))
    with pytest.raises(InvalidInputError, match="damaged"):
        read_signal(gzip.compress(macie())[:2] + b"noise")


def test_text_that_begins_with_a_bracket_is_what_somebody_tells() -> None:
    assert read_signal(b"[EXTERNAL] I found your customers' data").form == "told"


# What detectors say, and what has to become of it: `state`, and whether an incident is declared without asking.
VERDICTS: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "Macie, classified data": ("aws.macie", {}, "active", "declare"),
    "Macie, a policy": ("aws.macie", {"type": "Policy:IAMUser/S3BucketPublic"}, "active", "ask"),
    "Macie, a sample": ("aws.macie", {"sample": True}, "false_alarm", "ask"),
    "Macie, archived": ("aws.macie", {"archived": True}, "closed", "ask"),
    "GuardDuty, data carried off": ("aws.guardduty", {}, "active", "declare"),
    "GuardDuty, steps of an attack": (
        "aws.guardduty",
        {"Type": "AttackSequence:S3/CompromisedData"},
        "active",
        "declare",
    ),
    "GuardDuty, a port scan": ("aws.guardduty", {"Type": "Recon:EC2/Portscan", "Severity": 5}, "active", "ask"),
    "GuardDuty, a sample": (
        "aws.guardduty",
        {"Service": {"DetectorId": "d", "AdditionalInfo": {"Sample": True}}},
        "false_alarm",
        "ask",
    ),
    "Security Hub, data carried off": ("aws.securityhub", {}, "active", "declare"),
    "Security Hub, passed": ("aws.securityhub", {"Compliance": {"Status": "PASSED"}}, "passed", "ask"),
    "Security Hub, suppressed": ("aws.securityhub", {"Workflow": {"Status": "SUPPRESSED"}}, "closed", "ask"),
    "OCSF, a detection": ("ocsf", {}, "active", "ask"),
    "OCSF, data security": ("ocsf", {"class_uid": 2006}, "active", "declare"),
    "OCSF, compliance passed": ("ocsf", {"class_uid": 2003, "compliance": {"status": "Pass"}}, "passed", "ask"),
    "OCSF, suppressed": ("ocsf", {"class_uid": 2006, "status_id": 3}, "closed", "ask"),
    "OCSF, a fatal incident": (
        "ocsf",
        {"class_uid": 2005, "severity_id": 6, "finding_info_list": [{"uid": "i"}]},
        "active",
        "declare",
    ),
    "OCSF 1.0, a finding": ("ocsf", {"class_uid": 2001, "finding": {"uid": "f"}}, "active", "ask"),
    "Defender, an alert": ("ms.defender", {}, "active", "ask"),
    "Defender, data carried off": ("ms.defender", {"category": "Exfiltration"}, "active", "declare"),
    "Defender, expected activity": (
        "ms.defender",
        {"category": "Exfiltration", "classification": "informationalExpectedActivity"},
        "false_alarm",
        "ask",
    ),
    "Sentinel, data carried off": ("ms.sentinel", {}, "active", "declare"),
    "Defender for Cloud, data carried off": ("ms.securityalert", {}, "active", "declare"),
    "Azure Monitor, resolved": (
        "azure.monitor",
        {"data": {"essentials": {"monitorCondition": "Resolved"}}},
        "closed",
        "ask",
    ),
    "SCC, a public bucket": ("google.scc", {}, "active", "declare"),
    "SCC, muted": ("google.scc", {"finding": {**SAMPLES["google.scc"]["finding"], "mute": "MUTED"}}, "closed", "ask"),
    "Wazuh, a note of extortion": ("wazuh", {}, "active", "ask"),
    "Wazuh, highest level": ("wazuh", {"rule": {"level": 15, "description": "d"}}, "active", "declare"),
    "GitHub, a secret": ("github.secret_scanning", {}, "active", "ask"),
    "GitHub, a false one": (
        "github.secret_scanning",
        {"alert": {"number": 7, "secret_type": "key", "resolution": "false_positive"}},
        "false_alarm",
        "ask",
    ),
    "HIBP, a breach": ("hibp", {}, "active", "declare"),
    "HIBP, a made-up one": ("hibp", {"IsFabricated": True}, "false_alarm", "ask"),
    "VERIS, disclosure": ("veris", {}, "active", "declare"),
    "VERIS, a near miss": ("veris", {"security_incident": "Near miss"}, "passed", "ask"),
}  # fmt: skip


@pytest.mark.parametrize("name", VERDICTS)
def test_detector_s_signal_gets_the_verdict_it_deserves(name: str) -> None:
    form, changed, state, verdict = VERDICTS[name]
    reading = read_signal(raw({**SAMPLES[form], **changed}))
    assert (reading.form, reading.state) == (form, state)
    assert judge(reading, Origin("detector")).verdict == verdict


def test_incident_of_microsoft_graph_is_told_from_its_alert() -> None:
    incident = {
        "id": "7",
        "displayName": "Multi-stage incident",
        "incidentWebUrl": "https://s.example/7",
        "severity": "high",
    }
    alert = {"id": "7", "title": "t", "alertWebUrl": "https://s.example/a/7", "severity": "high"}
    keys = [read_signal(raw(each)).dedup_key for each in (incident, alert)]
    assert keys == ["ms.defender:incident/7", "ms.defender:alert/7"]


def test_streamed_alert_of_defender_is_read_inside_its_properties() -> None:
    row = {
        "category": "AdvancedHunting-AlertInfo",
        "properties": {"AlertId": "a", "Title": "t", "DetectionSource": "d"},
    }
    assert read_signal(raw({"records": [row]})).dedup_key == "ms.defender:alert/a"


def test_location_of_a_secret_is_the_same_signal_as_the_secret() -> None:
    located = {**SAMPLES["github.secret_scanning"], "location": {"type": "commit", "details": {"path": "a"}}}
    assert (
        read_signal(raw(located)).dedup_key == read_signal(raw(SAMPLES["github.secret_scanning"])).dedup_key
    )


JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 10**400, 1e308, "", "\ud800", "\0", "x" * 5000, [], {}, [[]], [None], {"a": {"b": []}},
)  # fmt: skip


def paths(document: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give every place in a document."""
    inner = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for key, value in inner:
        yield (*here, key)
        yield from paths(value, (*here, key))


def damaged(document: Any, path: tuple[Any, ...], junk: Any) -> Any:
    changed = copy.deepcopy(document)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = junk
    return changed


@pytest.mark.parametrize("form", ORDER)
def test_finding_damaged_in_any_place_is_read_or_kept_as_unknown(form: str) -> None:
    sample = SAMPLES[form]
    for path in paths(sample):
        for junk in JUNK:
            payload = json.dumps(damaged(sample, path, junk)).encode()
            reading = read_signal(payload)
            assert reading.title.isprintable(), (path, junk)
            assert len(reading.dedup_key) < 300
            assert len(reading.target or "") <= 200
            assert judge(reading, Origin("detector")).because


@pytest.mark.parametrize("name", COVERS)
def test_damaged_cover_is_read_or_kept_as_unknown(name: str) -> None:
    for path in paths(COVERS[name]):
        for junk in JUNK:
            payload = json.dumps(damaged(COVERS[name], path, junk)).encode()
            assert all(read_signal(part).title for part in split_signals(payload))


def test_covers_in_covers_without_end_are_kept_as_unknown() -> None:
    document: Any = FINDING
    for _ in range(50):
        document = {"specversion": "1.0", "data": document}
    assert read_signal(raw(document)).form == "unknown"
