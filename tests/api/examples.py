"""One example of each operation of the API: a noun of Aurora's, and how to ask about it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from kernel.actor import system
from kernel.clock import utc_now
from shared_apps.audit.actions import seal_record
from shared_apps.outbox.draining import drain_schema
from tenant_apps.attribution.queries import attribution_of_order
from tenant_apps.catalog.actions import create_offer, create_product
from tenant_apps.commissions.actions import hold_commission, record_exchange_rate, rehearse_pricing
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries import Selection, selection_preview
from tenant_apps.customers.actions import open_lead
from tenant_apps.ledger.actions import seal_books
from tenant_apps.programs.actions import enroll_partner, ensure_program, set_contract
from tests.api.contracting import EXAMPLES as CONTRACTING
from tests.api.correcting import EXAMPLES as CORRECTING
from tests.api.crediting import EXAMPLES as CREDITING
from tests.api.disputing import EXAMPLES as DISPUTING
from tests.api.example import Example
from tests.api.ordering import EXAMPLES as ORDERING
from tests.api.owning import EXAMPLES as OWNING
from tests.api.paying import EXAMPLES as PAYING
from tests.api.reporting import EXAMPLES as REPORTING
from tests.api.settling import EXAMPLES as SETTLING
from tests.commissions import selling
from tests.ledger.test_posting import captured

DEED: dict[str, Any] = {"actor": system("tests"), "at": utc_now()}
SECRET_WORD = "onlyaurora"


def offers() -> Example:
    product = create_product(code=SECRET_WORD, name="Tea", kind="service", **DEED)
    create_offer(product=product, slug=SECRET_WORD, title="Tea", **DEED)
    return Example("/offers")


def a_lead() -> Any:
    return open_lead(email=f"{SECRET_WORD}@example.com", **DEED)


def leads() -> Example:
    return Example("/leads", words=[a_lead().public_id])


def lead() -> Example:
    ref = a_lead().public_id
    return Example(f"/leads/{ref}", has_id=True, words=[ref])


def enrollments() -> Example:
    program = ensure_program(name="Partners", at=DEED["at"])
    deal = enroll_partner(
        program=program, partner_ref="par_1", name=SECRET_WORD, email="p@example.com", role="affiliate", **DEED
    )
    return Example("/partners/enrollments", words=[deal.public_id])


def preview() -> Example:
    weights = [{"key": "a", "weight": "1"}, {"key": "b", "weight": "2"}]
    return Example("/previews/split", body={"amount_minor": 100, "currency": "EUR", "weights": weights})


def a_commission() -> Commission:
    offer = selling.offer_at(10_000)
    deal = selling.partner(SECRET_WORD, selling.TEN_PERCENT)
    selling.visit("vis_1", deal)
    order = selling.paid_order(offer, "vis_1")
    while drain_schema():
        pass
    return Commission.objects.get(order_ref=order.public_id)


def attributions() -> Example:
    return Example("/attributions", words=[a_commission().order_ref])


def attribution() -> Example:
    decision = attribution_of_order(a_commission().order_ref)
    assert decision is not None
    return Example(f"/attributions/{decision.public_id}", has_id=True, words=[decision.public_id, decision.order_ref])


def commissions() -> Example:
    line = a_commission()
    return Example("/commissions", words=[line.public_id, line.order_ref])


def commission(verb: str = "", body: Any = None, *, once: bool = True) -> Example:
    line = a_commission()
    return Example(
        f"/commissions/{line.public_id}{verb}",
        body,
        has_id=True,
        once=once and bool(verb),
        words=[line.public_id, line.order_ref],
    )


def held() -> Example:
    example = commission("/release", {"reason": "checked"})
    hold_commission(commission=Commission.objects.get(), reason="odd", actor=selling.FINANCE, at=selling.AT)
    return example


def confirming(*, previewed: bool) -> Example:
    line = a_commission()
    asked: dict[str, Any] = {"partner": line.partner_ref}
    if previewed:
        return Example("/commissions/confirmations/preview", body=asked)
    asked["digest"] = selection_preview(Selection(partner=line.partner_ref)).digest
    return Example("/commissions/confirmations", body=asked, foreign=409, once=True)


def pricing(verb: str) -> Example:
    deal = selling.partner(SECRET_WORD)
    selling.visit("vis_1", deal)
    line = Commission.objects.get(order_ref=selling.accrued_order(selling.offer_at(10_000), "vis_1").public_id)
    set_contract(
        enrollment=deal, currency="EUR", rules=selling.TEN_PERCENT, effective_from=selling.AT - selling.DAY, **DEED
    )
    asked: dict[str, Any] = {"partner": line.partner_ref}
    if verb == "one":
        return Example(f"/commissions/{line.public_id}/price-again", {}, has_id=True, words=[line.order_ref])
    if verb == "preview":
        return Example("/commissions/pricings/preview", body=asked)
    asked["digest"] = rehearse_pricing(
        selection=Selection(partner=line.partner_ref), actor=selling.FINANCE, at=selling.AT
    ).digest
    return Example("/commissions/pricings", body=asked, foreign=409, once=True)


def by_hand() -> Example:
    ref = a_commission().enrollment.public_id
    body = {"amount_minor": -250, "currency": "EUR", "reason": "as agreed", "hold": "obey"}
    path = f"/partners/enrollments/{ref}/commissions"
    return Example(path, body, has_id=True, words=[ref], headers={"Idempotency-Key": "k1"})


def exchange_rates() -> Example:
    told: dict[str, Any] = {"base": "USD", "quote": "EUR", "rate": Decimal("0.9"), "day": selling.AT.date()}
    made = record_exchange_rate(**told, source=SECRET_WORD, actor=selling.FINANCE, at=selling.AT)
    return Example("/exchange-rates?base=USD", words=[made.public_id])


def exchanging() -> Example:
    told = {"base": "USD", "quote": "EUR", "rate": "0.9", "day": "2026-03-10", "source": "ECB"}
    return Example("/exchange-rates", body=told)


def seals() -> Example:
    captured()
    [seal] = seal_books(at=DEED["at"])
    return Example("/ledger/seals", words=[seal.hash, seal.root])


def record_seals() -> Example:
    a_lead()
    [seal] = seal_record(at=DEED["at"])
    return Example("/ledger/record-seals", words=[seal.hash, seal.root])


def trial_balance() -> Example:
    return Example("/ledger/trial-balance", words=[captured().transfers.get(position=0).debit.public_id])


EXAMPLES: dict[str, Callable[[], Example]] = {
    "GET /offers": offers,
    "GET /leads": leads,
    "GET /leads/{lead}": lead,
    "GET /partners/enrollments": enrollments,
    "POST /previews/{kind}": preview,
    "GET /attributions": attributions,
    "GET /attributions/{attribution}": attribution,
    "GET /commissions": commissions,
    "GET /commissions/{commission}": commission,
    "POST /commissions/confirmations/preview": lambda: confirming(previewed=True),
    "POST /commissions/confirmations": lambda: confirming(previewed=False),
    "POST /commissions/pricings/preview": lambda: pricing("preview"),
    "POST /commissions/pricings": lambda: pricing("all"),
    "POST /commissions/{commission}/price-again": lambda: pricing("one"),
    "POST /commissions/{commission}/confirm": lambda: commission("/confirm", once=False),
    "POST /partners/enrollments/{enrollment}/commissions": by_hand,
    "POST /commissions/{commission}/hold": lambda: commission("/hold", {"reason": "odd"}),
    "POST /commissions/{commission}/release": held,
    "POST /commissions/{commission}/cancel": lambda: commission("/cancel", {"reason": "fraud"}),
    "GET /exchange-rates": exchange_rates,
    "POST /exchange-rates": exchanging,
    "GET /ledger/seals": seals,
    **CREDITING,
    "GET /ledger/record-seals": record_seals,
    "GET /ledger/trial-balance": trial_balance,
    **DISPUTING,
    **PAYING,
    **REPORTING,
    **SETTLING,
    **CORRECTING,
    **CONTRACTING,
    **ORDERING,
    **OWNING,
}
