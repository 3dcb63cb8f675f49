"""The files for Okta, Entra ID, CrowdStrike and FortiGate against stand-ins that answer as their makers document."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.clock import VirtualClock
from models.database import Store
from models.errors import UnavailableError
from models.settings import Settings
from response.connectors.opening import connector
from response.containing import containment
from tests.support.act_servers import serving
from tests.support.steps import declared, step

USER, OBJECT, HOST, ADDRESS = (
    "00ub0oNGTSWTBKOLGLNR",
    "12345678-1234-1234-1234-123456789012",
    "a" * 32,
    "203.0.113.7",
)


class Vendors:
    """Four makers in one place; every change is listed."""

    def __init__(self) -> None:
        self.changes = list[str]()
        self.okta, self.enabled, self.falcon = "ACTIVE", True, "normal"
        self.banned = {"198.51.100.1": 0}

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any]:
        method, given = headers[":method"], headers.get("authorization")
        if path in {"/oauth2/token", "/tenant/oauth2/v2.0/token"}:
            return (201 if path == "/oauth2/token" else 200), {"access_token": "given", "expires_in": 1799}
        if given != (
            "SSWS t0ken" if "/api/v1/" in path else "Bearer t0ken" if "/api/v2/" in path else "Bearer given"
        ):
            return 401, {}
        asked = json.loads(body) if body else {}
        if method != "GET":
            self.changes.append(f"{method} {path}")
        for begins, each in (
            ("/api/v1/users/", self._okta),
            ("/v1.0/users/", self._entra),
            ("/devices/entities/", self._falcon),
            ("/api/v2/monitor/user/banned/", self._fortigate),
        ):
            if path.startswith(begins):
                return each(method, path.removeprefix(begins), asked)
        return 404, {}

    def _okta(self, method: str, rest: str, _asked: Any) -> tuple[int, Any]:
        wanted = {"suspend": ("ACTIVE", "SUSPENDED"), "unsuspend": ("SUSPENDED", "ACTIVE")}
        user, _, act = rest.partition("/lifecycle/")
        if user != USER or (method == "POST" and self.okta != wanted[act][0]):
            return 403 if user == USER else 404, {"errorCode": "E0000001"}
        self.okta = wanted[act][1] if method == "POST" else self.okta
        return 200, {"id": USER, "status": self.okta} if method == "GET" else {}

    def _entra(self, method: str, rest: str, asked: Any) -> tuple[int, Any]:
        if method == "GET":
            return (
                (200, {"accountEnabled": self.enabled})
                if rest == f"{OBJECT}?$select=accountEnabled"
                else (404, {})
            )
        self.enabled = asked["accountEnabled"]
        return 204, None

    def _falcon(self, method: str, rest: str, asked: Any) -> tuple[int, Any]:
        if method == "GET":
            now, self.falcon = self.falcon, self.falcon.replace("containment_pending", "contained")
            others = [{"device_id": "b" * 32, "status": "contained"}]
            return 200, {"resources": [*others, {"device_id": HOST, "status": now}]}
        act = rest.removeprefix("devices-actions/v2?action_name=")
        self.falcon = {"contain": "containment_pending", "lift_containment": "normal"}[act]
        return 202, {"resources": [{"id": asked["ids"][0]}]}

    def _fortigate(self, method: str, rest: str, asked: Any) -> tuple[int, Any]:
        if rest == "select":
            return 200, {"results": [{"ip_address": each, "expires": at} for each, at in self.banned.items()]}
        for each in asked["ip_addresses"]:
            self.banned.update({each: asked["expiry"]}) if rest == "add_users" else self.banned.pop(
                each, None
            )
        return 200, {"status": "success"}


ACTS: dict[str, tuple[str, str, Callable[[Vendors], Any]]] = {
    "okta": ("suspend_account", USER, lambda v: v.okta),
    "entra-id": ("suspend_account", OBJECT, lambda v: v.enabled),
    "crowdstrike-falcon": ("isolate_host", HOST, lambda v: v.falcon),
    "fortigate": ("block_address", ADDRESS, lambda v: sorted(v.banned)),
}


@pytest.fixture
def vendors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendors]:
    made = Vendors()
    with serving(made.answer) as address:
        for name in ACTS:
            prefix = f"TOCSIN_CONNECTOR_{name.upper().replace('-', '_')}"
            monkeypatch.setenv(f"{prefix}_URL", address)
            for what in ("TOKEN", "CLIENT_ID", "CLIENT_SECRET"):
                monkeypatch.setenv(f"{prefix}_{what}", "t0ken")
        monkeypatch.setenv("TOCSIN_CONNECTOR_ENTRA_ID_TOKEN_URL", f"{address}/tenant/oauth2/v2.0/token")
        yield made


@pytest.mark.parametrize("name", ACTS)
def test_act_of_a_vendor_is_done_checked_and_undone(name: str, vendors: Vendors, tmp_path: Path) -> None:
    capability, target, stands = ACTS[name]
    acting, before = connector(Settings(home=tmp_path), name, drill=False), stands(vendors)
    state = acting.read_state(capability, target)
    assert (acting.verify(capability, target).holds, vendors.changes) == (False, [])
    acting.execute(capability, target, "key")
    acting.verify(capability, target)
    assert acting.verify(capability, target).holds is True
    assert stands(vendors) != before
    acting.revert(capability, target, state.kept, "key")
    assert stands(vendors) == before
    acting.revert(capability, target, state.kept, "key")
    assert len(vendors.changes) == 2


def test_account_that_was_suspended_before_stays_so_when_the_act_is_undone(
    vendors: Vendors, tmp_path: Path
) -> None:
    vendors.okta = "SUSPENDED"
    acting = connector(Settings(home=tmp_path), "okta", drill=False)
    state = acting.read_state("suspend_account", USER)
    acting.revert("suspend_account", USER, state.kept, "key")
    assert (vendors.okta, vendors.changes) == ("SUSPENDED", [])


@pytest.mark.parametrize("waited", [timedelta(0), timedelta(minutes=11)])
def test_system_that_is_still_at_it_is_asked_again_as_long_as_it_may_take(
    waited: timedelta, store: Store, vendors: Vendors, clock: VirtualClock
) -> None:
    incident = declared(store)
    given = {"connector": "crowdstrike-falcon", "capability": "isolate_host", "target": HOST}
    with store.work() as unit:
        containment.plan(unit, step(store, incident, "contain_plan", given))
    containment.execute(step(store, incident, "contain_execute", {"plan": "contain_plan"}))
    clock.advance(waited)
    context = step(store, incident, "contain_verify", {"plan": "contain_plan"})
    first = containment.verify(context)
    assert (first.more, first.values) == ((True, {}) if not waited else (False, {"contained": False}))
    assert containment.verify(context).values == {"contained": True}


@pytest.mark.parametrize("name", ["okta", "fortigate"])
def test_vendor_without_an_address_says_which_variable_gives_it(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=f"no address.*TOCSIN_CONNECTOR_{name.upper()}_URL"):
        connector(Settings(home=tmp_path), name, drill=False)
