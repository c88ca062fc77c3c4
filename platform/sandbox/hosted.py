"""The hosted page's requests: show it, pay, decline; turning back leaves the session open."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from urllib.parse import urlsplit

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from . import pages
from .calls import Call
from .cards import BY_NUMBER, Card, digits
from .checkout import Buyer, leave_address, pay, return_address
from .errors import ApiError, Forbidden, NotFound
from .pages import Filled, Look
from .provider import Provider
from .store import Json
from .words import LANGUAGES, words_for

_PATH = re.compile(r"^/c/pay/(cs_test_[A-Za-z0-9]+)$")


def respond(provider: Provider, request: Request) -> Response:
    """Answer a browser: the checkout page, a redirect after payment, or a page that says why not."""
    nonce = secrets.token_urlsafe(16)
    found = _PATH.match(request.path)
    if found is None:
        return _page(pages.lost(_look(provider, request, None, nonce)), nonce, 404)
    try:
        return _checkout(provider, request, found[1], nonce)
    except NotFound:
        return _page(pages.lost(_look(provider, request, None, nonce)), nonce, 404)
    except Forbidden as refused:
        return Response(refused.message, status=403, mimetype="text/plain")


def refuse_other_sites(request: Request) -> None:
    """Raise Forbidden when a browser sends this from a page of another origin."""
    origin = request.headers.get("Origin")
    if request.method != "GET" and origin is not None and urlsplit(origin).netloc != request.host:
        raise Forbidden("Requests from other sites are refused.")


def _checkout(provider: Provider, request: Request, id_: str, nonce: str) -> Response:
    if request.method not in ("GET", "HEAD", "POST"):
        return Response(status=405, headers={"Allow": "GET, HEAD, POST"})
    if request.method == "POST":
        refuse_other_sites(request)
        return _pay(provider, request, id_, nonce)
    session = provider.session(id_)
    look = _look(provider, request, session, nonce)
    if session["status"] != "open":
        return _closed(session, look, nonce)
    email = session["customer_email"] or (session["customer_details"] or {}).get("email") or ""
    return _page(pages.form(look, session, Filled(email=email), {}, None), nonce, 200)


def _pay(provider: Provider, request: Request, id_: str, nonce: str) -> Response:
    filled = Filled(
        email=request.form.get("email", "").strip()[:512],
        card=request.form.get("card", "").strip()[:40],
        expiry=request.form.get("expiry", "").strip()[:12],
        cvc=request.form.get("cvc", "").strip()[:8],
        name=request.form.get("name", "").strip()[:200],
    )

    def act(call: Call, session: Json) -> tuple[Json, dict[str, str], Card | None]:
        free = session["amount_total"] == 0
        wrong = _wrong(filled, now=call.now, free=free)
        if session["status"] != "open" or wrong:
            return session, wrong, None
        card = BY_NUMBER.get(digits(filled.card), pages.FREE)
        paid = pay(call, session, card, Buyer(email=filled.email, name=filled.name))
        return session, {}, None if paid else card

    try:
        session, wrong, declined = provider.at_session(id_, act)
    except NotFound:
        raise
    except ApiError:  # its time was over between the click and the sweep
        session, wrong, declined = provider.session(id_), {}, None
        look = _look(provider, request, session, nonce)
        return _page(pages.expired(look, leave_address(session)), nonce, 410)
    look = _look(provider, request, session, nonce)
    if session["status"] != "open":
        return _closed(session, look, nonce)
    status = 402 if declined else 422
    return _page(pages.form(look, session, filled, wrong, declined), nonce, status)


def _closed(session: Json, look: Look, nonce: str) -> Response:
    if session["status"] == "complete":
        return redirect(return_address(session), 303)
    return _page(pages.expired(look, leave_address(session)), nonce, 410)


def _wrong(filled: Filled, *, now: int, free: bool) -> dict[str, str]:
    """Return the word key of what is wrong with each field."""
    wrong = {}
    local, at, host = filled.email.rpartition("@")
    if not (local and at and "." in host) or " " in filled.email:
        wrong["email"] = "need_email"
    if free:
        return wrong
    if digits(filled.card) not in BY_NUMBER:
        wrong["card"] = "need_card"
    if not _in_future(filled.expiry, now):
        wrong["expiry"] = "need_expiry"
    if not re.fullmatch(r"[0-9]{3,4}", filled.cvc):
        wrong["cvc"] = "need_cvc"
    if not filled.name:
        wrong["name"] = "need_name"
    return wrong


def _in_future(text: str, now: int) -> bool:
    found = re.fullmatch(r"(0[1-9]|1[0-2])\s*/?\s*(?:20)?([0-9]{2})", text)
    if found is None:
        return False
    today = datetime.fromtimestamp(now, UTC)
    return (2000 + int(found[2]), int(found[1])) >= (today.year, today.month)


def _look(provider: Provider, request: Request, session: Json | None, nonce: str) -> Look:
    branding = (session or {}).get("branding_settings") or {}
    host = urlsplit((session or {}).get("success_url") or "").hostname
    brand = branding.get("display_name") or provider.knobs.brand or host or "Sandbox"
    accepted = request.accept_languages.best_match(list(LANGUAGES))
    return Look(
        brand=brand,
        accent=branding.get("button_color") or "",
        nonce=nonce,
        words=words_for((session or {}).get("locale"), accepted),
    )


def _page(html: str, nonce: str, status: int) -> Response:
    response = Response(html, status=status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
