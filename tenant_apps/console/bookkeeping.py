"""How the console says what the books hold: accounts by their names, entries by what caused them."""

import re
from collections.abc import Iterable, Mapping

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from tenant_apps.settlements.documents import Bounded, period_text

ACCOUNTS = {
    "processor": gettext_noop("Held by the payment provider"),
    "bank": gettext_noop("Bank account"),
    "dispute_receivable": gettext_noop("Disputed payments"),
    "dispute_fees": gettext_noop("Fees for disputes"),
    "sales": gettext_noop("Sales"),
    "tax": gettext_noop("Tax collected"),
    "commission_expense": gettext_noop("Commission expense"),
    "partner_pending": gettext_noop("Pending commission"),
    "partner_payable": gettext_noop("Payable to the partner"),
    "payout_in_transit": gettext_noop("Payout in transit"),
    "partner_reserve": gettext_noop("Reserve of the partner"),
    "input_tax": gettext_noop("Input VAT"),
    "set_off": gettext_noop("Debts set off with another brand"),
    "withholding_tax": gettext_noop("Tax withheld"),
}
"""By the name that stands in the code of an account, before the id of a partner or a brand."""
CAUSES = {
    ("charge", "captured"): gettext_noop("Payment received"),
    ("refund", "succeeded"): gettext_noop("Refund"),
    ("dispute", "withdrawn"): gettext_noop("Disputed payment taken back"),
    ("dispute", "reinstated"): gettext_noop("Disputed payment put back"),
    ("dispute", "fee"): gettext_noop("Fee for a dispute"),
    ("dispute", "fee_returned"): gettext_noop("Fee for a dispute given back"),
    ("dispute", "lost"): gettext_noop("Lost dispute"),
    ("commission", "accrued"): gettext_noop("Commission accrued"),
    ("commission", "matured"): gettext_noop("Commission payable: the hold is over"),
    ("commission", "reversed"): gettext_noop("Commission reversed"),
    ("commission", "clawed_back"): gettext_noop("Clawback"),
    ("commission", "reinstated"): gettext_noop("Commission given back"),
    ("commission", "frozen"): gettext_noop("Disputed part split off"),
    ("commission", "canceled"): gettext_noop("Commission canceled"),
    ("settlement", "closed"): gettext_noop("Tax and reserve of a settlement"),
    ("settlement", "reset"): gettext_noop("Negative balance written off, as the contract says"),
    ("adjustment", "approved"): gettext_noop("Adjustment approved"),
    ("payout", "requested"): gettext_noop("Payout requested"),
    ("payout", "paid"): gettext_noop("Payout arrived"),
    ("payout", "failed"): gettext_noop("Payout failed"),
    ("payout", "returned"): gettext_noop("Payout came back"),
}
"""By the first and the last part of a cause: what it is of, and what happened to that."""
_ORDER = re.compile(r"ord_\w+")
_PERIOD = re.compile(r"\d{4}-(?:\d{2}(?:-H[12])?|W\d{2})\b")


def account_text(code: str, partners: Mapping[str, str]) -> str:
    """Return the name of an account; a partner's has the partner's name behind it."""
    place, _colon, ref = code.partition(":")
    named = _(ACCOUNTS[place]) if place in ACCOUNTS else place
    return f"{named} · {partners.get(ref, ref)}" if ref else named


def orders_named(descriptions: Iterable[str]) -> set[str]:
    """Return the ids of the orders that entries tell of."""
    return {ref for description in descriptions for ref in _ORDER.findall(description)}


def labels_named(descriptions: Iterable[str]) -> set[str]:
    """Return the labels of the periods that entries tell of."""
    return {label for description in descriptions for label in _PERIOD.findall(description)}


def entry_text(cause: str, description: str, numbers: Mapping[str, int], periods: Mapping[str, Bounded]) -> str:
    """Return what an entry books, with the order, the period (as its bounds name it) or the reason it tells of.

    The books keep an English description for ever; a cause nobody foresaw is told by it.
    """
    kind, _colon, rest = cause.partition(":")
    said = CAUSES.get((kind, rest.rpartition(":")[2]))
    if said is None:
        return description
    about = ""
    if order := _ORDER.search(description):
        about = f"#{numbers[order[0]]}" if order[0] in numbers else order[0]
    elif kind == "settlement" and (label := _PERIOD.search(description)):
        about = period_text(periods.get(label[0], label[0]), language=get_language() or "en")
    elif kind == "adjustment":
        about = description.partition(": ")[2]
    return f"{_(said)} · {about}" if about else _(said)
