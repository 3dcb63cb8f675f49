"""The program that reads the bounce mailbox again and again; a child of `tocsin up` where notices really leave."""

import os
import socket
import sys
import time

import structlog

from models.errors import TocsinError
from models.home import open_home
from models.settings import current_settings
from response.telling.receiving import receive

LOG = structlog.get_logger(__name__)


def main() -> int:
    """Run until it is stopped; a mailbox that is away is tried again, one message and status 1 for a wrong address."""
    try:
        settings = current_settings()
        store = open_home(settings)
    except TocsinError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is the program's own voice
        return error.exit_code
    worker = f"receiving@{socket.gethostname()}:{os.getpid()}"
    while True:
        try:
            found = receive(store, worker=worker)
            if found.mails or found.delivered:
                LOG.info("receipts taken", **dict(found.mails), campaigns=len(found.delivered))
        except TocsinError as error:
            LOG.warning("receipts not taken", fault=error.what, where=error.where)
        time.sleep(settings.bounce_seconds)


if __name__ == "__main__":
    raise SystemExit(main())
