"""What the SMS provider's answers mean: HTTP status first, then its error codes by meaning, not by range."""

from typing import Final

from notifications.channels.contract import TOLD_TO_WAIT, Answer, Outcome

UNAUTHORISED, FORBIDDEN, TOO_MANY, SERVER_ERROR = 401, 403, 429, 500
MEND_ACCOUNT: Final = (
    "Mend TOCSIN_TWILIO_ACCOUNT_SID and TOCSIN_TWILIO_AUTH_TOKEN, then let the campaign go on with "
    "`tocsin notice resume`; nobody was lost, and nobody is told twice."
)

# https://www.twilio.com/docs/api/errors; each group is what the sender can do about it.
_BAD_NUMBER = frozenset(
    (
        21201,
        21205,
        21211,
        21214,
        21217,
        21219,
        21401,
        21407,
        21421,
        21612,
        21614,
        21635,
        21656,
        30005,
        30006,
        30011,
    )
)
_OPTED_OUT = frozenset((21610, 30039, 63005))
_LATER = frozenset(
    (14107, 20429, 20500, 20503, 21611, 30001, 30008, 30009, 30010, 30017, 30022, 30410, 30500, 63018)
)
_REFUSED = frozenset((21602, 21605, 21617, 21619, 21705, 30003, 30004, 30007, 30019))
_STOP = frozenset(
    (
        *(
            10001,
            10002,
            20003,
            20005,
            20006,
            20008,
            20403,
            20404,
            21212,
            21213,
            21266,
            21408,
            21601,
            21603,
            21606,
        ),
        *(
            21607,
            21608,
            21609,
            21618,
            21659,
            21660,
            21661,
            21662,
            21701,
            21702,
            21703,
            21704,
            21706,
            21708,
            21709,
        ),
        *(
            21710,
            21711,
            21712,
            21713,
            30002,
            30018,
            30023,
            30024,
            30025,
            30026,
            30027,
            30032,
            30034,
            30035,
            30036,
        ),
        *(
            30037,
            30038,
            30040,
            30041,
            30042,
            30043,
            30044,
            30045,
            30450,
            30451,
            30452,
            30453,
            30454,
            63002,
            63020,
        ),
    )
)
_REASONS: Final = {
    20003: "credentials",
    21408: "country_not_permitted",
    21610: "opted_out",
    21611: "queue_full",
    21614: "cannot_receive_sms",
    30003: "handset_unreachable",
    30004: "blocked_by_recipient",
    30005: "unknown_number",
    30006: "landline",
    30007: "filtered_by_carrier",
}


def read_code(code: int) -> Outcome | None:
    """Give the meaning of one of the provider's codes, None for one that is not known."""
    groups = (
        (_BAD_NUMBER, Outcome.BAD_ADDRESS),
        (_OPTED_OUT, Outcome.OPTED_OUT),
        (_LATER, Outcome.RETRY),
        (_REFUSED, Outcome.REFUSED),
        (_STOP, Outcome.STOP),
    )
    return next((outcome for group, outcome in groups if code in group), None)


def reason_of(code: int) -> str:
    """Give the reason behind a code in one word."""
    known = read_code(code)
    return _REASONS.get(code, known.value if known else "refused")


def read_refusal(status: int, code: int, retry_after: float | None = None) -> Answer:
    """Read a refused request: `status` of HTTP, `code` of the provider (0 when the answer had none)."""
    written = str(code or status)
    if status == UNAUTHORISED or (status == FORBIDDEN and read_code(code) is None):
        return Answer(Outcome.STOP, "credentials", written, remedy=MEND_ACCOUNT)
    if status == TOO_MANY:
        return Answer(Outcome.RETRY, TOLD_TO_WAIT, written, retry_after=retry_after)
    if status >= SERVER_ERROR:
        # The request may have been carried out before the server failed.
        return Answer(Outcome.UNKNOWN, "provider_error", written)
    meaning, reason = read_code(code) or Outcome.REFUSED, reason_of(code)
    return Answer(meaning, reason, written, remedy=MEND_ACCOUNT if reason == "credentials" else "")
