"""What is not fully understood is refused by its path: nothing is guessed, nothing widened."""

from typing import Any

import pytest

from kernel.errors import InvalidInput
from tenant_apps.commissions.rules import preview_commission

PERCENT = {"kind": "percent", "rate": "0.10"}
FIXED = {"kind": "fixed", "amount_minor": 1, "per": "order"}
LINE = {"id": "1", "product": "x", "gross_minor": 10000}
SALE = {"at": "2026-03-10T12:00:00Z", "lines": [LINE]}


def tiers(*pairs: tuple[object, object], measure: str = "period_revenue", mode: str = "whole") -> dict[str, Any]:
    value = "rate" if measure == "period_revenue" else "amount_minor"
    return {
        "kind": "tiered",
        "measure": measure,
        "mode": mode,
        "tiers": [{"from": lower, value: worth} for lower, worth in pairs],
    }


def counts(*pairs: tuple[object, object], mode: str = "whole") -> dict[str, Any]:
    return tiers(*pairs, measure="period_count", mode=mode)


@pytest.mark.parametrize(
    ("pay", "field"),
    [
        ("percent", ""),
        ({}, ".kind"),
        ({"kind": "percnet", "rate": "0.1"}, ".kind"),
        ({"kind": "percent"}, ".rate"),
        ({"kind": "percent", "rate": 0.1}, ".rate"),
        ({"kind": "percent", "rate": "10%"}, ".rate"),
        ({"kind": "percent", "rate": "-0.1"}, ".rate"),
        ({"kind": "percent", "rate": "NaN"}, ".rate"),
        ({"kind": "percent", "rate": "1e-1"}, ".rate"),
        ({"kind": "percent", "rate": "0.1", "base": "nett"}, ".base"),
        ({"kind": "percent", "rate": "0.1", "of": "net"}, ".of"),
        ({"kind": "percent", "rate": "0.1", "amount_minor": 5}, ".amount_minor"),
        ({"kind": "fixed", "amount_minor": 5}, ".per"),
        ({"kind": "fixed", "amount_minor": 5, "per": "line"}, ".per"),
        ({"kind": "fixed", "amount_minor": 5.0, "per": "unit"}, ".amount_minor"),
        ({"kind": "fixed", "amount_minor": True, "per": "unit"}, ".amount_minor"),
        ({"kind": "fixed", "amount_minor": "5", "per": "unit"}, ".amount_minor"),
        ({"kind": "fixed", "amount_minor": -5, "per": "unit"}, ".amount_minor"),
        ({"kind": "margin_share", "rate": "1", "base": "net"}, ".base"),
        ({"kind": "hybrid", "parts": []}, ".parts"),
        ({"kind": "hybrid"}, ".parts"),
        ({"kind": "hybrid", "rate": "0.1", "parts": [PERCENT]}, ".rate"),
        ({"kind": "hybrid", "parts": [PERCENT, {"kind": "hybrid", "parts": [PERCENT]}]}, ".parts[1].kind"),
        ({"kind": "hybrid", "parts": [FIXED, {"kind": "percent", "rate": 1}]}, ".parts[1].rate"),
        (
            {"kind": "hybrid", "parts": [tiers((0, "1"), mode="all"), counts((1, 5), mode="all")]},
            ".parts[1]",
        ),
        ({"kind": "tiered", "measure": "period_revenue", "mode": "whole", "tiers": []}, ".tiers"),
        (tiers((0, "0.1"), measure="lifetime_revenue"), ".measure"),
        (tiers((0, "0.1"), mode="each"), ".mode"),
        (counts((1, 5), mode="past_each"), ".mode"),
        (tiers((1, "0.1")), ".tiers[0].from"),
        (tiers((100, "0.1")), ".tiers[0].from"),
        (counts((2, 5)), ".tiers[0].from"),
        (tiers((0, "0.1"), (500, "0.2"), (400, "0.3")), ".tiers[2].from"),
        (tiers((0, "0.1"), (500, "0.2"), (500, "0.3")), ".tiers[2].from"),
        (tiers((0, "0.1"), (0, "0.2")), ".tiers[1].from"),
        (tiers((-1, "0.1")), ".tiers[0].from"),
        (tiers((0.0, "0.1")), ".tiers[0].from"),
        (tiers((False, "0.1")), ".tiers[0].from"),
        (tiers((0, 0.1)), ".tiers[0].rate"),
        (counts((1, "5")), ".tiers[0].amount_minor"),
        (counts((1, -5)), ".tiers[0].amount_minor"),
        ({"kind": "tiered", "mode": "all", "tiers": [{"from": 0, "rate": "1"}]}, ".measure"),
        (
            {"kind": "tiered", "measure": "period_count", "mode": "all", "tiers": [{"from": 1, "rate": "1"}]},
            ".tiers[0].rate",
        ),
        (
            {
                "kind": "tiered",
                "measure": "period_revenue",
                "mode": "all",
                "tiers": [{"from": 0, "to": 5, "rate": "1"}],
            },
            ".tiers[0].to",
        ),
    ],
)
def test_pay_is_refused_by_its_path(pay: object, field: str) -> None:
    first = {"id": "first", "pay": PERCENT}
    refused([first, {"id": "second", "pay": pay}], SALE, f"contract.rules[1].pay{field}")


