"""The page behind a link in a call: what is asked, what will happen, whom it touches, how to undo it, and the answer.

Looking changes nothing, so a mail scanner that follows links answers nothing; only the form's post does.
"""

from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from typing import Any
from urllib.parse import parse_qsl

import yaml
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from models.database import Store
from models.errors import TocsinError
from response.answer_links import Asked, answer_by_link, asked_by

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
}
MOST_BYTES = 16_384
LANGUAGES = ("en", "zh")
_ENVIRONMENT = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)


def answering(store: Store, wake: Callable[[str], object]) -> APIRouter:
    """Give the routes of the page; `wake` has the response of an incident look at its answers, best effort."""
    router = APIRouter()

    @router.get("/answer/{token}")
    def look(request: Request, token: str, lang: str = "") -> HTMLResponse:
        language = _language(request, lang)
        try:
            with store.reading() as session:
                return _page(language, asked=asked_by(session, token, store))
        except TocsinError as error:
            return _page(language, fault=error, status=410)

    @router.post("/answer/{token}")
    async def take(request: Request, token: str) -> HTMLResponse:
        given = await _form(request)
        language = _language(request, given.get("lang", ""))
        verdict = given.get("verdict", "")
        try:
            asked = await run_in_threadpool(answer_by_link, store, token, verdict, given.get("reason", ""))
        except TocsinError as error:
            return _page(language, fault=error, status=409)
        if asked.incident is not None:
            await run_in_threadpool(wake, asked.incident.id)
        return _page(language, done=verdict if asked.decision else "confirm")

    return router


async def _form(request: Request) -> dict[str, str]:
    """Read the fields of a posted form; what is too long for one is nothing."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace")))


def _language(request: Request, wanted: str) -> str:
    if wanted in LANGUAGES:
        return wanted
    return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"


def _page(
    language: str,
    *,
    asked: Asked | None = None,
    fault: TocsinError | None = None,
    done: str = "",
    status: int = 200,
) -> HTMLResponse:
    parts = {
        "language": language,
        "other": LANGUAGES[1 - LANGUAGES.index(language)],
        "words": _words()[language],
        "question": _question(asked, language) if asked and asked.decision else None,
        "check": asked is not None and asked.decision is None,
        "fault": fault,
        "done": done,
    }
    return HTMLResponse(_template().render(parts), status_code=status, headers=HEADERS)


def _question(asked: Asked, language: str) -> dict[str, Any]:
    decision, incident = asked.decision, asked.incident
    assert decision is not None and incident is not None  # noqa: PT018, S101 - a question belongs to an incident
    keys = ("what_happens", "whom_it_touches", "how_to_undo")
    return {
        "incident": incident.id,
        "title": incident.title,
        "drill": incident.drill,
        "text": decision.question[language],
        "parts": [(key, decision.detail[key][language]) for key in keys if key in decision.detail],
        "needed": decision.needed,
        "due": f"{decision.due_at:%Y-%m-%d %H:%M} UTC" if decision.due_at else "",
        "who": asked.call.staff_id,
    }


@lru_cache(maxsize=1)
def _template() -> Any:
    return _ENVIRONMENT.from_string(_read("answer.html"))


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load(_read("answer.yaml"))
    return words


def _read(name: str) -> str:
    return resources.files("console").joinpath("pages", name).read_text(encoding="utf-8")
