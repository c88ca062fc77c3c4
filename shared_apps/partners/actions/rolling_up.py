from datetime import date, datetime

from django.db import transaction

from kernel.sentences import sentence
from shared_apps.brands.entering import public_entered
from shared_apps.brands.models import Brand
from shared_apps.partners.errors import UnknownPartner
from shared_apps.partners.models import Partner, PartnerBalance, PartnerStatement


def record_balance(
    *, brand: Brand, partner_ref: str, currency: str, pending_minor: int, confirmed_minor: int, payable_minor: int,
    paid_minor: int, as_of: datetime,
) -> None:  # fmt: skip
    """Write what a partner has at a brand, per currency, in the transaction of the brand's own handler.

    A roll-up that is older than the one kept changes nothing, so handlers may run in any order.
    Raises UnknownPartner.
    """
    amounts = {
        "pending_minor": pending_minor, "confirmed_minor": confirmed_minor, "payable_minor": payable_minor,
        "paid_minor": paid_minor, "as_of": as_of,
    }  # fmt: skip
    with public_entered(), transaction.atomic():
        row, new = PartnerBalance.objects.get_or_create(
            partner=_known(partner_ref), brand=brand, currency=currency, defaults=amounts
        )
        if not new:
            PartnerBalance.objects.filter(pk=row.pk, as_of__lte=as_of).update(**amounts)


def record_statement(
    *, brand: Brand, partner_ref: str, settlement_ref: str, statement_ref: str, number: str, version: int,
    period_label: str, first_on: date, last_on: date, currency: str, net_minor: int, payout_minor: int,
    closing_minor: int, sha256: str, issued_at: datetime,
) -> None:  # fmt: skip
    """List a statement for its partner across brands; the document stays with the brand.

    Told again it is listed once; a later version takes the place of an earlier one. Raises UnknownPartner.
    """
    facts = {
        "statement_ref": statement_ref, "number": number, "version": version, "period_label": period_label,
        "first_on": first_on, "last_on": last_on, "currency": currency,
        "net_minor": net_minor, "payout_minor": payout_minor, "closing_minor": closing_minor,
        "sha256": sha256, "issued_at": issued_at,
    }  # fmt: skip
    with public_entered(), transaction.atomic():
        row, new = PartnerStatement.objects.get_or_create(
            brand=brand, settlement_ref=settlement_ref, defaults=facts | {"partner": _known(partner_ref)}
        )
        if not new:
            PartnerStatement.objects.filter(pk=row.pk, version__lt=version).update(**facts)


def _known(partner_ref: str) -> Partner:
    partner = Partner.objects.filter(public_id=partner_ref).first()
    if partner is None:
        raise UnknownPartner(sentence("There is no partner %(partner_ref)s.", partner_ref=partner_ref))
    return partner
