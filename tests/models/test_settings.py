"""Settings: every default is local, and a wrong value is named by its variable."""

from pathlib import Path

import pytest

from models.errors import InvalidInputError
from models.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TOCSIN_HOME", str(tmp_path))


def test_defaults_listen_on_loopback_and_send_nowhere() -> None:
    settings = Settings(_env_file=None)
    assert (settings.bind, settings.smtp_url, settings.twilio_account_sid) == ("127.0.0.1", None, None)


def test_environment_goes_before_the_file_of_the_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tocsin.env").write_text("TOCSIN_INTAKE_PORT=9001\nTOCSIN_DELIVERY_BATCH=7\n")
    monkeypatch.setenv("TOCSIN_INTAKE_PORT", "9002")
    settings = load_settings()
    assert (settings.home, settings.intake_port, settings.delivery_batch) == (tmp_path, 9002, 7)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOCSIN_INTAKE_PORT", "99999"),
        ("TOCSIN_DELIVERY_BATCH", "none"),
        ("TOCSIN_LANGUAGE", "fr"),
        ("TOCSIN_UNKNOWN_MAIL", "guess"),
    ],
)
def test_wrong_value_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInputError, match=f"The setting {name} can't be used"):
        load_settings()


def test_secrets_do_not_show_when_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "TOCSIN_SMTP_URL",
        "TOCSIN_TWILIO_AUTH_TOKEN",
        "TOCSIN_ORGANISATION_KEY",
        "TOCSIN_DATABASE_URL",
    ):
        monkeypatch.setenv(name, "postgresql://user:hunter2@host/db")
    assert "hunter2" not in repr(load_settings())


def test_database_is_a_file_of_the_home_or_the_server_of_the_url(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert load_settings().database == f"sqlite:///{tmp_path.resolve() / 'tocsin.db'}"
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "postgresql://user@host/db")
    assert load_settings().database == "postgresql+psycopg://user@host/db"
