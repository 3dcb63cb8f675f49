"""What `tocsin up` consists of: which programs, on which ports, with which environment."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from console.children import ChildPlan
from console.ports import Port
from console.surroundings import LOOPBACK, POOL, engine_environment, tocsin_environment
from models.settings import Settings


@dataclass(frozen=True)
class Part:
    """One program: what makes its plan, and the ports it listens on."""

    name: str
    plan: Callable[[Settings], ChildPlan]
    ports: Callable[[Settings], Iterable[Port]]


def parts_of(settings: Settings) -> tuple[Part, ...]:
    """Choose the programs these settings ask for: rehearsal endpoints stand in for what is not configured."""
    telling = settings.smtp_url is None or settings.twilio_account_sid is None
    receiving = settings.bounce_mailbox is not None or settings.twilio_account_sid is not None
    wanted = (
        (telling, REHEARSAL),
        (receiving, RECEIVING),
        (settings.signal_mailbox is not None, SIGNAL_MAILBOX),
    )
    optional = (part for needed, part in wanted if needed)
    return (SERVER, WORKER, WARM, INTAKE, CONTAINMENT, *optional)


def ports_of(settings: Settings, parts: Iterable[Part]) -> list[Port]:
    """List every port that these programs will listen on."""
    return [port for part in parts for port in part.ports(settings)]


def _server(settings: Settings) -> ChildPlan:
    arguments = (
        *("-m", "uvicorn", "--factory", "flows.server:create_app", "--host", LOOPBACK),
        *("--port", str(settings.prefect_port), "--log-level", "warning", "--timeout-graceful-shutdown", "2"),
    )
    environment = {**engine_environment(settings), "PREFECT__SERVER_FINAL": "1"}
    return ChildPlan("server", arguments, environment, port=settings.prefect_port, grace=6.0)


def _worker(settings: Settings) -> ChildPlan:
    # No --limit: with one, Prefect 3.8.8's worker dies when a run comes back before its last process was reaped,
    # as each answer given at once makes it do. The pool's own limit bounds what runs at a time.
    arguments = ("-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process", "--name", "tocsin")
    return ChildPlan("worker", arguments, engine_environment(settings))


def _warm(settings: Settings) -> ChildPlan:
    return ChildPlan("warm", ("-m", "flows.warm"), engine_environment(settings), grace=1.0)


def _intake(settings: Settings) -> ChildPlan:
    return ChildPlan(
        "intake", ("-m", "console.intake"), tocsin_environment(settings), port=settings.intake_port
    )


def _receiving(settings: Settings) -> ChildPlan:
    return ChildPlan("receiving", ("-m", "console.receiving"), tocsin_environment(settings))


def _signal_mailbox(settings: Settings) -> ChildPlan:
    return ChildPlan("signal-mailbox", ("-m", "console.signal_mailbox"), tocsin_environment(settings))


def _rehearsal(settings: Settings) -> ChildPlan:
    arguments = (
        *("-m", "notifications.channels.rehearsal", "--home", str(settings.home.resolve())),
        *("--smtp-port", str(settings.rehearsal_smtp_port), "--http-port", str(settings.rehearsal_http_port)),
    )
    environment = tocsin_environment(settings)
    return ChildPlan("rehearsal", arguments, environment, port=settings.rehearsal_http_port)


def _containment(settings: Settings) -> ChildPlan:
    arguments = (
        *("-m", "response.connectors.rehearsal", "--home", str(settings.home.resolve())),
        *("--port", str(settings.rehearsal_containment_port)),
    )
    environment = tocsin_environment(settings)
    return ChildPlan("containment", arguments, environment, port=settings.rehearsal_containment_port)


SERVER = Part(
    "server", _server, lambda s: [Port(LOOPBACK, s.prefect_port, "TOCSIN_PREFECT_PORT", "Prefect server")]
)
WORKER = Part("worker", _worker, lambda _: [])
WARM = Part("warm", _warm, lambda _: [])
INTAKE = Part("intake", _intake, lambda s: [Port(s.bind, s.intake_port, "TOCSIN_INTAKE_PORT", "intake")])
RECEIVING = Part("receiving", _receiving, lambda _: [])
SIGNAL_MAILBOX = Part("signal-mailbox", _signal_mailbox, lambda _: [])
REHEARSAL = Part(
    "rehearsal",
    _rehearsal,
    lambda s: [
        Port(LOOPBACK, s.rehearsal_smtp_port, "TOCSIN_REHEARSAL_SMTP_PORT", "rehearsal SMTP server"),
        Port(LOOPBACK, s.rehearsal_http_port, "TOCSIN_REHEARSAL_HTTP_PORT", "rehearsal SMS provider"),
    ],
)
CONTAINMENT = Part(
    "containment",
    _containment,
    lambda s: [
        Port(
            LOOPBACK,
            s.rehearsal_containment_port,
            "TOCSIN_REHEARSAL_CONTAINMENT_PORT",
            "rehearsal containment endpoint",
        )
    ],
)
