"""Partners that can be paid: their tax and account said, a month of theirs issued."""

from datetime import datetime, timedelta
from typing import Any

from kernel.actor import Actor
from kernel.clock import utc_now
from shared_apps.brands.entering import public_entered
from shared_apps.partners.actions import PayoutFacts, TaxFacts, say_payout, say_tax
from shared_apps.partners.models import Partner
from shared_apps.partners.states import AccountKind, PayoutMethod, VatStatus
from tenant_apps.payments.actions import record_transfer
from tenant_apps.payments.handlers import STRIPE as PROVIDER
from tenant_apps.payments.models import PartnerTransfer
from tenant_apps.payments.providers.stripe.contents import ReversalFact, TransferFact
from tenant_apps.programs.models import Enrollment
from tenant_apps.settlements.actions import (
    approve_batch,
    approve_period,
    close_period,
    issue_statement,
    make_batch,
    say_paying_account,
    send_batch,
)
from tenant_apps.settlements.models import PayingAccount, Payout, Settlement
from tenant_apps.settlements.states import BatchMethod
from tests.payments.selling import connect
from tests.settlements.books import ANNA, BEN, JUNE, MAY, earned, enrolled

ANN = Actor(kind="partner", id="usr_ann", label="Ann")
IBANS = ("DE89370400440532013000", "FR1420041010050500013M02606", "ES9121000418450200051332", "NL91ABNA0417164300")
LONG_AGO = utc_now() - timedelta(days=30)


def said(enrollment: Enrollment, *, at: datetime = LONG_AGO, **facts: Any) -> Enrollment:
    """Say a private person's tax, and a bank account unless told otherwise."""
    with public_entered():
        partner = Partner.objects.get(public_id=enrollment.partner_ref)
    deed: dict[str, Any] = {"partner": partner, "actor": ANN, "authenticated_at": at, "at": at}
    tax = TaxFacts(
        legal_name=partner.name, legal_address="Rua 1\nLisboa", country="PT", vat_status=VatStatus.PRIVATE
    )  # fmt: skip
    say_tax(facts=tax, **deed)
    bank = {"method": PayoutMethod.BANK, "holder": partner.name, "account_kind": AccountKind.IBAN, "account": IBANS[0]}
    say_payout(facts=PayoutFacts(**bank | facts), **deed)
    return enrollment


def paying(*, iban: str = "DE02120300000000202051") -> PayingAccount:
    return say_paying_account(holder="Aurora Journeys GmbH", iban=iban, bic="BYLADEM1001", actor=ANNA, at=MAY)


def issued_for(*amounts: tuple[Enrollment, int], currency: str = "EUR") -> list[Settlement]:
    """May with these earnings: closed, approved and issued; the settlements by partner's name."""
    for enrollment, amount in amounts:
        earned(enrollment, amount, MAY, currency=currency)
    period = close_period(label="2026-05", actor=ANNA, at=JUNE)
    approve_period(period=period, actor=BEN, at=JUNE)
    settlements = list(period.settlements.order_by("partner_name"))
    for settlement in settlements:
        issue_statement(settlement=settlement, at=JUNE)
    return list(period.settlements.order_by("partner_name"))


def transferred(deal: Enrollment, amount: int, *parts: int) -> Payout:
    """A payout of May by a transfer at Stripe of which these parts came back, one by one; the caller drains."""
    connect("sk_test_transferred")
    issued_for((said(deal, method=PayoutMethod.STRIPE, stripe_account="acct_1A2b3C4d5E6f"), amount))
    batch = make_batch(method=BatchMethod.STRIPE, currency="EUR", actor=ANNA, at=JUNE)
    send_batch(batch=approve_batch(batch=batch, actor=BEN, at=JUNE), actor=BEN, at=JUNE)
    payout = Payout.objects.get(batch=batch)
    for count in range(len(parts) + 1):
        told(payout, *parts[:count])
    return payout


def told(payout: Payout, *parts: int, at: datetime = JUNE) -> None:
    """Stripe's word of a payout's transfer: it arrived, and these parts of it came back."""
    transfer = PartnerTransfer.objects.select_related("account").get(payout_ref=payout.public_id)
    reversals = tuple(
        ReversalFact(reversal_id=f"trr_{payout.public_id}_{number}", amount_minor=minor)
        for number, minor in enumerate(parts)
    )
    fact = TransferFact(
        transfer_ref=transfer.public_id, transfer_id=f"tr_{payout.public_id}", destination=transfer.destination,
        amount_minor=transfer.amount_minor, currency=transfer.currency, reversed_minor=sum(parts), reversals=reversals,
    )  # fmt: skip
    record_transfer(fact=fact, account_id=transfer.account.account_id, actor=PROVIDER, at=at)


def payable(brand: Any, *amounts: int) -> list[Settlement]:
    """One settlement per amount, of partners with a bank account each."""
    deals = [
        said(enrolled(brand, f"Partner {number}"), account=IBANS[number % len(IBANS)]) for number in range(len(amounts))
    ]
    return issued_for(*zip(deals, amounts, strict=True))
