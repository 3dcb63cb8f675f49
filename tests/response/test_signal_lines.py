"""Events that arrive as lines of text, and findings whose makers write the same in several ways."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from response.signals.lines import events_in
from response.signals.reading import SignalReading, read_signal, split_signals

CEF = r"CEF:0|Maker|Gateway|1.0|77|Exfiltration \| over DNS|9|rt=1772323200000 dhost=pc-1 msg=Bob\=s files were sent"
FINDING = {
    "class_uid": 2004,
    "category_uid": 2,
    "severity_id": 3,
    "time": 1772323200000,
    "finding_info": {"uid": "u", "title": "t"},
}


def read(document: Any) -> SignalReading:
    return read_signal(json.dumps(document).encode())


@pytest.mark.parametrize("before", ["", "<134>Mar  1 00:00:00 fw-1 ", "Mar  1 00:00:00 fw-1 app: "])
def test_cef_line_is_read_with_and_without_its_header(before: str) -> None:
    found = read_signal((before + CEF).encode())
    assert (found.form, found.title, found.severity) == ("cef", "Exfiltration | over DNS", "very_high")
    assert (found.target, found.personal_data, found.facts) == (
        "pc-1",
        True,
        {"breach.exfiltration": "likely"},
    )
    assert found.seen_at is not None
    assert found.seen_at.isoformat() == "2026-03-01T00:00:00+00:00"


def test_value_of_cef_goes_on_until_the_next_key() -> None:
    assert events_in(CEF) == [
        {
            "cef": {
                "vendor": "Maker",
                "product": "Gateway",
                "version": "1.0",
                "event": "77",
                "name": "Exfiltration | over DNS",
                "severity": "9",
                "extension": {"rt": "1772323200000", "dhost": "pc-1", "msg": "Bob=s files were sent"},
            }
        }
    ]


@pytest.mark.parametrize(
    "line",
    [
        "LEEF:1.0|Maker|P|2|Malware|sev=5\tcat=malware\tdst=192.0.2.7",
        "LEEF:2.0|Maker|P|2|Malware|^|sev=5^cat=malware^dst=192.0.2.7",
        "LEEF:2.0|Maker|P|2|Malware|x5E|sev=5^cat=malware^dst=192.0.2.7",
    ],
)
def test_leef_line_is_read_whatever_joins_its_attributes(line: str) -> None:
    found = read_signal(line.encode())
    assert (found.form, found.severity, found.target) == ("leef", "medium", "192.0.2.7")
    assert found.facts == {"breach.vector": "malware"}


def test_json_behind_a_syslog_header_is_the_finding_itself() -> None:
    line = f"<13>1 2026-03-01T00:00:00Z host app - - - {json.dumps(FINDING)}"
    assert read_signal(line.encode()).form == "ocsf"
    assert len(split_signals(f"{line}\n{line}\n".encode())) == 2


@pytest.mark.parametrize("text", ["<34>Mar  1 su: 'su root' failed", "<Event><System/></Event>"])
def test_what_a_machine_wrote_is_told_by_nobody(text: str) -> None:
    assert read_signal(text.encode()).form == "unknown"


@pytest.mark.parametrize("text", ["CEF:0 is what my screen says", f"I saw this:\n{CEF}", "LEEF:2.0|x"])
def test_person_who_quotes_an_event_is_still_a_person(text: str) -> None:
    assert read_signal(text.encode()).form == "told"


@given(st.text(alphabet="CEFLEF:0.12|\\=<>{}x^ \t\nab", max_size=200))
def test_any_text_is_read_without_failing(text: str) -> None:
    events_in(text)
    events_in(f"CEF:0|{text}")
    events_in(f"LEEF:2.0|a|b|c|d|{text}")


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({"status_id": 3}, "closed"),
        ({"status_id": 3, "class_uid": 2005}, "active"),
        ({"status": "Resolved"}, "closed"),
        ({"activity_id": 3, "activity_name": "Close"}, "closed"),
        ({"verdict_id": 5}, "false_alarm"),
    ],
)
def test_state_of_an_ocsf_finding_is_read_in_each_of_its_forms(more: dict[str, Any], state: str) -> None:
    assert read({**FINDING, **more}).state == state


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"class_uid": "2006"}, True),
        ({"finding_info": {"uid": "u", "types": ["Sensitive Data Identifications/PII"]}}, True),
        ({"finding_info": {"uid": "u", "attacks": [{"tactic": {"uid": "TA0010"}}]}}, True),
        ({}, False),
    ],
)
def test_ocsf_finding_tells_that_personal_data_may_be_out(more: dict[str, Any], told: bool) -> None:
    assert read({**FINDING, **more}).personal_data == told


def test_grade_in_words_counts_where_no_number_is_given() -> None:
    assert read({**FINDING, "severity_id": None, "severity": "Critical"}).severity == "very_high"


@pytest.mark.parametrize(
    "document",
    [
        {"incidentId": 1, "incidentName": "n", "alerts": [{"category": "Exfiltration"}]},
        {"id": "a", "providerAlertId": "p", "title": "DLP policy matched", "category": "None"},
        {"SystemAlertId": "s", "AlertName": "n", "Tactics": "InitialAccess, Exfiltration"},
        {
            "SchemaVersion": "2018-10-08",
            "ProductArn": "p",
            "FindingProviderFields": {"Types": ["Effects/Data Exposure"]},
        },
        {"type": "Exfiltration:IAMUser/AnomalousBehavior", "service": {"detectorId": "d"}},
    ],
)
def test_detector_tells_of_data_wherever_its_maker_lets_it(document: dict[str, Any]) -> None:
    assert read(document).personal_data
