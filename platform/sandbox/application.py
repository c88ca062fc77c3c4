"""The HTTP side: the API under /v1, the hosted page under /c/pay, the side door under /_sandbox."""

from __future__ import annotations

import json
import re
import socket
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter, Rule
from werkzeug.wrappers import Request, Response

from . import control, hosted
from .answers import Answer, checked_key
from .api import (
    accounts,
    balance,
    charges,
    checkout_sessions,
    customers,
    disputes,
    events,
    payment_intents,
    refunds,
    transfers,
    webhook_endpoints,
)
from .calls import API_VERSION, Route
from .errors import ApiError, Forbidden, Injected, NotFound, TooLarge, Unauthorised
from .forms import nested
from .ids import account_of, new_id
from .provider import Asked, Provider
from .store import Json

MAX_BODY = 1_000_000
_ACCOUNT = re.compile(r"^acct_[A-Za-z0-9_]{1,64}$")
_RESOURCES = (
    accounts,
    balance,
    charges,
    checkout_sessions,
    customers,
    disputes,
    events,
    payment_intents,
    refunds,
    transfers,
    webhook_endpoints,
)
_API = Map(
    [Rule(route.path, methods=[route.method], endpoint=route) for resource in _RESOURCES for route in resource.ROUTES],
    strict_slashes=False,
)
_SIDE_DOOR: dict[tuple[str, str], Callable[[Provider, Json], Json]] = {
    ("GET", "state"): lambda provider, _: control.state(provider),
    ("GET", "knobs"): lambda provider, _: provider.knobs.shown(),
    ("POST", "knobs"): control.turn_knobs,
    ("POST", "redeliver"): control.redeliver,
}
_NOUN_DOOR: dict[tuple[str, str], Callable[[Provider, str, Json], Json]] = {
    ("accounts", "restrict"): control.restrict_account,
    ("sessions", "pay"): control.pay_session,
    ("sessions", "decline"): control.decline_session,
    ("sessions", "expire"): control.expire_session,
    ("charges", "dispute"): control.dispute_charge,
    ("disputes", "respond"): control.respond_to_dispute,
    ("disputes", "win"): control.win_dispute,
    ("disputes", "lose"): control.lose_dispute,
}


class Application:
    """The WSGI application over one provider."""

    def __init__(self, provider: Provider, *, public_url: str | None = None) -> None:
        self._provider = provider
        self._public_url = public_url

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = MAX_BODY
        try:
            response = self._respond(request)
        except Exception:  # noqa: BLE001 (the last door: the caller gets a 500)
            traceback.print_exc(file=sys.stderr)
            response = _json(Answer(500, {"error": {"type": "api_error", "message": "Broken"}}))
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response:
        if request.path.startswith("/v1/"):
            return self._api(request)
        if request.path.startswith("/_sandbox/"):
            return self._side_door(request)
        return hosted.respond(self._provider, request)

    def _api(self, request: Request) -> Response:
        request_id = new_id("req")
        try:
            answer = self._provider.answer(self._asked(request, request_id))
        except ApiError as refused:
            answer = Answer(refused.status, refused.body())
        response = _json(answer)
        response.headers["Request-Id"] = request_id
        response.headers["Stripe-Version"] = request.headers.get("Stripe-Version", API_VERSION)
        if key := request.headers.get("Idempotency-Key"):
            response.headers["Idempotency-Key"] = key[:255]
        if answer.replayed_from:
            response.headers["Idempotent-Replayed"] = "true"
            response.headers["Original-Request"] = answer.replayed_from
        if self._provider.knobs.loses_answer():
            _hang_up(request)
        return response

    def _asked(self, request: Request, request_id: str) -> Asked:
        account, connected = _authenticated(request)
        route, ids = _routed(_API.bind("sandbox"), request)
        if status := self._provider.knobs.take_failure():
            raise Injected(status)
        return Asked(
            route=route,
            path=request.path,
            ids=ids,
            params=_params(request),
            account=account,
            connected=connected,
            request_id=request_id,
            key=checked_key(request.headers.get("Idempotency-Key")),
            base_url=self._public_url or request.host_url.rstrip("/"),
        )

    def _side_door(self, request: Request) -> Response:
        try:
            hosted.refuse_other_sites(request)
            return _json(Answer(200, self._inside(request)))
        except ApiError as refused:
            return _json(Answer(refused.status, refused.body()))

    def _inside(self, request: Request) -> Json:
        door = request.path.removeprefix("/_sandbox/")
        wanted = _json_body(request)
        if act := _SIDE_DOOR.get((request.method, door)):
            return act(self._provider, wanted)
        found = re.fullmatch(r"([a-z]+)/([A-Za-z0-9_]+)/([a-z]+)", door)
        if found and request.method == "POST" and (found[1], found[3]) in _NOUN_DOOR:
            return _NOUN_DOOR[found[1], found[3]](self._provider, found[2], wanted)
        raise NotFound(f"Unknown control endpoint: {request.method} {request.path}")


def _json(answer: Answer) -> Response:
    response = Response(json.dumps(answer.body, indent=2) + "\n", status=answer.status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-cache, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _authenticated(request: Request) -> tuple[str, bool]:
    """Return the account and whether the Stripe-Account header chose it."""
    given = request.authorization
    key = ""
    if given is not None:
        key = (given.token if given.type == "bearer" else given.username) or ""
    if not key:
        raise Unauthorised(
            "You did not provide an API key. You need to provide your API key in the Authorization "
            "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    if not re.fullmatch(r"sk_test_[A-Za-z0-9_]{1,247}", key):
        raise Unauthorised(f"Invalid API Key provided: {key[:8]}{'*' * 8}{key[-4:]}")
    header = request.headers.get("Stripe-Account")
    if header is None:
        return account_of(key), False
    if not _ACCOUNT.match(header):
        raise Forbidden(
            f"The provided key does not have access to account '{header[:80]}' (or that account "
            "does not exist). Application access may have been revoked.",
            code="account_invalid",
        )
    return header, True


def _routed(adapter: MapAdapter, request: Request) -> tuple[Route, dict[str, str]]:
    try:
        route, ids = adapter.match(request.path, method=request.method)
    except HTTPException:
        raise NotFound(
            f"Unrecognized request URL ({request.method}: {request.path}). The local sandbox does "
            "not implement it, or Stripe does not know it."
        ) from None
    return route, dict(ids)


def _params(request: Request) -> Json:
    if request.method == "GET":
        text = request.query_string.decode("utf-8", "replace")
    else:
        text = _body(request).decode("utf-8", "replace")
        kind = request.mimetype
        if text and kind != "application/x-www-form-urlencoded":
            raise ApiError(
                "Invalid request (check that your POST content type is "
                f"application/x-www-form-urlencoded), got {kind or 'none'}."
            )
    try:
        return nested(parse_qsl(text, keep_blank_values=True, max_num_fields=5000))
    except ValueError:
        raise ApiError("Too many parameters.") from None


def _body(request: Request) -> bytes:
    try:
        return request.get_data()
    except HTTPException:
        raise TooLarge(f"The request body is larger than {MAX_BODY} bytes.") from None


def _json_body(request: Request) -> Json:
    text = _body(request)
    if request.method == "GET" or not text:
        return {}
    if request.mimetype != "application/json":  # keeps other sites' forms out
        raise ApiError("Send application/json.")
    try:
        wanted = json.loads(text)
    except ValueError:
        raise ApiError("The body is not JSON.") from None
    if not isinstance(wanted, dict):
        raise ApiError("The body must be a JSON object.")
    return wanted


def _hang_up(request: Request) -> None:
    """Close the connection under the answer, which was committed before."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
