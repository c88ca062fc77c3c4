"""One journey in currencies of 0, 2 and 3 decimals, with the smallest and the largest amounts, to the minor unit."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest

from shared_apps.brands.entering import brand_entered
from tenant_apps.commissions.actions import mature_due
from tenant_apps.commissions.models import Commission
from tenant_apps.ledger import chart
from tenant_apps.ledger.queries import balance
from tenant_apps.settlements.actions import approve_period, close_period, confirm_payout, request_payout
from tenant_apps.settlements.models import Settlement, Statement
from tenant_apps.settlements.printing import print_statement
from tenant_apps.settlements.proof import mismatches
from tests.commissions.selling import AT, fulfill, offer_at, paid_order, partner, refund, sum_of, visit
from tests.settlements.books import ANNA, BEN

LARGEST = 10**15
DAYS = [timedelta(days=days) for days in (1, 20, 30, 40)]


@pytest.mark.parametrize(
    ("currency", "amount", "rate", "earned", "told"),
    [
        ("KRW", LARGEST, "1", 1_000_000_000_000_000, "1,000,000,000,000,000 KRW"),
        ("JPY", 1, "0.5", 1, "1 JPY"),
        ("EUR", LARGEST, "0.3333", 333_300_000_000_000, "3,333,000,000,000.00 EUR"),
        ("EUR", 1, "0.49", 0, ""),
        ("KWD", LARGEST, "0.123456789", 123_456_789_000_000, "123,456,789,000.000 KWD"),
        ("BHD", 5, "0.1", 1, "0.001 BHD"),
    ],
)
def test_an_amount_keeps_every_unit_from_the_order_to_the_bank(
    aurora: Any, drain: Callable[[], int], settings: Any, tmp_path: Path,
    currency: str, amount: int, rate: str, earned: int, told: str,
) -> None:  # fmt: skip
    settings.MEDIA_ROOT = tmp_path
    with brand_entered(aurora):
        nord = partner("nord", [{"id": "r", "pay": {"kind": "percent", "rate": rate}}], currency=currency)
        visit("v1", nord)
        order = paid_order(offer_at(amount, currency=currency), "v1", currency=currency)
        drain()
        fulfill(order)
        drain()
        mature_due(at=AT + DAYS[1])
        assert sum_of(Commission.objects.all()) == earned
        approve_period(period=close_period(label="2026-03", actor=ANNA, at=AT + DAYS[2]), actor=BEN, at=AT + DAYS[2])
        drain()
        settlement = Settlement.objects.get()
        assert (settlement.earned_minor, settlement.payout_minor) == (earned, earned)
        if earned:
            text = pypdf.PdfReader(print_statement(Statement.objects.get())).pages[0].extract_text()
            assert told in text
            payout = request_payout(settlement=settlement, actor=ANNA, at=AT + DAYS[2])
            confirm_payout(payout=payout, reference="bank 1", actor=ANNA, at=AT + DAYS[2])
        assert -balance(chart.bank().code, currency) == earned
        refund(order, amount, at=AT + DAYS[3])
        drain()
        assert sum_of(Commission.objects.all()) == 0
        assert balance(chart.partner_payable(nord.partner_ref).code, currency) == -earned
        assert list(mismatches()) == []
        close_period(label="2026-04", actor=ANNA, at=AT + 2 * DAYS[2])
        later = Settlement.objects.exclude(pk=settlement.pk)
        assert [(s.opening_minor, s.clawback_minor, s.payout_minor, s.closing_minor) for s in later] == (
            [(0, -earned, 0, -earned)] if earned else []
        )
