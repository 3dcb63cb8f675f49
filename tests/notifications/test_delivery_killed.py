"""Workers killed with SIGKILL in the middle of sending: nobody lost, nobody told twice, the balance exact."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from models.database import Store
from models.notice import DeliveryWindow
from notifications.balance import balance
from notifications.channels.rehearsal.mail import mails_by_recipient
from notifications.channels.rehearsal.servers import Rehearsal
from notifications.channels.rehearsal.text import texts_by_number
from notifications.import_people import import_people
from tests.notifications.conftest import INCIDENT, approved
from tests.support.engine import until

MAILS, TEXTS, SILENT = 420, 150, 30
KILLS = 5
ROOT = Path(__file__).parents[2]
ON_BOTH = ("test_killed_workers_lose_nobody_and_tell_nobody_twice",)


def people() -> str:
    rows = ["id,name,email,phone,place"]
    rows += [f"{n},Person {n},p{n}@mail.example,,SG" for n in range(MAILS)]
    rows += [f"{n},Person {n},,9{n:03d}4567,SG" for n in range(MAILS, MAILS + TEXTS)]
    rows += [f"{n},Person {n},,,SG" for n in range(MAILS + TEXTS, MAILS + TEXTS + SILENT)]
    return "\n".join(rows) + "\n"


def start(store: Store, rehearsal: Rehearsal, campaign_id: str) -> subprocess.Popen[bytes]:
    settings = store.settings
    environment = os.environ | {
        "TOCSIN_HOME": str(settings.home),
        "TOCSIN_REHEARSAL_SMTP_PORT": str(rehearsal.smtp_port),
        "TOCSIN_REHEARSAL_HTTP_PORT": str(rehearsal.http_port),
        "TOCSIN_DELIVERY_BATCH": "16",
    }
    if settings.database_url is not None:
        environment["TOCSIN_DATABASE_URL"] = settings.database_url.get_secret_value()
    command = [sys.executable, "-m", "tests.simulators.deliverer", campaign_id, "1"]
    return subprocess.Popen(command, cwd=ROOT, env=environment)


def arrived(rehearsal: Rehearsal) -> int:
    return rehearsal.mail.kept + len(rehearsal.text.messages)


def stopped_in_flight(store: Store, workers: list[subprocess.Popen[bytes]]) -> list[int]:
    """Stop a worker that claimed people who have no outcome yet; gives its place, or nothing when none has."""
    for place, worker in enumerate(workers):
        worker.send_signal(signal.SIGSTOP)
        with store.reading() as session:
            claimed = session.exec(select(DeliveryWindow.worker).where(DeliveryWindow.open)).all()
        if any(each.startswith(f"{worker.pid}:") for each in claimed):
            return [place]
        worker.send_signal(signal.SIGCONT)
    return []


def chosen(store: Store, workers: list[subprocess.Popen[bytes]], turn: int) -> int:
    """Choose who dies: the first in flight, which chance alone might never meet, the others in turn."""
    if turn:
        return turn % len(workers)
    (place,) = until(lambda: stopped_in_flight(store, workers), 60, "a window to be open", 0.002)
    return int(place)


def assert_exact(store: Store) -> None:
    with store.reading() as session:
        found = balance(session, INCIDENT)
    assert found.is_exact, found


@pytest.mark.timeout(900)
def test_killed_workers_lose_nobody_and_tell_nobody_twice(
    store: Store, incident_id: str, people_file: Callable[..., Path], rehearsal: Rehearsal
) -> None:
    import_people(store, incident_id, people_file(people()))
    campaign_id = approved(store)
    chance = random.Random(20260303)
    # The last worker still has work when it dies, however late this process looks.
    deaths = sorted(chance.sample(range(5, (MAILS + TEXTS) // 2), KILLS))
    workers = [start(store, rehearsal, campaign_id) for _ in range(2)]
    try:
        for turn, death in enumerate(deaths):
            while arrived(rehearsal) < death and any(worker.poll() is None for worker in workers):
                time.sleep(chance.random() / 500)
            place = chosen(store, workers, turn)
            workers[place].send_signal(signal.SIGKILL)
            assert_exact(store)
            assert workers[place].wait() == -signal.SIGKILL
            workers[place] = start(store, rehearsal, campaign_id)
        assert [worker.wait(timeout=600) for worker in workers] == [0, 0]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    with store.reading() as session:
        found = balance(session, INCIDENT)
        given_up = session.exec(select(DeliveryWindow).where(DeliveryWindow.expired)).all()
    assert given_up
    assert (found.counts["sent"], found.counts["no_address"], found.is_exact) == (MAILS + TEXTS, SILENT, True)
    mails, texts = mails_by_recipient(rehearsal.mail_folder), texts_by_number(rehearsal.text_folder)
    assert (len(mails), set(mails.values())) == (MAILS, {1})
    assert (len(texts), set(texts.values())) == (TEXTS, {1})
