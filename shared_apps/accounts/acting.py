from datetime import UTC, datetime

from django.http import HttpRequest

from kernel.actor import Actor
from kernel.clock import utc_now
from shared_apps.brands.entering import entered_brand
from shared_apps.partners.queries import partner_who_may_enter

LONGEST_LABEL = 160  # what the audit log keeps; an e-mail that stands for a name may be longer


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts in this request: an operator, a partner who entered by hand-off, else an anonymous customer."""
    request_id = str(getattr(request, "request_id", "")) or None
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and user.is_staff:
        roles = frozenset(user.groups.values_list("name", flat=True)) | (
            {"admin"} if user.is_superuser else frozenset()
        )
        return Actor(
            kind="operator", id=user.public_id, label=str(user)[:LONGEST_LABEL], roles=roles, request_id=request_id
        )
    return entered_partner(request) or Actor(
        kind="customer", id="anonymous", label="a visitor", roles=frozenset(), request_id=request_id
    )


def entered_partner(request: HttpRequest) -> Actor | None:
    """Return the partner who entered this brand by a hand-off, while that lasts; None otherwise.

    The end is an instant of the world, not of a test-mode brand's own clock, and no request moves it. Asked anew at
    each request: a user who was removed, or a brand that parted, ends the stay at once, in the portal and over the API.
    """
    told = request.session.get("partner") if hasattr(request, "session") else None
    if not told or datetime.fromisoformat(told["until"]) <= utc_now():
        return None
    if partner_who_may_enter(partner_ref=told["ref"], user_ref=told["user"], brand=entered_brand()) is None:
        return None
    request_id = str(getattr(request, "request_id", "")) or None
    return Actor(kind="partner", id=told["ref"], label=told["name"], roles=frozenset(), request_id=request_id)


def partner_host_user(request: HttpRequest) -> Actor | None:
    """Return who is signed in on the partner host, as the one who acts for a partner; None for nobody."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    request_id = str(getattr(request, "request_id", "")) or None
    return Actor(kind="partner", id=user.public_id, label=str(user)[:LONGEST_LABEL], request_id=request_id)


def authenticated_at(request: HttpRequest) -> datetime:
    """Return when the user last proved who they are in this session; the epoch when that is not on record."""
    proofs = request.session.get("account_authentication_methods") or []
    return datetime.fromtimestamp(max((proof["at"] for proof in proofs), default=0), UTC)
