from datetime import datetime
from typing import Any

from django.db.models import CharField, F, Func, OuterRef, Q, Subquery, Value
from django.urls import reverse
from django.utils.translation import gettext as _

from shared_apps.audit.queries import record_seals
from tenant_apps.commissions.models import Commission
from tenant_apps.console.bookkeeping import account_text, entry_text, labels_named, orders_named
from tenant_apps.console.deeds import subject_text
from tenant_apps.ledger.models import Account, Entry
from tenant_apps.ledger.queries import account_history, seals, totals_of, trial_balance, with_sums
from tenant_apps.ledger.states import AccountKind
from tenant_apps.orders.models import Order
from tenant_apps.payments.models import Charge, Refund
from tenant_apps.programs.models import Enrollment
from tenant_apps.settlements.models import Adjustment, Payout, Period, Settlement

ON_A_PAGE = 50


def order_pks() -> Any:
    """Return an annotation that turns an `order_ref` into the order's key, for links."""
    return Subquery(Order.objects.filter(public_id=OuterRef("order_ref")).values("pk")[:1])


def partner_names() -> Any:
    """Return an annotation with the partner that an account's code names."""
    ref = Func(OuterRef("code"), Value(":"), Value(2), function="SPLIT_PART", output_field=CharField())
    return Subquery(Enrollment.objects.filter(partner_ref=ref).values("partner_name")[:1])


def order_numbers() -> Any:
    """Return an annotation with the number people know an `order_ref` by."""
    return Subquery(Order.objects.filter(public_id=OuterRef("order_ref")).values("number")[:1])


def entries_about(refs: list[str]) -> list[Entry]:
    """Return the ledger entries whose cause names one of these ids, oldest first, with their transfers."""
    about = Q(pk__in=[])
    for ref in refs:
        about |= Q(cause__contains=f":{ref}:")
    entries = list(Entry.objects.filter(about).prefetch_related("transfers__debit", "transfers__credit").order_by("pk"))
    name_accounts(
        [account for entry in entries for row in entry.transfers.all() for account in (row.debit, row.credit)]
    )
    name_entries(entries)
    return entries


def name_accounts(accounts: list[Any]) -> None:
    """Give each account a `label` for people: "Payable to the partner · Mira Kim Media" instead of its code."""
    names = dict(Enrollment.objects.values_list("partner_ref", "partner_name"))
    for account in accounts:
        account.label = account_text(account.code, names)


def name_entries(entries: list[Any]) -> None:
    """Give each entry a `label` for people: "Commission accrued · #5" instead of the description for ever."""
    descriptions = [entry.description for entry in entries]
    refs, labels = orders_named(descriptions), labels_named(descriptions)
    numbers = dict(Order.objects.filter(public_id__in=refs).values_list("public_id", "number")) if refs else {}
    periods = Period.objects.in_bulk(labels, field_name="label") if labels else {}
    for entry in entries:
        entry.label = entry_text(entry.cause, entry.description, numbers, periods)


def trial_balance_story(at: datetime | None) -> dict[str, Any]:
    """Return the accounts by currency with what they were debited and credited until then, and the last seals."""
    rows = trial_balance(at)
    accounts = Account.objects.in_bulk([row.account_ref for row in rows], field_name="public_id")
    name_accounts(list(accounts.values()))
    currencies = [
        {
            "total": total, "balanced": total.debit_minor == total.credit_minor,
            "rows": [(row, accounts[row.account_ref]) for row in rows if row.currency == total.currency],
        }
        for total in totals_of(rows)
    ]  # fmt: skip
    return {"currencies": currencies, "book_seal": seals().first(), "record_seal": record_seals().first()}


def account_story(account: Account, *, before: str | None) -> dict[str, Any]:
    """Return an account's balance and its transfers, newest first, each leading to its entry.

    `before` is the last transfer of the page before; what is none begins with the newest.
    """
    held: Any = with_sums(Account.objects.filter(pk=account.pk)).get()
    last_seen = int(before) if before and before.isascii() and before.isdigit() and len(before) < 19 else None
    lines = account_history(account, before_id=last_seen, limit=ON_A_PAGE + 1)
    shown = lines[:ON_A_PAGE]
    name_accounts([account, *(line.counter for line in shown)])
    name_entries([line.entry for line in shown])
    grows_by_debit = AccountKind(account.kind).grows_by_debit
    debit_side = held.debited - held.credited
    return {
        "account": account, "balance_minor": debit_side if grows_by_debit else -debit_side, "debited": held.debited,
        "credited": held.credited, "is_older": last_seen is not None,
        "rows": [
            {"line": line, "is_debit": (line.amount_minor > 0) == grows_by_debit, "minor": abs(line.amount_minor)}
            for line in shown
        ],
        "older": shown[-1].transfer_id if len(lines) > ON_A_PAGE else None,
    }  # fmt: skip


def entry_story(entry: Entry) -> dict[str, Any]:
    """Return an entry with its transfers and the thing that caused it."""
    transfers = list(entry.transfers.select_related("debit", "credit").order_by("position"))
    name_accounts([account for row in transfers for account in (row.debit, row.credit)])
    name_entries([entry, *([entry.reverses] if entry.reverses else [])])
    return {
        "entry": entry,
        "transfers": transfers,
        "source": source_of(entry.cause),
        "reversals": entry.reversals.order_by("pk"),
    }


def source_of(cause: str) -> dict[str, str] | None:
    """Return where a cause leads: the page of the order, commission, settlement it names; None when it names none."""
    kind, _colon, rest = cause.partition(":")
    ref = rest.split(":")[0]
    found: Any = None
    if kind == "charge":
        found = Charge.objects.filter(public_id=ref).values(order_ref=F("intent__order_ref")).first()
    elif kind == "refund":
        found = Refund.objects.filter(public_id=ref).values(order_ref=F("charge__intent__order_ref")).first()
    if found:
        order = Order.objects.get(public_id=found["order_ref"])
        label = _("Order #%(number)s") % {"number": order.number}
        return {"label": label, "url": reverse("admin:orders_order_change", args=[order.pk])}
    for name, model, page in (
        ("commission", Commission, "commissions_commission"),
        ("settlement", Settlement, "settlements_settlement"),
        ("payout", Payout, "settlements_payout"),
        ("adjustment", Adjustment, "settlements_adjustment"),
    ):
        if kind == name and (row := model.objects.filter(public_id=ref).first()):
            return {
                "label": f"{subject_text(kind)} {ref}", "url": reverse(f"admin:{page}_change", args=[row.pk])
            }  # fmt: skip
    return None
