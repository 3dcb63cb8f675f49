"""The program that reads the mailbox for signals again and again; a child of `tocsin up` where one is set."""

import sys
import time

import structlog

from models.errors import TocsinError
from models.home import open_home
from models.settings import current_settings
from response.signal_mail import fetch_signals

LOG = structlog.get_logger(__name__)


def main() -> int:
    """Run until it is stopped; a mailbox that is away is tried again.

    The sweep starts the responses to what was declared.
    """
    try:
        settings = current_settings()
        store = open_home(settings)
    except TocsinError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is the program's own voice
        return error.exit_code
    while True:
        try:
            found = fetch_signals(store)
            if found.mails:
                LOG.info("signals fetched", **dict(found.mails), incidents=len(found.incidents))
        except TocsinError as error:
            LOG.warning("signals not fetched", fault=error.what, where=error.where)
        time.sleep(settings.signal_seconds)


if __name__ == "__main__":
    raise SystemExit(main())
