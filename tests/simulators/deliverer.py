"""A worker process that delivers one campaign until nothing is left; made to be killed.

It claims under the number of its process.
"""

import os
import sys
import time
from datetime import timedelta

from models.clock import system_clock
from models.database import Store
from models.settings import Settings
from notifications.outbox.delivery import deliver_batch
from notifications.outbox.outcomes import RetryPolicy
from notifications.outbox.sending import Pace


def main(campaign_id: str, grace_seconds: float) -> None:
    store = Store(Settings())
    pace = Pace(retry=RetryPolicy(first=timedelta(0), grace=timedelta(seconds=grace_seconds)))
    while True:
        result = deliver_batch(store, campaign_id, str(os.getpid()), pace=pace)
        if result.finished:
            return
        if result.next_at is not None:
            time.sleep(max(0.0, min(0.2, (result.next_at - system_clock()).total_seconds())))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
