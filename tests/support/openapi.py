"""Holding requests and answers against an OpenAPI 3.0 description, as a proxy in front of the server would."""

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from jsonschema import Draft202012Validator

FORM = "application/x-www-form-urlencoded"
_PLAIN = {
    "integer": (re.compile(r"-?\d+"), int),
    "number": (re.compile(r"-?\d+(\.\d+)?"), float),
    "boolean": (re.compile(r"true|false"), lambda text: text == "true"),
}


@dataclass
class Contract:
    """A description, what was asked under it, and where somebody broke it."""

    spec: dict[str, Any]
    asked: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.spec = _nullable(copy.deepcopy(self.spec))

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        form: Mapping[str, Any],
        headers: Mapping[str, str],
    ) -> dict[str, Any] | None:
        """Check one request; gives the operation it asked for."""
        found = self._operation(method, path)
        if found is None:
            self.broken.append(f"{method} {path}: not described")
            return None
        name, operation, places = found
        self.asked.append(f"{method} {name}")
        if not headers.get("Authorization", "").startswith("Basic "):
            self.broken.append(f"{name}: no basic authentication")
        given = {"path": places, "query": query}
        parameters = [p for p in operation.get("parameters", []) if p["in"] in given]
        known = {p["name"] for p in parameters if p["in"] == "query"}
        self.broken += [f"{name}: query {key} is not described" for key in query.keys() - known]
        for parameter in parameters:
            value = given[parameter["in"]].get(parameter["name"])
            if value is not None:
                self._hold(
                    parameter["schema"],
                    self._typed(value, parameter["schema"]),
                    f"{name} {parameter['name']}",
                )
            elif parameter.get("required"):
                self.broken.append(f"{name}: {parameter['name']} is missing")
        body = operation.get("requestBody", {}).get("content", {}).get(FORM)
        if body is not None:
            self._form(body["schema"], form, headers.get("Content-Type", ""), name)
        return operation

    def _form(self, schema: dict[str, Any], form: Mapping[str, Any], kind: str, name: str) -> None:
        if kind.partition(";")[0] != FORM:
            self.broken.append(f"{name}: sent as {kind}")
        properties = schema["properties"]
        self.broken += [f"{name}: {key} is not described" for key in form.keys() - properties.keys()]
        typed = {key: self._typed(form[key], properties[key]) for key in form.keys() & properties.keys()}
        self._hold(schema, typed, name)

    def answer(self, operation: dict[str, Any], status: int, body: Any) -> None:
        """Check one answer; only those that are described."""
        described = operation["responses"].get(str(status))
        if described is not None:
            self._hold(described["content"]["application/json"]["schema"], body, f"answer {status}")

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, Any], dict[str, str]] | None:
        for name, methods in self.spec["paths"].items():
            pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(name))
            found = re.fullmatch(pattern, path)
            if found and method.lower() in methods:
                return name, methods[method.lower()], found.groupdict()
        return None

    def _typed(self, value: Any, schema: dict[str, Any]) -> Any:
        kind = schema.get("type")
        if kind == "array":
            return value if isinstance(value, list) else [value]
        pattern, convert = _PLAIN.get(kind if isinstance(kind, str) else "", (None, None))
        return convert(value) if pattern and convert and pattern.fullmatch(value) else value

    def _hold(self, schema: dict[str, Any], value: Any, where: str) -> None:
        whole = {"components": self.spec.get("components", {}), **schema}
        for error in Draft202012Validator(whole).iter_errors(value):
            self.broken.append(f"{where}: {error.json_path} {error.message}")


def _nullable(node: Any) -> Any:
    """Say `nullable` as JSON Schema does."""
    if isinstance(node, list):
        return [_nullable(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: _nullable(value) for key, value in node.items()}
    if made.pop("nullable", False) and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
        if "enum" in made:
            made["enum"] = [*made["enum"], None]
    return made


def watched(application: web.Application, contract: Contract, below: str) -> web.Application:
    """Put a contract before an application for all paths that begin with `below`."""

    @web.middleware
    async def hold(request: web.Request, handler: Any) -> web.StreamResponse:
        if not request.path.startswith(below):
            return await handler(request)
        form = {key: str(value) for key, value in (await request.post()).items()}
        operation = contract.request(request.method, request.path, request.query, form, request.headers)
        answer = await handler(request)
        if operation is not None and isinstance(answer, web.Response):
            contract.answer(operation, answer.status, json.loads(answer.text or "null"))
        return answer

    application.middlewares.append(hold)
    return application
