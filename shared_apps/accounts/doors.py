"""The doors of the API: every operation declares who may pass, and nobody passes a door without a policy.

    @router.get("/offers", response=list[OfferOut])
    @door(may_see_catalog)
    @paginate(Pages)
    def offers(request: HttpRequest) -> QuerySet[Offer]: ...

Who asks is an operator's session (with CSRF when something is changed) or an API key of the brand:
`Authorization: Bearer sk_…`; at a `partner_door` the session of a partner who entered the brand's portal; at a
`partner_host_door` that of a user who signed in on the partner host. The policy is asked before the payload is read. A
name in the query that an operation does not take is refused: a filter passed over would let everything through.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial, wraps
from typing import Annotated, Any, cast

from django.conf import settings
from django.core.checks import Error, register
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.module_loading import import_string
from ninja import Field, NinjaAPI, Schema
from ninja.operation import Operation
from ninja.pagination import PaginationBase
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf, contribute_operation_callback
from rules.predicates import Predicate

from kernel.actor import Actor
from kernel.errors import Forbidden, InvalidInput, NotFound
from kernel.sentences import sentence
from shared_apps.accounts.acting import actor_of, entered_partner, partner_host_user
from shared_apps.accounts.actions import key_used
from shared_apps.accounts.errors import CsrfFailed, SignInNeeded
from shared_apps.accounts.models import User
from shared_apps.audit.actions import record
from shared_apps.brands.clock import now

Ref = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,11}_[0-9a-z]{26}$")]
PROBLEM = {
    "type": "object",
    "title": "Problem",
    "required": ["code", "message", "details"],
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "details": {"type": "object"}},
}
REFUSALS = {
    400: "The request cannot be read", 401: "Nobody is signed in", 403: "Not allowed", 404: "Not found",
    409: "Not possible in this state", 422: "The payload is wrong; each field is named",
}  # fmt: skip


def door[View: Callable[..., Any]](policy: Predicate) -> Callable[[View], View]:
    """Declare who may pass an operation: a predicate over the Actor, asked before anything is read."""

    return _declared(policy, lambda: [ApiKey(policy), Session(policy)])


def partner_door[View: Callable[..., Any]](policy: Predicate) -> Callable[[View], View]:
    """Declare a door for partners who entered this brand by a hand-off: their session there is the only way in."""
    return _declared(policy, lambda: [PartnerSession(policy)])


def partner_host_door[View: Callable[..., Any]](policy: Predicate) -> Callable[[View], View]:
    """Declare a door of the partner host, for who signed in there to act for partners."""
    return _declared(policy, lambda: [PartnerHostSession(policy)])


def actor_in(request: HttpRequest) -> Actor:
    """Return who passed the door."""
    return cast("Actor", request.auth)  # type: ignore[attr-defined]


def require(policy: Predicate, request: HttpRequest, subject: models.Model) -> None:
    """Ask a policy about one thing, behind the door; raises Forbidden and leaves an audit row."""
    if not policy.test(actor_in(request), subject):
        _deny(policy, actor_in(request), subject, request)


def found[Noun](noun: Noun | None) -> Noun:
    """Return what was looked up, or raise NotFound: unknown and another brand's are one answer."""
    if noun is None:
        raise NotFound
    return noun


