"""Examples of what gives credit: registered deals, agents' entries, duplicates, policies."""

from collections.abc import Callable
from typing import Any

from kernel.actor import system
from kernel.clock import utc_now
from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.draining import drain_schema
from tenant_apps.attribution import actions
from tenant_apps.attribution.models import AgentEntry, Deal, DuplicateSuspicion, Import, Policy
from tenant_apps.orders.actions import mark_paid, place_order
from tenant_apps.orders.models import Order
from tests.api.example import Example
from tests.commissions import selling
from tests.conftest import brand_named

DEED: dict[str, Any] = {"actor": system("tests"), "at": utc_now()}
SECRET_WORD = "onlyaurora"


def a_deal(number: int = 1, *, qualified: bool = False) -> Deal:
    deal = actions.register_deal(
        enrollment=selling.partner(f"{SECRET_WORD}{number}"), company=SECRET_WORD, email=f"ann@tea{number}.example",
        domain="", phone="", note="", expected_minor=0, **DEED,
    )  # fmt: skip
    return actions.qualify_deal(deal=deal, reason="", **DEED) if qualified else deal


def deal(verb: str = "", body: Any = None, *, qualified: bool = False, once: bool = True) -> Example:
    ref = a_deal(qualified=qualified).public_id
    return Example(f"/deals/{ref}{verb}", body, has_id=True, words=[ref], once=bool(verb) and once)


def registered() -> Example:
    enrollment = selling.partner(SECRET_WORD)
    body = {"enrollment": enrollment.public_id, "company": "Tea", "domain": "tea.example"}
    return Example("/deals", body, has_id=True, words=[enrollment.public_id])


def an_order(number: int = 1, source: str = "test") -> Order:
    offers = selling.Offer.objects
    offer = offers.first() or selling.offer_at(10_000)
    return place_order(
        offer=offer, quantity=1, currency="EUR", email=f"ann{number}@example.com", name=SECRET_WORD, visitor_ref="",
        via_code="", source=source, external_id=f"{source}-{number}", **DEED,
    )  # fmt: skip


def an_entry(number: int = 1) -> AgentEntry:
    enrollment = selling.partner(f"{SECRET_WORD}{number}")
    return actions.enter_agent(enrollment=enrollment, order=an_order(number), reason="by phone", **DEED)


def entry() -> Example:
    ref = an_entry().public_id
    return Example(f"/agent-entries/{ref}", has_id=True, words=[ref])


def entered() -> Example:
    enrollment, order = selling.partner(SECRET_WORD), an_order()
    body = {"enrollment": enrollment.public_id, "order": order.public_id, "reason": "by phone"}
    return Example("/agent-entries", body, words=[enrollment.public_id, order.public_id], has_id=True)


def a_suspicion(number: int = 1) -> DuplicateSuspicion:
    for source in ("test", "api"):
        mark_paid(order_ref=an_order(number, source).public_id, at=DEED["at"])
    while drain_schema():
        pass
    return DuplicateSuspicion.objects.latest("pk")


def duplicate(verb: str = "") -> Example:
    ref = a_suspicion().public_id
    return Example(f"/duplicates/{ref}{verb}", {} if verb else None, has_id=True, words=[ref], once=bool(verb))


def a_policy(number: int = 1) -> Policy:
    return actions.ensure_policy(terms={"model": "last", "window_days": number}, at=DEED["at"])


def policy() -> Example:
    ref = a_policy().public_id
    return Example(f"/attribution-policies/{ref}", has_id=True, words=[ref])


CSV = "external_id,at,partner,email\n{0},2026-03-09T10:00:00Z,{1},ann@example.com\n"


def a_file(number: int = 1) -> Import:
    selling.partner(f"{SECRET_WORD}{number}")
    text = CSV.format(SECRET_WORD, f"{SECRET_WORD}{number}")
    return actions.check_import(kind="touches", source=f"shop{number}", text=text, file_name="f.csv", **DEED)


def file(verb: str = "", body: Any = None, *, once: bool = False) -> Example:
    ref = a_file().public_id
    return Example(f"/imports/{ref}{verb}", body, has_id=True, words=[ref], once=once)


def sent_file() -> Example:
    text = "external_id,at,offer,email,amount,currency\nx,2026-03-09T10:00:00Z,tour,ann@example.com,1,EUR\n"
    selling.offer_at(100)
    with brand_entered(brand_named("Hanok")):  # its own offer: the same file is right there, too
        selling.offer_at(100)
    return Example("/imports", {"kind": "conversions", "source": "shop", "csv": text})


EXAMPLES: dict[str, Callable[[], Example]] = {
    "GET /deals": lambda: Example("/deals", words=[a_deal().public_id]),
    "POST /deals": registered,
    "GET /deals/{deal}": deal,
    "POST /deals/{deal}/qualify": lambda: deal("/qualify", {}),
    "POST /deals/{deal}/reject": lambda: deal("/reject", {"reason": "no"}),
    "POST /deals/{deal}/extend": lambda: deal("/extend", {"days": 3, "reason": "slow"}, qualified=True, once=False),
    "POST /deals/{deal}/withdraw": lambda: deal("/withdraw", {}),
    "GET /agent-entries": lambda: Example("/agent-entries", words=[an_entry().public_id]),
    "POST /agent-entries": entered,
    "GET /agent-entries/{entry}": entry,
    "GET /duplicates": lambda: Example("/duplicates", words=[a_suspicion().public_id]),
    "GET /duplicates/{duplicate}": duplicate,
    "POST /duplicates/{duplicate}/confirm": lambda: duplicate("/confirm"),
    "POST /duplicates/{duplicate}/dismiss": lambda: duplicate("/dismiss"),
    "GET /attribution-policies": lambda: Example("/attribution-policies", words=[a_policy().public_id]),
    "POST /attribution-policies": lambda: Example("/attribution-policies", {"terms": {"model": "linear"}}),
    "GET /attribution-policies/{policy}": policy,
    "GET /imports": lambda: Example("/imports", words=[a_file().public_id]),
    "POST /imports": sent_file,
    "GET /imports/{file}": file,
    "GET /imports/{file}/rows": lambda: file("/rows"),
    "POST /imports/{file}/start": lambda: file("/start", {}, once=True),
    "POST /imports/{file}/drop": lambda: file("/drop", {}, once=True),
}
LISTS: dict[str, Callable[[int], Any]] = {
    "/deals": a_deal, "/agent-entries": an_entry, "/duplicates": a_suspicion, "/attribution-policies": a_policy,
    "/imports": a_file,
}  # fmt: skip
