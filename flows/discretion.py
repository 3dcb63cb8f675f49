"""What Prefect may hear of a failure: its kind and an id. Prefect stores texts of exceptions and shows them to all."""

import contextlib
from collections.abc import Iterator

import structlog

from models.errors import TocsinError

LOG = structlog.get_logger(__name__)


class FlowTroubleError(TocsinError):
    """A flow met trouble; the kind of the fault and where, nothing that came from outside."""


@contextlib.contextmanager
def kinds_only(where: str) -> Iterator[None]:
    """Let nothing but the kind of a fault out of the block; our log keeps the words of our own errors.

    Raises:
        FlowTroubleError: in place of whatever went wrong. Signals of the engine pass.
    """
    try:
        yield
    except FlowTroubleError:
        raise
    except TocsinError as error:
        LOG.warning("flow met trouble", where=where, kind=type(error).__name__, what=error.what)
        kind = type(error).__name__
    except Exception as error:  # noqa: BLE001 - its text may quote what came from outside
        LOG.error("flow failed", where=where, kind=type(error).__name__)  # noqa: TRY400
        kind = type(error).__name__
    else:
        return
    raise FlowTroubleError(f"The flow met {kind}.", where=where)
