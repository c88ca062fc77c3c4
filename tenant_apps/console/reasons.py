"""How the console says what a commission line is, why it is what it is, and why it waits."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kernel.sentences import Sentence
from shared_apps.accounts.wording import reader_text
from shared_apps.partners.states import PayoutMethod
from tenant_apps.commissions.states import HoldReason, Kind, Reason
from tenant_apps.disputes.states import Grounds
from tenant_apps.reports.states import Dimension, ExportKind
from tenant_apps.settlements.states import VatTreatment

if TYPE_CHECKING:
    from tenant_apps.attribution.models import Policy

KINDS = {
    Kind.EARNING: _("Commission accrued"),
    Kind.LEVEL: _("Commission of a level accrued"),
    Kind.BONUS: _("Bonus"),
    Kind.TRUE_UP: _("Tiers made true"),
    Kind.MANUAL: _("Line written by hand"),
    Kind.ADJUSTMENT: _("Disputed part split off"),
    Kind.REVERSAL: _("Commission reversed"),
    Kind.CLAWBACK: _("Clawback"),
    Kind.REINSTATEMENT: _("Commission given back"),
}
REASONS = {
    Reason.NO_RULE: _("No rule of the contract covers this product."),
    Reason.NO_CONTRACT: _("No contract was in force for this currency."),
    Reason.NO_RATE: _("No exchange rate of its day was recorded, so it was not converted."),
    Reason.WINDOW_OVER: _("The time in which this customer earns commission is over."),
    Reason.UNKNOWN_FACT: _("A fact that the contract asks for is not known."),
    Reason.CAP: _("The cap of the contract was reached."),
    Reason.REFUND: _("The customer got money back."),
    Reason.DISPUTE: _("The customer's bank disputes the payment."),
    Reason.MONEY_BACK: _("The money stayed with the brand after all."),
    Reason.KEPT_BY_TERMS: _("The customer got money back, but the contract leaves the commission to the partner."),
    Reason.REATTRIBUTED: _("A later decision shares this sale otherwise."),
    Reason.SOURCE_CANCELED: _("The commission it is paid on was canceled."),
    Reason.DISPUTED: _("Another partner claims this part."),
    Reason.WRITTEN_OFF: _("Written off with the approval of a second person."),
    Reason.MANUAL: _("An operator wrote it by hand."),
}
HOLDS = {
    HoldReason.MANUAL: _("Held by an operator."),
    HoldReason.DUPLICATE: _("It may be the same sale as another one."),
    HoldReason.FRAUD: _("It is looked at for fraud."),
    HoldReason.DISPUTED: _("Another partner claims it; the claim decides."),
}
GROUNDS = {
    Grounds.TOUCH_MISSING: _("A touch is not on record"),
    Grounds.CODE_IGNORED: _("A code was used"),
    Grounds.REGISTERED_DEAL: _("The customer was registered"),
    Grounds.OWN_CUSTOMER: _("It is the partner's own customer"),
    Grounds.WRONG_SHARE: _("The share is too small"),
    Grounds.OTHER: _("Something else"),
}
DIMENSIONS = {
    Dimension.STATE: _("state"), Dimension.PARTNER: _("partner"), Dimension.SITE: _("site"),
    Dimension.CAMPAIGN: _("campaign"), Dimension.PLACEMENT: _("placement"), Dimension.ROLE: _("role"),
    Dimension.PROGRAM: _("program"), Dimension.MONTH: _("month"),
}  # fmt: skip
ROWS = {
    ExportKind.COMMISSIONS: _("Commissions"), ExportKind.TRANSFERS: _("Transfers of the ledger"),
    ExportKind.SETTLEMENTS: _("Settlements"), ExportKind.STATEMENT_LINES: _("Lines of statements"),
    ExportKind.ATTRIBUTIONS: _("Attributions"), ExportKind.ORDERS: _("Orders"), ExportKind.SIMULATION: _("Simulation"),
}  # fmt: skip
UNPAID = {
    "below_minimum": _("Below the minimum payout: carried forward."),
    "negative": _("Negative: carried forward until it is earned back."),
    "balanced": _("Earned and taken back are equal: nothing to pay."),
}
GAPS = {
    "legal_name": _("legal name"), "legal_address": _("address"), "country": _("country"),
    "vat_status": _("how it stands to VAT"), "vat_id": _("VAT number"), "payout_method": _("where its money goes"),
    "self_billing": _("that you may bill yourself in its name"),
}  # fmt: skip


WAYS = {
    PayoutMethod.BANK: _("Bank transfer"), PayoutMethod.STRIPE: _("Stripe account"),
    PayoutMethod.MANUAL: _("By hand, as agreed with each brand"),
}  # fmt: skip
UNSENT = {
    "frozen": _("its account was changed; nothing leaves for some days"),
    "not_waiting": _("it does not wait to be paid"),
    "profile_incomplete": _("its payout profile is not complete"), "other_method": _("it wants its money another way"),
    "unpayable": _("no bank would take it"),
}  # fmt: skip


def unsent_text(code: str) -> str:
    """Return why a row of a batch cannot leave; a sentence of the bank's rules is one already."""
    return str(UNSENT[code]) if code in UNSENT else reader_text(code)


def unpaid_text(code: str) -> str:
    """Return why a settlement pays nothing."""
    return str(UNPAID.get(code, code))


def gaps_text(codes: Iterable[str]) -> str:
    """Return what a partner has yet to say, in one breath."""
    return ", ".join(str(GAPS.get(code, code)) for code in codes)


VAT = {
    VatTreatment.DOMESTIC: _("Domestic: VAT is added."),
    VatTreatment.REVERSE_CHARGE: _("Reverse charge: the brand owes the VAT."),
    VatTreatment.OUTSIDE_SCOPE: _("Supplied abroad: no VAT."),
    VatTreatment.SMALL_BUSINESS: _("The partner is exempt as a small business."),
    VatTreatment.PRIVATE: _("The partner does not act as a business."),
    VatTreatment.STATUS_UNKNOWN: _("No VAT was added: the partner has not said its tax status."),
    VatTreatment.BRAND_UNKNOWN: _("No VAT was added: the brand's own country is not known."),
    VatTreatment.VAT_ID_MISSING: _("No VAT was added: a VAT number is missing."),
    VatTreatment.RATE_UNKNOWN: _("No VAT was added: the country's rate is not known; say it, then correct."),
}


def vat_text(treatment: str) -> str:
    """Return why there is VAT on a settlement, or none."""
    return str(VAT[VatTreatment(treatment)])


def policy_text(policy: "Policy") -> str:
    """Return which version of the brand's or of a program's attribution policy it is."""
    if policy.program_id:
        return gettext("%(program)s: policy v%(number)s") % {"program": policy.program, "number": policy.number}
    return gettext("Policy v%(number)s") % {"number": policy.number}


def kind_text(kind: str) -> str:
    """Return what a line of this kind is."""
    return str(KINDS[Kind(kind)])


def reason_text(code: str) -> str:
    """Return the sentence of a reason or a hold; a text that a person wrote stays as it is."""
    if isinstance(code, Sentence):
        return reader_text(code)
    if code in list(HoldReason) and code not in list(Reason):
        return str(HOLDS[HoldReason(code)])
    return str(REASONS[Reason(code)]) if code in list(Reason) else code
