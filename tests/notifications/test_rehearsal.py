"""The rehearsal servers as a program of their own."""

import json
import signal
import smtplib
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from notifications.channels.rehearsal.mail import mails_by_recipient
from notifications.targets import rehearsal_mail_folder

ROOT = Path(__file__).parents[2]


def start(home: Path, smtp_port: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "notifications.channels.rehearsal", "--home", str(home)]
    command += ["--smtp-port", str(smtp_port), "--http-port", "0"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_rehearsal_servers_say_when_ready_keep_mail_and_end_at_a_signal(tmp_path: Path) -> None:
    with start(tmp_path) as process:
        ready = json.loads(process.stdout.readline())
        host, port = ready["smtp"].split(":")
        with smtplib.SMTP(host, int(port)) as client:
            client.sendmail("a@bank.example", ["ann@mail.example"], "Message-ID: <1@x>\r\n\r\nHello")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{ready['http']}/2010-04-01/Accounts/AC1/Messages.json")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=120) == 0
    assert refused.value.code == 401
    assert mails_by_recipient(rehearsal_mail_folder(tmp_path)) == {"ann@mail.example": 1}


def test_rehearsal_servers_name_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with start(tmp_path, taken.getsockname()[1]) as process:
            said = process.stderr.read()
            assert process.wait(timeout=120) == 1
    assert "TOCSIN_REHEARSAL_SMTP_PORT" in said
    assert "Traceback" not in said
