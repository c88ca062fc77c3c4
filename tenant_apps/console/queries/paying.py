from collections import Counter
from typing import Any

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from kernel.clock import utc_now
from shared_apps.accounts.acting import actor_of
from shared_apps.accounts.wording import reader_text
from shared_apps.brands.entering import entered_brand
from tenant_apps.console.reasons import WAYS, gaps_text
from tenant_apps.payments.queries import transfers_of_payouts
from tenant_apps.settlements.models import Payout, PayoutBatch
from tenant_apps.settlements.policies import may_pay_out
from tenant_apps.settlements.queries import (
    batch_by_ref,
    currencies_to_pay,
    items_of,
    owed_again,
    paying_account,
    payout_candidates,
)
from tenant_apps.settlements.states import BatchMethod, BatchState, PayoutState


def preview_story(request: HttpRequest) -> dict[str, Any]:
    """Return what a batch by the asked method and currency would pay, and what stays here and why."""
    currencies = currencies_to_pay()
    asked = request.GET.get("currency", "")
    currency = asked if asked in currencies else (currencies or [entered_brand().currency])[0]
    named = request.GET.get("method", "")
    method = BatchMethod(named) if named in set(BatchMethod) else BatchMethod.SEPA
    rows = payout_candidates(method=method, currency=currency, at=utc_now())
    free = [row for row in rows if row.blocked is None]
    return {
        "currency": currency, "currencies": currencies or [currency], "method": method,
        "methods": [(each, method_name(each)) for each in BatchMethod],
        "free": free, "total_minor": sum(row.settlement.payout_minor for row in free),
        "blocked": [{"row": row, "why": _why(row)} for row in rows if row.blocked],
        "may_pay": may_pay_out(actor_of(request)), "account": paying_account(),
    }  # fmt: skip


def batch_story(request: HttpRequest, batch: PayoutBatch) -> dict[str, Any]:
    """Return a batch with its rows, how far it is, what failed, and what this person may do next."""
    batch, actor = batch_by_ref(batch.public_id) or batch, actor_of(request)
    items = list(items_of(batch))
    moved = transfers_of_payouts(item.payout.public_id for item in items) if batch.method == BatchMethod.STRIPE else {}
    rows = []
    for item in items:
        payout, transfer = item.payout, moved.get((item.payout.public_id, item.attempt))
        here = payout.attempt == item.attempt
        rows.append(
            {
                "item": item, "payout": payout, "transfer": transfer,
                "state": payout.state if here else PayoutState.FAILED,
                "failure": (payout.failure if here else "") or (transfer.error if transfer else ""),
                "by_hand": here and batch.method != BatchMethod.STRIPE,
            }
        )  # fmt: skip
    counts = Counter(row["state"] for row in rows)
    return {
        "batch": batch, "method_name": method_name(BatchMethod(batch.method)), "rows": rows,
        "counts": sorted(counts.items()), "arrived": counts[PayoutState.PAID],
        "share": counts[PayoutState.PAID] * 100 // len(rows),
        "failures": [row for row in rows if row["state"] == PayoutState.FAILED],
        "file": getattr(batch, "file", None), "has_file": BatchMethod(batch.method).has_file,
        "may_pay": may_pay_out(actor), "is_own": not actor.is_second_after(batch.made_by),
        "in_transit": counts[PayoutState.IN_TRANSIT],
        "is_open": batch.state in (BatchState.DRAFT, BatchState.APPROVED),
    }  # fmt: skip


def payout_story(request: HttpRequest, payout: Payout) -> dict[str, Any]:
    """Return a payout with each of its attempts and what may happen next."""
    attempts = list(payout.items.select_related("batch").order_by("-attempt"))
    moved = transfers_of_payouts([payout.public_id])
    return {
        "payout": payout, "settlement": payout.settlement, "owed_again": owed_again(payout),
        "attempts": [{"item": item, "transfer": moved.get((payout.public_id, item.attempt))} for item in attempts],
        "by_hand": payout.method != BatchMethod.STRIPE, "may_pay": may_pay_out(actor_of(request)),
    }  # fmt: skip


def method_name(method: BatchMethod) -> str:
    """Return how a batch is paid, in words."""
    return {
        BatchMethod.SEPA: _("SEPA file (pain.001)"), BatchMethod.CSV: _("bank file (CSV)"),
        BatchMethod.STRIPE: _("Stripe transfers"), BatchMethod.MANUAL: _("paid by hand"),
    }[method]  # fmt: skip


def _why(row: Any) -> str:
    if row.blocked == "profile_incomplete":
        return _("has yet to say: %(gaps)s") % {"gaps": gaps_text(row.gaps)}
    if row.blocked == "frozen":
        until = date_format(localtime(row.frozen_until), "DATETIME_FORMAT")
        return _("changed its account; nothing leaves before %(until)s") % {"until": until}
    if row.blocked == "other_method":
        return _("wants its money another way: %(way)s") % {"way": WAYS[row.profile.method] if row.profile else "–"}
    return _("no bank would take it: %(reason)s") % {"reason": reader_text(row.refused)}
