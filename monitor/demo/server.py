"""OpenRouter on the loopback interface: the API's own formats, and of the facts only what existed at that time."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from monitor.demo.facts import Facts, Listing
from monitor.testing.loopback import Reply, Request, Server

RANKINGS = "/api/v1/datasets/rankings-daily"
MODELS = "/api/v1/models"
_WEEK = timedelta(days=7)
_PER_MILLION = 1_000_000
_PERIOD = "week"  # the facts have no days


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back as JSON."""

    status: HTTPStatus
    document: Mapping[str, object]


def serving(facts: Facts, now: Callable[[], datetime]) -> Server:
    """Answers from a thread of its own while it is entered; `now` is the time it is there."""
    return Server(lambda request: _reply(facts, now(), request))


def _reply(facts: Facts, at: datetime, request: Request) -> Reply:
    given = answer(facts, at, request.target, request.headers.get("authorization", ""))
    return Reply(given.status, json.dumps(given.document).encode(), {"Content-Type": "application/json"})


def answer(facts: Facts, at: datetime, target: str, authorization: str) -> Answer:
    """The answer to a GET of `target` (path and query) at that time."""
    asked = urlsplit(target)
    if asked.path == MODELS:
        return Answer(HTTPStatus.OK, _models(facts, at))
    if asked.path != RANKINGS:
        return _refusal(HTTPStatus.NOT_FOUND, "Resource not found")
    if not authorization.startswith("Bearer "):
        return _refusal(HTTPStatus.UNAUTHORIZED, "Missing Authentication header")
    query = dict(parse_qsl(asked.query))
    try:
        first, last = date.fromisoformat(query["start_date"]), date.fromisoformat(query["end_date"])
    except (KeyError, ValueError):
        return _refusal(HTTPStatus.BAD_REQUEST, "Invalid request parameters")
    if query.get("period") != _PERIOD:
        return _refusal(HTTPStatus.BAD_REQUEST, "Invalid request parameters")
    return Answer(HTTPStatus.OK, _rankings(facts, at, first, last))


def _rankings(facts: Facts, at: datetime, first: date, last: date) -> Mapping[str, object]:
    """Weeks that start within the days asked for and have ended."""
    ended = at.date() - _WEEK
    rows = [
        {"date": row.monday.isoformat(), "model_permaslug": row.model, "total_tokens": str(row.tokens)}
        for row in facts.usage
        if first <= row.monday <= min(last, ended)
    ]
    stamp = at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    meta = {"as_of": stamp, "version": "v1", "start_date": first.isoformat(), "end_date": last.isoformat()}
    return {"data": rows, "meta": meta}


def _models(facts: Facts, at: datetime) -> Mapping[str, object]:
    """Every model that was listed, at the price it had."""
    listed = {listing.model: listing for listing in facts.listings if listing.seen_at <= at}
    return {
        "data": [_model(listing) for listing in listed.values()],
        "total_count": len(listed),
        "links": {"next": None},
    }


def _model(listing: Listing) -> Mapping[str, object]:
    pricing = {"prompt": _per_token(listing.input), "completion": _per_token(listing.output)}
    return {"id": listing.model, "canonical_slug": listing.permaslug, "pricing": pricing}


def _per_token(usd_per_million: Decimal) -> str:
    return f"{usd_per_million / _PER_MILLION:f}"


def _refusal(status: HTTPStatus, message: str) -> Answer:
    return Answer(status, {"error": {"code": status.value, "message": message}})
