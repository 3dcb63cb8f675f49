"""Which function does which action of the catalogue.

LOCAL actions change only our records: effect and "done" commit together. OUTSIDE actions act on the world
and keep their own claims, so that running them again after a crash repeats nothing.
"""

from response import accountability, authority_reporting, closure, detection, reporting, triage
from response.containing import containment
from response.context import LocalAction, OutsideAction
from response.telling import disclosure

LOCAL: dict[str, LocalAction] = {
    "detection.record": detection.record_detection,
    "triage.assess": triage.assess,
    "containment.plan": containment.plan,
    "notice.prepare": disclosure.prepare,
    "filing.draft": authority_reporting.draft_filings,
    "closure.handled": closure.mark_handled,
    "accountability.compile": accountability.compile_responsibilities,
    "closure.close": closure.close,
}

OUTSIDE: dict[str, OutsideAction] = {
    "containment.execute": containment.execute,
    "containment.verify": containment.verify,
    "containment.revert": containment.revert_step,
    "notice.deliver": disclosure.deliver,
    "filing.submit": authority_reporting.submit_filings,
    "report.compile": reporting.compile_reports,
}