@pytest.mark.parametrize(
    ("when", "field"),
    [
        (None, ""),
        ([], ""),
        ({"products": ["x"]}, ".products"),
        ({"product": "x"}, ".product"),
        ({"product": []}, ".product"),
        ({"product": None}, ".product"),
        ({"product": ["x", 7]}, ".product[1]"),
        ({"charge": "second"}, ".charge"),
        ({"charge": None}, ".charge"),
        ({"min_charge_number": 0}, ".min_charge_number"),
        ({"min_charge_number": "2"}, ".min_charge_number"),
        ({"max_charge_number": 2.0}, ".max_charge_number"),
        ({"min_charge_number": 3, "max_charge_number": 2}, ".max_charge_number"),
        ({"site": "blog"}, ".site"),
        ({"campaign": [""]}, ".campaign[0]"),
    ],
)
def test_conditions_are_refused_by_their_path(when: object, field: str) -> None:
    refused([{"id": "r", "when": when, "pay": PERCENT}], SALE, f"contract.rules[0].when{field}")


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        (None, ""),
        ({"cap": 5}, ".cap"),
        ({"cap_minor": -1}, ".cap_minor"),
        ({"cap_minor": None}, ".cap_minor"),
        ({"cap_minor": 5.0}, ".cap_minor"),
        ({"min_minor": "5"}, ".min_minor"),
        ({"max_charges": 0}, ".max_charges"),
        ({"max_months": 0}, ".max_months"),
        ({"max_months": 1.5}, ".max_months"),
    ],
)
def test_limits_are_refused_by_their_path(limits: object, field: str) -> None:
    refused([{"id": "r", "limits": limits, "pay": PERCENT}], SALE, f"contract.rules[0].limits{field}")


@pytest.mark.parametrize(
    ("contract", "field"),
    [
        ({"rules": []}, "contract.currency"),
        ({"currency": "usd", "rules": []}, "contract.currency"),
        ({"currency": "USD"}, "contract.rules"),
        ({"currency": "USD", "rules": {}}, "contract.rules"),
        ({"currency": "USD", "rules": [{"pay": PERCENT}]}, "contract.rules[0].id"),
        ({"currency": "USD", "rules": [{"id": "r"}]}, "contract.rules[0].pay"),
        ({"currency": "USD", "rules": [{"id": 1, "pay": PERCENT}]}, "contract.rules[0].id"),
        ({"currency": "USD", "rules": [{"id": "r", "pay": PERCENT, "whne": {}}]}, "contract.rules[0].whne"),
        ({"currency": "USD", "rules": [{"id": "r", "pay": PERCENT}] * 2}, "contract.rules[1].id"),
        ({"currency": "USD", "rules": [], "version": 1}, "contract.version"),
    ],
)
def test_contracts_are_refused_by_their_path(contract: object, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        preview_commission({"contract": contract, "sale": SALE})
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"at": None}, "at"),
        ({"at": "2026-03-10"}, "at"),
        ({"at": "2026-03-10T12:00:00"}, "at"),
        ({"lines": None}, "lines"),
        ({"lines": [LINE, LINE]}, "lines[1].id"),
        ({"lines": [{"id": "1", "product": "x"}]}, "lines[0].gross_minor"),
        ({"lines": [LINE | {"gross_minor": 100.0}]}, "lines[0].gross_minor"),
        ({"lines": [LINE | {"gross_minor": "100"}]}, "lines[0].gross_minor"),
        ({"lines": [LINE | {"gross_minor": True}]}, "lines[0].gross_minor"),
        ({"lines": [LINE | {"gross_minor": -1}]}, "lines[0].gross_minor"),
        ({"lines": [LINE | {"quantity": 0}]}, "lines[0].quantity"),
        ({"lines": [LINE | {"quantity": 1.5}]}, "lines[0].quantity"),
        ({"lines": [LINE | {"discount_minor": -1}]}, "lines[0].discount_minor"),
        ({"lines": [LINE | {"discount_minor": 10001}]}, "lines[0].discount_minor"),
        ({"lines": [LINE | {"discount_minor": 9000, "tax_minor": 1001}]}, "lines[0].tax_minor"),
        ({"lines": [LINE | {"cost_minor": -1}]}, "lines[0].cost_minor"),
        ({"lines": [LINE | {"sku": "x"}]}, "lines[0].sku"),
        ({"charge_number": 0}, "charge_number"),
        ({"charge_number": True}, "charge_number"),
        ({"first_charge_at": "2026-03-10T12:00:01Z"}, "first_charge_at"),
        ({"site": 7}, "site"),
        ({"used_minor": -1}, "used_minor"),
        ({"period": None}, "period"),
        ({"period": {"revenue_minor": -1}}, "period.revenue_minor"),
        ({"period": {"count": 1.0}}, "period.count"),
        ({"period": {"earned_minor": -1}}, "period.earned_minor"),
        ({"period": {"revenue": 1}}, "period.revenue"),
        ({"currency": "USD"}, "currency"),
    ],
)
def test_sales_are_refused_by_their_path(change: dict[str, Any], field: str) -> None:
    refused([{"id": "r", "pay": PERCENT}], SALE | change, f"sale.{field}")


def test_a_limit_of_months_does_not_lapse_for_want_of_a_date() -> None:
    limited = {"id": "r", "pay": PERCENT, "limits": {"max_months": 12}}
    refused([limited], SALE | {"charge_number": 2}, "sale.first_charge_at")


def refused(rules: list[Any], sale: object, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        preview_commission({"contract": {"currency": "USD", "rules": rules}, "sale": sale})
    assert caught.value.field == field
