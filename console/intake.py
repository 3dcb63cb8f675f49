"""The intake: the door at which detectors post signed findings, and staff answer by the links in their calls.

A finding is kept before anything is answered. Starting the response afterwards is best effort: the sweep of
`tocsin up` starts what this process could not.
"""

import hmac
import sys
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

import structlog
from fastapi import BackgroundTasks, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from sqlalchemy import text as sql

from console.answering import answering
from console.ports import Port, check_free
from console.sms_callbacks import sms_callbacks, taking_what_was_kept
from models.clock import Clock, system_clock
from models.errors import RefusedError, TocsinError, UnavailableError
from models.home import open_home
from models.settings import Settings, current_settings
from response.detection import Taken, take_signals
from response.signals.reading import MOST_BYTES, TooBigError, too_big

SIGNATURE_HEADER: Final = "X-Tocsin-Signature"
REPLAY_SECONDS: Final = 300
LOG = structlog.get_logger(__name__)
Launch = Callable[[Settings, str], object]


def intake_secret(settings: Settings) -> bytes:
    """Give the secret that detectors share: from the settings, or the one made with the home.

    Raises:
        UnavailableError: there is none, or it can't be read.
    """
    if settings.intake_secret is not None:
        return settings.intake_secret.get_secret_value().encode()
    path = settings.keys / "intake.secret"
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise UnavailableError(
            f"The intake's secret can't be read ({error.strerror}).",
            where=str(path),
            remedy="Run `tocsin init`.",
        ) from None


def sign(secret: bytes, body: bytes, at: int) -> str:
    """Write the signature header for a body posted at a moment (seconds since 1970)."""
    mac = hmac.new(secret, f"{at}.".encode() + body, sha256).hexdigest()
    return f"t={at},v1={mac}"


def check_signature(secret: bytes, header: str, body: bytes, now: int) -> None:
    """Refuse a body that its sender did not sign with the shared secret within `REPLAY_SECONDS` of now.

    Raises:
        RefusedError: no signature, a wrong one, or one that is too old or from the future.
    """
    parts = dict(part.strip().partition("=")[::2] for part in header.split(","))
    stamp, given = parts.get("t", ""), parts.get("v1", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12) or not given:  # noqa: PLR2004
        raise RefusedError(
            "The signal is not signed.",
            where=SIGNATURE_HEADER,
            expected="t=<seconds since 1970>,v1=<hex HMAC-SHA256>",
        )
    wanted = sign(secret, body, int(stamp)).rpartition("=")[2]
    if not hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace")):
        raise RefusedError(
            "The signature does not fit the body.",
            where=SIGNATURE_HEADER,
            expected="HMAC-SHA256 of `<t>.<body>` with the intake's secret",
        )
    if abs(now - int(stamp)) > REPLAY_SECONDS:
        raise RefusedError(
            "The signature is too old or from the future.",
            where=SIGNATURE_HEADER,
            expected=f"a moment within {REPLAY_SECONDS} seconds of this server's clock",
            remedy="Set the detector's clock, and sign again when sending again.",
        )


def create_app(settings: Settings, launch: Launch | None = None, clock: Clock = system_clock) -> FastAPI:
    """Build the intake on an existing home; `launch` starts the response to an incident, best effort."""
    store, secret = open_home(settings), intake_secret(settings)
    store.clock = clock
    app = FastAPI(
        title="Tocsin intake",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lambda _: taking_what_was_kept(store),
    )

    @app.exception_handler(TocsinError)
    async def refuse(_request: Request, error: TocsinError) -> JSONResponse:
        return JSONResponse(_told(error), status_code=_status(error))

    @app.get("/health")
    def health() -> dict[str, str]:
        with store.reading() as session:
            session.execute(sql("select 1"))
        return {"status": "ok"}

    @app.post("/signals", status_code=202)
    async def signals(request: Request, later: BackgroundTasks, form: str | None = None) -> JSONResponse:
        body = await _read(request)
        check_signature(secret, request.headers.get(SIGNATURE_HEADER, ""), body, int(clock().timestamp()))
        taken = await run_in_threadpool(take_signals, store, body, form, "detector")
        for incident_id in dict.fromkeys(incident.id for _, incident in taken if incident is not None):
            later.add_task(_launch, launch, settings, incident_id)
        return JSONResponse(_receipt(taken), status_code=202, background=later)

    # An answer by link is stored before the response is woken; the sweep wakes what this can't.
    app.include_router(sms_callbacks(store))
    app.include_router(answering(store, lambda incident_id: _launch(launch, settings, incident_id)))
    app.state.store = store
    return app


async def _read(request: Request) -> bytes:
    """Read the body, but never more than a signal may have."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise too_big(f"more than {MOST_BYTES:,}")
    return bytes(body)


def _receipt(taken: tuple[Taken, ...]) -> dict[str, Any]:
    each = [
        {"signal": signal.id, "incident": incident.id if incident else None} for signal, incident in taken
    ]
    return {**each[0], "signals": each}


def _launch(launch: Launch | None, settings: Settings, incident_id: str) -> None:
    if launch is None:
        return
    try:
        launch(settings, incident_id)
    except Exception as error:  # noqa: BLE001 - the signal is kept; the sweep starts what failed here
        LOG.warning("response_not_started", incident=incident_id, error=type(error).__name__)


def _told(error: TocsinError) -> dict[str, Any]:
    parts = {"what": error.what, "where": error.where, "expected": error.expected, "remedy": error.remedy}
    return {"error": {name: value for name, value in parts.items() if value}}


def _status(error: TocsinError) -> int:
    if isinstance(error, RefusedError):
        return 401
    if isinstance(error, UnavailableError):
        return 503
    return 413 if isinstance(error, TooBigError) else 400


def serve(settings: Settings) -> None:
    """Run the intake until it is stopped.

    Raises:
        UnavailableError: there is no home, or its port is taken.
    """
    import uvicorn  # noqa: PLC0415 - importing the module for its functions needs no server

    from console.launch import start_response  # noqa: PLC0415 - pulls in the engine's client

    app = create_app(settings, start_response)
    check_free([Port(settings.bind, settings.intake_port, "TOCSIN_INTAKE_PORT", "intake")])
    uvicorn.run(app, host=settings.bind, port=settings.intake_port, log_level="warning", access_log=False)


def main() -> int:
    """Run as `python -m console.intake`; one message and status 1 when it can't."""
    try:
        serve(current_settings())
    except TocsinError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is the program's own voice
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
