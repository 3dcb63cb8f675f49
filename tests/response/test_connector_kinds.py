"""What one kind of connector alone has to get right: quoting, pinned keys, filters, identifiers, tokens, by hand."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from jsonschema import Draft202012Validator
from pydantic import SecretStr

from console.intake import sign
from models.action import Containment
from models.database import Store
from models.errors import InvalidInputError, RefusedError, UnavailableError
from models.settings import Settings
from playbooks.document import read_document
from response import by_hand
from response.connectors.credentials import Credentials
from response.connectors.definition import connector_schema, find_definition, read_definition, shipped
from response.connectors.opening import connector
from response.connectors.pointers import at_pointer
from response.connectors.webhook import signature
from response.containing import containment
from response.containing.containments import revert
from response.containing.hand_book import RowBook
from tests.support import act_servers, slapd, ssh_machine
from tests.support.act_servers import serving
from tests.support.steps import declared, step

NOW = datetime(2026, 3, 3, tzinfo=UTC)
FOLDER = Path(__file__).parents[2] / "response" / "connectors" / "definitions"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def own(settings: Settings, text: str) -> None:
    """Put a connector of the organisation's own into the home."""
    name = text.split("connector: ", 1)[1].split("\n", 1)[0]
    (settings.home / "connectors").mkdir(parents=True, exist_ok=True)
    (settings.home / "connectors" / f"{name}.yaml").write_text(text, "utf-8")


def give(monkeypatch: pytest.MonkeyPatch, name: str, **given: str) -> None:
    for what, value in given.items():
        monkeypatch.setenv(f"TOCSIN_CONNECTOR_{name.upper().replace('-', '_')}_{what}", value)


# SSH

ANYTHING = """
connector: shell-words
kind: ssh
name: {en: Words, zh: 词}
source: our own
target: {pattern: "(?s).+", what: {en: anything, zh: 任意}}
capabilities:
  touch:
    name: {en: Touch, zh: 触}
    effect: {en: "{target}", zh: "{target}"}
    irreversible: {en: "No.", zh: "否。"}
    read_state: {run: [ls], find: {folder: "^(bin)$"}}
    execute: [{run: [touch, "{target}"]}]
    verify: [{run: [ls], find: {folder: "^(bin)$"}, equals: {folder: bin}}]
"""


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[ssh_machine.Machine]:
    (tmp_path / "machine").mkdir()
    with ssh_machine.running(tmp_path / "machine") as running:
        yield running