class Pages(PaginationBase):
    """Pages of at most 100: `?page=2&page_size=50` → `{items, count}`; two queries whatever the size."""

    class Input(Schema):
        page: int = Field(1, ge=1, le=100_000)
        page_size: int = Field(50, ge=1, le=100)

    class Output(Schema):
        items: list[Any]
        count: int

    def paginate_queryset(
        self,
        queryset: QuerySet[Any] | Sequence[Any],
        pagination: Input,
        request: HttpRequest,  # noqa: ARG002  (the library names it)
        **params: Any,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Return one page and the number of all; what is no query has a length and slices, as a list has."""
        start = (pagination.page - 1) * pagination.page_size
        count = queryset.count() if isinstance(queryset, QuerySet) else len(queryset)
        return {"items": queryset[start : start + pagination.page_size], "count": count}


class Listing[Row: models.Model, Said](Sequence[Said]):
    """A list whose rows are told a page at a time: `tell` reads at once what the rows of one page need."""

    def __init__(self, rows: QuerySet[Row], tell: Callable[[list[Row]], list[Said]]) -> None:
        self.rows, self.tell = rows, tell

    def __len__(self) -> int:
        """Return how many rows there are."""
        return self.rows.count()

    def __getitem__(self, run: Any) -> Any:
        """Tell the rows of a slice."""
        return self.tell(list(self.rows[run]))


class ApiKey(HttpBearer):
    """An API key of the entered brand."""

    def __init__(self, policy: Predicate) -> None:
        super().__init__()
        self.policy = policy

    def __call__(self, request: HttpRequest) -> Actor | None:
        # Whoever sends a header means it: a wrong key never falls back on a cookie.
        if "Authorization" not in request.headers:
            return None
        actor = super().__call__(request)
        if actor is None:
            raise SignInNeeded
        return cast("Actor", actor)

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """Return who the key is, if it may pass."""
        key = key_used(secret=token.strip(), at=now())
        if key is None:
            return None
        request_id = str(getattr(request, "request_id", "")) or None
        actor = Actor("operator", key.public_id, str(key), frozenset(key.roles), request_id, key.owner.public_id)
        return _passed(self.policy, actor, key, request)


class Session(APIKeyCookie):
    """The session of an operator who signed in on this brand's host."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, policy: Predicate) -> None:
        super().__init__(csrf=False)
        self.policy = policy

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:  # noqa: ARG002
        """Return the operator, if allowed to pass; raises CsrfFailed when a change comes from elsewhere."""
        actor = actor_of(request)
        if actor.kind != "operator" or not isinstance(request.user, User):
            return None
        if check_csrf(request) is not None:
            raise CsrfFailed
        return _passed(self.policy, actor, request.user, request)


class PartnerSession(APIKeyCookie):
    """The session of a partner who entered this brand's portal, while the hand-off lasts."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, policy: Predicate) -> None:
        super().__init__(csrf=False)
        self.policy = policy

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:  # noqa: ARG002
        """Return the partner, if allowed to pass; raises CsrfFailed when a change comes from elsewhere."""
        actor = entered_partner(request)
        if actor is None:
            return None
        if check_csrf(request) is not None:
            raise CsrfFailed
        return _passed(self.policy, actor, request.tenant, request)  # type: ignore[attr-defined]


class PartnerHostSession(APIKeyCookie):
    """The session of a user who signed in on the partner host."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, policy: Predicate) -> None:
        super().__init__(csrf=False)
        self.policy = policy

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:  # noqa: ARG002
        """Return the user, if allowed to pass; raises CsrfFailed when a change comes from elsewhere."""
        actor = partner_host_user(request)
        if actor is None or not isinstance(request.user, User):
            return None
        if check_csrf(request) is not None:
            raise CsrfFailed
        return _passed(self.policy, actor, request.user, request)


@register()
def every_operation_declares_a_policy(**_: Any) -> list[Error]:
    """An operation without a policy stops the start: a forgotten door is an open door."""
    return [
        Error(f"{name}: {operation.methods[0]} {path} declares no policy", hint="Add @door(may_…).", id="accounts.E001")
        for name in settings.GUARDED_APIS
        for path, operation in operations_of(import_string(name))
        if getattr(operation.view_func, "door_policy", None) is None
    ]


def operations_of(api: NinjaAPI) -> Iterator[tuple[str, Operation]]:
    """Yield every operation of an API with its path."""
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                yield f"{router.prefix}{path}", operation


def _declared(policy: Predicate, keys: Callable[[], list[Any]]) -> Callable[[Any], Any]:
    def declare(view: Any) -> Any:
        view.door_policy = policy
        contribute_operation_callback(view, partial(_guard, keys))
        return view

    return declare


def _guard(keys: Callable[[], list[Any]], operation: Operation) -> None:
    operation.auth_param = operation.auth_callbacks = keys()
    refusals = {
        status: {"description": text, "content": {"application/json": {"schema": PROBLEM}}}
        for status, text in REFUSALS.items()
    }
    operation.openapi_extra = {"responses": refusals} | (operation.openapi_extra or {})
    operation.view_func = _knowing(operation.view_func, names_of(operation))


def names_of(operation: Operation) -> list[str]:
    """Return the names that an operation takes in the query, in the order of its document."""
    asked = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    return [name for model in asked for name in model.__ninja_flatten_map__]


def _knowing(view: Callable[..., Any], known: list[str]) -> Callable[..., Any]:
    choices = ", ".join(known)
    told = sentence("is no filter here; there are %(choices)s", choices=choices)
    message = told if known else sentence("is no filter here")

    @wraps(view)
    def strict(request: HttpRequest, **values: Any) -> Any:
        unknown = [{"field": name, "message": message} for name in request.GET if name not in known]
        if unknown:
            raise InvalidInput(errors=unknown)
        return view(request, **values)

    return strict


def _passed(policy: Predicate, actor: Actor, who: models.Model, request: HttpRequest) -> Actor:
    if not policy.test(actor):
        _deny(policy, actor, who, request)
    return actor


def _deny(policy: Predicate, actor: Actor, subject: models.Model, request: HttpRequest) -> None:
    asked = {"policy": policy.name, "method": request.method, "path": request.path[:300]}
    record(actor=actor, verb="permission.denied", subject=subject, at=now(), after=asked)
    raise Forbidden
