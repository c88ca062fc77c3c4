"""Examples of what a partner asks of its own, and how its lists grow."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from shared_apps.audit.actions import seal_record
from shared_apps.brands.clock import now
from shared_apps.brands.entering import entered_brand
from tenant_apps.attribution.actions import register_deal
from tenant_apps.attribution.models import Attribution, Deal
from tenant_apps.attribution.queries import attribution_of_order
from tenant_apps.commissions.models import Commission
from tenant_apps.disputes.actions import add_evidence, open_dispute, submit_claim
from tenant_apps.disputes.models import CreditDispute, Evidence
from tenant_apps.programs.models import Enrollment
from tenant_apps.settlements import actions
from tenant_apps.settlements.models import Statement
from tests.api.disputing import drained
from tests.api.example import Example
from tests.commissions import selling
from tests.disputes.claiming import OPS, PROOF, as_partner
from tests.settlements.books import ANNA, AUGUST, BEN, JULY, JUNE, MAY, earned
from tests.settlements.test_actions import taxed


def the_partner() -> Enrollment:
    found = Enrollment.objects.filter(partner_name="onlyaurora").first()
    return found or selling.partner("onlyaurora", selling.TEN_PERCENT)


def a_line(_: int = 1, **values: Any) -> Commission:
    return earned(the_partner(), 1700, MAY, **values)


def a_statement(number: int = 1) -> Statement:
    at, closed = ((MAY, JUNE), (JUNE, JULY), (JULY, AUGUST))[number - 1]
    earned(the_partner(), 1700, at)
    return issued(f"{at:%Y-%m}", closed)


def issued(label: str, at: datetime) -> Statement:
    drafted = actions.close_period(label=label, actor=ANNA, at=at).settlements.get()
    return actions.issue_statement(settlement=actions.approve(settlement=drafted, actor=BEN, at=at), at=at)


def a_decision(number: int = 1, *others: Enrollment) -> Attribution:
    for each in (*others, the_partner()):
        selling.visit(f"vis_{number}", each)
    offer = selling.Offer.objects.first() or selling.offer_at(10_000)
    decided = attribution_of_order(selling.accrued_order(offer, f"vis_{number}").public_id)
    assert decided is not None
    return decided


def a_deal(number: int = 1) -> Deal:
    own = the_partner()
    return register_deal(
        enrollment=own, company="onlyaurora", email=f"ann@tea{number}.example", domain="", phone="", note="",
        expected_minor=0, actor=as_partner(own), at=now(),
    )  # fmt: skip


def a_claim(number: int = 1) -> CreditDispute:
    own = the_partner()
    return submit_claim(
        order=f"#{number}", claimant=own, claimed="1/2", grounds="other", statement="Mine.", actor=as_partner(own),
        at=now(),
    )  # fmt: skip


class Mail:
    """A file of a form, which can be sent more than once."""

    name, content_type = "mail.txt", "text/plain"

    def __init__(self, content: bytes = b"I sent her to the shop.") -> None:
        self.content = content

    def read(self) -> bytes:
        return self.content


def heard(_: int = 1) -> CreditDispute:
    """A claim of omar's on a sale that the partner brought, of which it was told."""
    rival = selling.partner("omar", selling.TEN_PERCENT)
    selling.visit("vis_1", the_partner(), now() - selling.DAY)
    order = selling.paid_order(selling.offer_at(10_000), "vis_1", at=now())
    drained()
    made = open_dispute(
        order_ref=order.public_id, claimant=rival, claimed="1/2", grounds="other", statement="Mine.", actor=OPS,
        at=now(),
    )  # fmt: skip
    drained()
    return made


def a_piece() -> Evidence:
    claim = a_claim()
    [piece] = add_evidence(
        dispute=claim, enrollment=claim.claimant, files=[PROOF], actor=as_partner(claim.claimant), at=now()
    )
    return piece


def a_sealed_statement() -> Statement:
    statement = a_statement()
    seal_record(at=JUNE)
    return statement


def a_canceled_statement() -> Statement:
    statement = canceled(a_statement())
    seal_record(at=JUNE)
    return statement