@pytest.mark.parametrize(
    "target",
    [
        "a; touch pwned",
        "$(touch pwned)",
        "`touch pwned`",
        "a' 'b",
        'a"b',
        "a && touch pwned",
        "~",
        "*",
        "a|b",
        "é b",
    ],
)
def test_ssh_value_is_one_word_whatever_it_holds(
    target: str, settings: Settings, machine: ssh_machine.Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    own(settings, ANYTHING)
    give(monkeypatch, "shell-words", URL=machine.url, HOST_KEY=machine.host_key, KEY=machine.user_key)
    before = {path.name for path in machine.folder.iterdir()}
    connector(settings, "shell-words", drill=False).execute("touch", target, "key")
    assert {path.name for path in machine.folder.iterdir()} - before == {target}


@pytest.mark.parametrize("target", ["-rf", "--reference=x", "a\nb", "a\x00b", "a\x7fb"])
def test_ssh_value_that_is_an_option_or_holds_controls_is_refused(target: str, settings: Settings) -> None:
    own(settings, ANYTHING)
    with pytest.raises(InvalidInputError):
        find_definition("shell-words", settings.home).plan("x", "touch", target, NOW)


def test_ssh_machine_with_another_key_is_refused_and_gets_nothing(
    settings: Settings, machine: ssh_machine.Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    with ssh_machine.running(tmp_path / "other") as other:
        give(monkeypatch, "linux-accounts", URL=machine.url, HOST_KEY=other.host_key, KEY=machine.user_key)
        with pytest.raises(RefusedError, match="pinned key"):
            connector(settings, "linux-accounts", drill=False).execute("suspend_account", "teller", "key")
    assert machine.changes() == []


def test_ssh_account_that_is_not_let_in_is_said(
    settings: Settings, machine: ssh_machine.Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    with ssh_machine.running(tmp_path / "other") as other:
        give(monkeypatch, "linux-accounts", URL=machine.url, HOST_KEY=machine.host_key, KEY=other.user_key)
        with pytest.raises(RefusedError, match="let us in"):
            connector(settings, "linux-accounts", drill=False).read_state("suspend_account", "teller")


def test_ssh_without_a_pinned_key_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, "linux-accounts", URL="ssh://tocsin@203.0.113.9", KEY="x")
    with pytest.raises(UnavailableError, match="pinned host key"):
        connector(settings, "linux-accounts", drill=False)


def test_ssh_account_that_does_not_exist_is_refused_before_anything_is_done(
    settings: Settings, machine: ssh_machine.Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, "linux-accounts", URL=machine.url, HOST_KEY=machine.host_key, KEY=machine.user_key)
    with pytest.raises(RefusedError, match="ended with 1"):
        connector(settings, "linux-accounts", drill=False).read_state("suspend_account", "nobody")
    assert machine.changes() == []


# LDAP


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[slapd.Directory]:
    if slapd.program() is None:
        pytest.skip("slapd is not installed on this machine")
    with slapd.running(tmp_path_factory.mktemp("slapd")) as server:
        yield server


def give_directory(monkeypatch: pytest.MonkeyPatch, name: str, url: str) -> None:
    give(monkeypatch, name, URL=url, BASE=slapd.SUFFIX, USER=slapd.ADMIN, PASSWORD=slapd.PASSWORD)


def test_ldap_locked_account_can_sign_in_nowhere_until_it_is_unlocked(
    settings: Settings, directory: slapd.Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_directory(monkeypatch, "openldap", directory.url)
    acting, dn = connector(settings, "openldap", drill=False), f"uid=m.okafor,{slapd.SUFFIX}"
    before = acting.read_state("suspend_account", "m.okafor").kept
    assert directory.lets_in(dn, "before-1")
    acting.execute("suspend_account", "m.okafor", "key")
    assert not directory.lets_in(dn, "before-1")
    acting.revert("suspend_account", "m.okafor", before, "key")
    assert directory.lets_in(dn, "before-1")


def test_ldap_bit_is_set_and_cleared_without_touching_what_others_changed_meanwhile(
    settings: Settings, directory: slapd.Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_directory(monkeypatch, "active-directory", directory.url)
    acting = connector(settings, "active-directory", drill=False)
    dn = directory.entry("(uid=w.lin)")["entryDN"][0]
    before = acting.read_state("suspend_account", "w.lin").kept
    acting.execute("suspend_account", "w.lin", "key")
    assert directory.entry("(uid=w.lin)")["userAccountControl"] == ["66050"]
    directory.change(dn, "userAccountControl", ["514"])
    acting.revert("suspend_account", "w.lin", before, "key")
    assert directory.entry("(uid=w.lin)")["userAccountControl"] == ["512"]
    directory.change(dn, "userAccountControl", ["66048"])


def test_ldap_server_is_believed_only_with_a_certificate_that_is_trusted_and_its_own(
    settings: Settings, directory: slapd.Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_directory(monkeypatch, "openldap", directory.secure)
    with pytest.raises(UnavailableError, match="does not answer"):
        connector(settings, "openldap", drill=False).read_state("suspend_account", "m.okafor")
    monkeypatch.setenv("SSL_CERT_FILE", str(directory.certificate))
    found = connector(settings, "openldap", drill=False).read_state("suspend_account", "m.okafor")
    assert found.kept["attributes"] == {"pwdAccountLockedTime": []}
    give_directory(monkeypatch, "openldap", directory.secure.replace("localhost", "127.0.0.1"))
    with pytest.raises(UnavailableError, match="does not answer"):
        connector(settings, "openldap", drill=False).read_state("suspend_account", "m.okafor")


def test_ldap_target_cannot_change_the_filter(
    settings: Settings, directory: slapd.Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        (FOLDER / "openldap.yaml").read_text("utf-8").replace('"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"', '".+"')
    )
    own(settings, text)
    give_directory(monkeypatch, "openldap", directory.url)
    acting = connector(settings, "openldap", drill=False)
    for target in ("*", "m.okafor)(uid=*", "m.okafor)(|(uid=*"):
        with pytest.raises(RefusedError, match="no such account"):
            acting.read_state("suspend_account", target)


def test_ldap_refused_halfway_stays_on_the_list_and_is_undone_exactly(
    store: Store, directory: slapd.Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A group of names keeps its last member: w.lin leaves two groups, and the directory refuses the third.
    give_directory(monkeypatch, "openldap", directory.url)
    groups = ("(cn=approvers)", "(cn=auditors)", "(cn=tellers)")
    before = [directory.entry(each)["member"] for each in groups]
    incident = declared(store)
    given = {"connector": "openldap", "capability": "remove_from_groups", "target": "w.lin"}
    with store.work() as unit:
        key = containment.plan(unit, step(store, incident, "contain_plan", given)).values["containment"]
    with pytest.raises(RefusedError, match="directory refuses"):
        containment.execute(step(store, incident, "contain_execute", {"plan": "contain_plan"}))
    with store.reading() as session:
        assert session.get(Containment, key).status == "executing"
    assert [directory.entry(each)["member"] for each in groups] != before
    assert revert(store, key, "lead-1", "it went halfway").status == "reverted"
    assert [directory.entry(each)["member"] for each in groups] == before


# SQL


def test_sql_identifiers_are_quoted_and_sessions_end(
    settings: Settings, fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = 'x"; drop table customer; --'
    own(
        settings,
        (FOLDER / "postgresql.yaml")
        .read_text("utf-8")
        .replace("[A-Za-z_][A-Za-z0-9_$.-]{0,62})(@", "[^@]+)(@"),
    )
    give(monkeypatch, "postgresql", URL=fresh_database)
    acting = connector(settings, "postgresql", drill=False)
    with psycopg.connect(fresh_database, autocommit=True) as admin:
        quoted = psycopg.sql.Identifier(role)
        admin.execute("create table customer (id int)")
        admin.execute(psycopg.sql.SQL("create role {} login").format(quoted))
        with psycopg.connect(fresh_database, user=role) as theirs:
            assert acting.read_state("lock_account", role).touches == 1
            acting.execute("lock_account", role, "key")
            with pytest.raises(psycopg.OperationalError):
                theirs.execute("select 1")
        assert acting.verify("lock_account", role).holds is True
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(fresh_database, user=role)
        assert admin.execute("select count(*) from customer").fetchone() == (0,)
        admin.execute(psycopg.sql.SQL("drop role {}").format(quoted))


def test_sql_plan_shows_each_statement_as_it_will_run() -> None:
    plan = find_definition("postgresql", Path("nowhere")).plan(
        "x", "revoke_grants", "app@public.customer", NOW
    )
    assert plan.calls == ('revoke all privileges on table "public"."customer" from "app"',)


def test_sql_word_that_is_not_in_the_list_is_refused() -> None:
    statement = find_definition("postgresql", Path("nowhere")).act("revoke_grants").revert[0]
    values = {"role": "app", "schema": "public", "table": "customer"}
    with pytest.raises(InvalidInputError, match="is no privilege_type"):
        statement.composed(values, {"privilege_type": "SELECT on customer to public; --"})


def test_sql_database_that_is_away_can_be_tried_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, "postgresql", URL="postgresql://app:s3cret@127.0.0.1:1/bank")
    acting = connector(settings, "postgresql", drill=False)
    with pytest.raises(UnavailableError) as fault:
        acting.read_state("lock_account", "app")
    assert "s3cret" not in str(fault.value) + acting.address


# HTTP: OAuth, OpenC2, signed posts


def test_http_client_credentials_are_exchanged_once_for_many_calls(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchanged = list[bytes]()

    def answer(path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        if path == "/oauth2/token":
            exchanged.append(body)
            return 201, {"access_token": "given", "expires_in": 1799}
        return (202 if headers.get("authorization") == "Bearer given" else 401), {}

    with serving(answer) as address:
        give(monkeypatch, "crowdstrike-falcon", URL=address, CLIENT_ID="us", CLIENT_SECRET="between us")
        acting = connector(settings, "crowdstrike-falcon", drill=False)
        assert [acting.execute("isolate_host", "a" * 32, "key") for _ in range(2)] == [{"status": 202}] * 2
    assert exchanged == [b"grant_type=client_credentials&client_id=us&client_secret=between+us"]


def test_secrets_are_never_carried_in_the_clear_to_another_machine(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(monkeypatch, "okta", URL="http://bank.example", TOKEN="t0ken")
    with pytest.raises(UnavailableError, match="in the clear"):
        connector(settings, "okta", drill=False)


def test_secret_is_read_from_a_file_of_the_home_where_no_variable_is(settings: Settings) -> None:
    folder = settings.keys / "connectors"
    folder.mkdir(parents=True)
    (folder / "okta.token").write_text("t0ken\n")
    assert Credentials(settings, "okta").need("TOKEN", "token") == SecretStr("t0ken")


def test_openc2_command_that_the_consumer_does_not_know_is_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    own(settings, (FOLDER / "packet-filter.yaml").read_text("utf-8").replace("action: deny", "action: scan"))
    with serving(act_servers.Openc2Filter().answer) as address:
        give(monkeypatch, "packet-filter", URL=address, TOKEN="t0ken")
        with pytest.raises(RefusedError, match="status 501"):
            connector(settings, "packet-filter", drill=False).execute(
                "block_address", "203.0.113.0/24", "key"
            )


def test_openc2_command_keeps_its_id_when_it_is_sent_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer = act_servers.Openc2Filter()
    with serving(consumer.answer) as address:
        give(monkeypatch, "packet-filter", URL=address, TOKEN="t0ken")
        acting = connector(settings, "packet-filter", drill=False)
        for key in ("a", "a", "b"):
            acting.execute("block_address", "203.0.113.0/24", key)
    first, again, other = (change["command_id"] for change in consumer.changes)
    assert first == again != other


def test_webhook_with_another_secret_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(act_servers.OwnProgram("between-us").answer) as address:
        give(monkeypatch, "own-program", URL=address, SECRET="guessed")
        with pytest.raises(RefusedError, match="answered 401"):
            connector(settings, "own-program", drill=False).execute("contain", "vault/7", "key")


def test_webhook_signature_is_that_of_detectors() -> None:
    body, moment = b'{"do": "look"}', 1_700_000_000
    assert signature(SecretStr("between-us"), body, moment) == sign(b"between-us", body, moment)


# By hand


def test_by_hand_the_record_is_the_state_before_and_undoing_asks_for_a_person(store: Store) -> None:
    incident = declared(store)
    given = {"connector": "by-hand", "capability": "contain", "target": "branch-router"}
    with store.work() as unit:
        key = containment.plan(unit, step(store, incident, "contain_plan", given)).values["containment"]
    context = step(store, incident, "contain_execute", {"plan": "contain_plan"})
    asked = containment.execute(context).question
    assert ["branch-router" in words for words in (asked or {}).values()] == [True, True]
    with pytest.raises(InvalidInputError, match="holds"), store.work() as unit:
        by_hand.record_done(unit, context, b"before: port 7 was up\n", "resp-1")
    with store.work() as unit:
        by_hand.record_done(unit, context, b"before: port 7 was up\nholds: false\n", "resp-1")
    found = connector(store.settings, "by-hand", drill=False, book=RowBook(store))
    assert found.read_state("contain", "branch-router").whole == b"port 7 was up"
    assert found.verify("contain", "branch-router").holds is False
    with pytest.raises(RefusedError, match="undone by hand"):
        revert(store, key, "lead-1", "false alarm")
    assert by_hand.revert_by_hand(store, key, "lead-1", "false alarm").status == "reverted"
    with store.reading() as session:
        assert "port 7" not in json.dumps(session.get(Containment, key).model_dump(), default=str)


# Files


@pytest.mark.parametrize("name", shipped())
def test_shipped_connectors_name_their_source_and_fit_the_schema(name: str) -> None:
    document = read_document((FOLDER / f"{name}.yaml").read_text("utf-8"), name).data
    Draft202012Validator(connector_schema()).validate(document)
    assert find_definition(name, Path("nowhere")).source.startswith(("https://", "RFC "))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: smoke\nconnector: x", "no kind of connector 'smoke'"),
        (ANYTHING.replace("kind: ssh", "kind: ssh\nbase_url: http://x"), "base_url"),
        (ANYTHING.replace('"^(bin)$"', '"^bin$"'), "one group"),
        (ANYTHING.replace("irreversible", "undo"), "revert stand together"),
        (ANYTHING.replace('"(?s).+"', '"("'), "no pattern"),
    ],
    ids=["kind", "address", "pattern without a group", "no undoing", "broken pattern"],
)
def test_wrong_connector_file_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as fault:
        read_definition(text, "mine.yaml")
    assert fault.value.where.startswith("mine.yaml:")


def test_pointer_picks_the_item_of_a_list_by_a_field() -> None:
    document = {"resources": [{"id": "a", "status": 1}, {"id": "b", "status": 2}]}
    assert at_pointer(document, "/resources/[id={target}]/status", {"target": "b"}) == 2
    assert at_pointer(document, "/resources/[id={target}]/status", {"target": "c"}) is None
