from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum

from shared_apps.brands.entering import brand_entered, entered_brand
from shared_apps.brands.models import Brand
from shared_apps.partners.queries import partners_netting_with, tax_profiles
from tenant_apps.commissions.queries import all_commissions
from tenant_apps.commissions.states import CommissionState
from tenant_apps.ledger import chart
from tenant_apps.ledger.queries import balances
from tenant_apps.settlements.models import Adjustment, Settlement
from tenant_apps.settlements.rules.setting_off import Untaxed, after_taxes, most_to_set_off
from tenant_apps.settlements.states import AdjustmentState, PayoutState


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleSetOff:
    """A debt of a partner at another brand that this one may set off: at most `most_minor` of what it owes."""

    partner_ref: str
    partner_name: str
    brand: Brand
    currency: str
    most_minor: int


def unsettled_balances(partner_refs: Iterable[str], *, as_proposed: bool = False) -> dict[tuple[str, str], int]:
    """Return what the entered brand owes partners by partner and currency, without what a payout is to pay already.

    Below zero where the partner owes; one whose account was never used is left out. Of both sides only what stays
    when the next close has withheld its tax on lines that are in none yet. `as_proposed` takes set-offs
    that wait for their decision as booked: what one of them holds, no other may.
    """
    accounts = {chart.partner_payable(ref).code: ref for ref in partner_refs}
    waiting = Settlement.objects.filter(partner_ref__in=accounts.values(), payout_minor__gt=0).filter(
        Q(payout=None) | Q(payout__state__in=[PayoutState.PLANNED, PayoutState.FAILED])
    )
    paying = waiting.order_by().values_list("partner_ref", "currency").annotate(Sum("payout_minor"))
    to_pay = {(partner, currency): minor for partner, currency, minor in paying}
    if as_proposed:
        open_ones = Adjustment.objects.filter(kind=Adjustment.Kind.SET_OFF, state=AdjustmentState.PROPOSED)
        held = open_ones.filter(partner_ref__in=accounts.values()).order_by().values_list("partner_ref", "currency")
        for partner, currency, minor in held.annotate(Sum("amount_minor")):
            to_pay[partner, currency] = to_pay.get((partner, currency), 0) - minor
    untaxed = _untaxed(accounts.values())
    return {
        (ref, currency): after_taxes(minor - to_pay.get((ref, currency), 0), untaxed.get((ref, currency), ()))
        for (code, currency), minor in balances(accounts).items()
        for ref in [accounts[code]]
    }


def _untaxed(partner_refs: Collection[str]) -> dict[tuple[str, str], list[Untaxed]]:
    """Return what partners' next settlements will tax, as of now, by partner and currency: three queries."""
    of_earlier = "reverses__settlement_line__settlement__{}_rate"
    lines = all_commissions().filter(
        partner_ref__in=partner_refs, state=CommissionState.PAYABLE, settlement_line=None
    )  # fmt: skip
    sums = lines.order_by().values_list(
        "partner_ref", "currency", of_earlier.format("withholding"), of_earlier.format("vat")
    )  # fmt: skip
    rates = {ref: profile.withholding_rate for ref, profile in tax_profiles(partner_refs).items()}
    found = defaultdict(list)
    for ref, currency, withheld, vat, minor in sums.annotate(Sum("amount_minor")):
        withholding = Decimal(rates[ref] if withheld is None else withheld)
        found[ref, currency].append(Untaxed(int(minor), withholding, Decimal(vat or 0)))
    return found


def possible_set_offs() -> list[PossibleSetOff]:
    """Return all debts at brands of the same legal entity that may be set off here now, by partner and brand.

    Both brands allow it and the partner agreed at both. Each other brand is entered once, however many partners.
    """
    here = entered_brand()
    by_brand = defaultdict(list)
    for partner, brand in partners_netting_with(here):
        by_brand[brand].append(partner)
    names = {partner.public_id: partner.name for partners in by_brand.values() for partner in partners}
    owed = unsettled_balances(names, as_proposed=True)
    found = []
    for brand, partners in by_brand.items():
        refs = [partner.public_id for partner in partners]
        with brand_entered(brand):
            there = unsettled_balances(refs, as_proposed=True)
        found += [
            PossibleSetOff(
                partner_ref=ref, partner_name=names[ref], brand=brand, currency=currency,
                most_minor=most_to_set_off(owed.get((ref, currency), 0), minor),
            )
            for (ref, currency), minor in there.items()
        ]  # fmt: skip
    return sorted(
        (each for each in found if each.most_minor),
        key=lambda each: (each.partner_name, each.partner_ref, each.brand.name, each.brand.pk, each.currency),
    )