def canceled(statement: Statement) -> Statement:
    """Correct a statement by the partner's VAT number: a credit note cancels it, and there is a next version."""
    taxed(entered_brand(), statement.settlement.partner_ref, vat_id="DE136695976")
    correction = actions.propose_correction(statement=statement, reason="VAT number", actor=ANNA, at=JUNE)
    actions.approve_correction(correction=correction, actor=BEN, at=JUNE)
    return statement


def asked(path: str, **body: str) -> Callable[[], Example]:
    def example() -> Example:
        own = the_partner()
        told = body | {"enrollment": own.public_id}
        once = path == "/partner/claims"
        return Example(path, told, has_id=True, once=once, words=[own.public_id], partner=own.partner_ref)

    return example


def listed(path: str, make: Callable[[], Any]) -> Callable[[], Example]:
    def example() -> Example:
        return Example(path, words=[make().public_id], partner=the_partner().partner_ref)

    return example


def named(path: str, make: Callable[[], Any], body: Any = None, **more: Any) -> Callable[[], Example]:
    def example() -> Example:
        ref = make().public_id
        about = path.format(ref)
        return Example(about, body, has_id=True, words=[ref], partner=the_partner().partner_ref, **more)

    return example


def forecast() -> Example:
    a_line(state="pending")
    return Example("/partner/forecast", partner=the_partner().partner_ref)


BACK = {"reason": "Mistaken."}
ANSWER = {"position": "contests", "statement": "She knew my blog.", "links": ["https://blog.example"]}
SHOWN = {"files": Mail(), "links": ["https://mail.example/1"]}
EXAMPLES: dict[str, Callable[[], Example]] = {
    "GET /partner/commissions": listed("/partner/commissions", a_line),
    "GET /partner/commissions/{commission}": named("/partner/commissions/{}", a_line),
    "GET /partner/forecast": forecast,
    "GET /partner/statements": listed("/partner/statements", a_statement),
    "GET /partner/statements/{statement}": named("/partner/statements/{}", a_statement),
    "GET /partner/statements/{statement}/lines": named("/partner/statements/{}/lines", a_statement),
    **{
        f"GET /partner/statements/{{statement}}/{kind}": named(f"/partner/statements/{{}}/{kind}", make)
        for kind, make in (
            ("pdf", a_statement),
            ("csv", a_statement),
            ("proof", a_sealed_statement),
            ("credit-note/pdf", a_canceled_statement),
            ("credit-note/csv", a_canceled_statement),
            ("credit-note/proof", a_canceled_statement),
        )
    },
    "GET /partner/decisions": listed("/partner/decisions", a_decision),
    "GET /partner/decisions/{decision}": named("/partner/decisions/{}", a_decision),
    "GET /partner/deals": listed("/partner/deals", a_deal),
    "POST /partner/deals": asked("/partner/deals", company="Tea", domain="tea.example"),
    "GET /partner/deals/{deal}": named("/partner/deals/{}", a_deal),
    "POST /partner/deals/{deal}/withdraw": named("/partner/deals/{}/withdraw", a_deal, {}, once=True),
    "GET /partner/claims": listed("/partner/claims", a_claim),
    "POST /partner/claims": asked("/partner/claims", order="#77", claimed="1/2", grounds="other", statement="Mine."),
    "GET /partner/claims/{claim}": named("/partner/claims/{}", a_claim),
    "POST /partner/claims/{claim}/answer": named("/partner/claims/{}/answer", heard, ANSWER),
    "POST /partner/claims/{claim}/evidence": named("/partner/claims/{}/evidence", a_claim, SHOWN, form=True),
    "GET /partner/claims/evidence/{evidence}/file": named("/partner/claims/evidence/{}/file", a_piece),
    "POST /partner/claims/{claim}/withdraw": named("/partner/claims/{}/withdraw", a_claim, BACK, once=True),
}
LISTS: dict[str, Callable[[int], Any]] = {
    "/partner/commissions": a_line,
    "/partner/statements": a_statement,
    "/partner/decisions": a_decision,
    "/partner/deals": a_deal,
    "/partner/claims": a_claim,
}
