"""Snapshots of statements to print: any number of lines, any currency and language."""

from datetime import date, timedelta
from typing import Any

from shared_apps.brands.rules import Theme, pdf_palette
from tenant_apps.settlements.documents import SCHEMA, Snapshot
from tenant_apps.settlements.documents.shape import LinePart

TITLES = (
    "Brand audit and positioning workshop", "Website care, one year", "Photography course for beginners",
    "Annual bookkeeping with VAT returns, including a personal consultation on cross-border sales", "Coaching hour",
)  # fmt: skip
TITLES_KO = ("한옥 스테이 1박", "전통 다도 체험 (2인)", "서울 골목 사진 워크숍과 인화 서비스 패키지", "한복 대여")


def sample(
    *, lines: int = 1, clawbacks: int = 0, currency: str = "EUR", exponent: int = 2, language: str = "en",
    scale: int = 1, opening: int = 0, minimum: int = 0, negative: str = "carry", primary: str = "#0f766e", **parts: Any,
) -> Snapshot:  # fmt: skip
    """Return a snapshot whose balances add up over made-up lines; `parts` replace whole parts."""
    titles = TITLES_KO if language == "ko" else TITLES
    earnings = [_earning(index, titles, scale) for index in range(lines)]
    taken = [_clawback(index, titles, scale) for index in range(clawbacks)]
    earned, clawed = (sum(line["amount_minor"] for line in part) for part in (earnings, taken))
    balance = opening + earned + clawed
    payout = balance if balance > 0 and balance >= minimum else 0
    closing = balance - payout
    look = pdf_palette(Theme(primary=primary))
    snapshot: Any = {
        "schema": SCHEMA, "document": "statement", "number": "ST-2026-000123", "version": 1, "settlement_ref": "stl_1",
        "issued_at": "2026-06-02T09:15:00+00:00", "issued_on": "2026-06-02", "language": language,
        "currency": currency, "exponent": exponent,
        "brand": {"ref": "brd_1", "name": "Aurora", "legal_name": "Aurora Services GmbH",
                  "address": "Lindenstraße 12\n10969 Berlin, Germany", "email": "partners@aurora.example",
                  "country": "DE", "vat_id": "DE136695976"},
        "partner": {"ref": "par_1", "name": "Nordlicht Media", "legal_name": "Nordlicht Media Lda.",
                    "address": "Rua da Prata 80\n1100-420 Lisboa", "country": "PT", "tax_id": "509442013",
                    "vat_id": "PT509442013"},
        "look": {name: look[name] for name in ("accent", "accent_soft", "ink", "muted", "line", "negative")}
        | {"font": "sans", "mark": "A"},
        "period": {"label": "2026-05", "starts_at": "2026-04-30T22:00:00+00:00", "ends_at": "2026-05-31T22:00:00+00:00",
                   "first_on": "2026-05-01", "last_on": "2026-05-31", "timezone": "Europe/Berlin"},
        "previous": {"number": "ST-2026-000087", "label": "2026-04", "first_on": "2026-04-01", "last_on": "2026-04-30",
                     "closing_minor": opening} if opening else None,
        "corrects": None, "self_billing_on": "",
        "opening_minor": opening, "earned_minor": earned, "clawback_minor": clawed, "net_minor": earned + clawed,
        "adjustment_minor": 0, "vat_minor": 0, "vat_later_minor": 0, "vat_rate": "0",
        "vat_treatment": "status_unknown", "vat_place": "", "vat_law": "",
        "withholding_minor": 0, "withholding_rate": "0", "reserve_held_minor": 0, "reserve_released_minor": 0,
        "reserve_until": "",
        "payout_minor": payout, "closing_minor": closing,
        "next_opening_minor": 0 if closing < 0 and negative == "reset" else closing,
        "minimum_payout_minor": minimum, "negative": negative, "adjustments": [], "earnings": earnings,
        "clawbacks": taken,
    }  # fmt: skip
    return snapshot | parts  # type: ignore[no-any-return]


STANDARD = [{"code": "rule", "facts": {"rule": "standard"}}]


def _earning(index: int, titles: tuple[str, ...], scale: int) -> LinePart:
    base = (4_990 + 1_313 * (index % 17)) * scale
    kind = index % 7
    pays: dict[int, tuple[str, str, list[Any], int]] = {
        3: ("", "no_rule", [], 0),
        5: (
            "",
            "",
            [
                {"code": "rule", "facts": {"rule": "first-sale"}},
                {"code": "fixed_per_order", "facts": {"amount": "25.00 EUR"}},
            ],
            2500,
        ),
    }
    rate, reason, steps, amount = pays.get(kind, ("0.125", "", STANDARD, base // 8))
    line: Any = {
        "ref": f"com_{index}", "kind": "earning", "on": (date(2026, 5, 1) + timedelta(days=index % 31)).isoformat(),
        "order": f"#{1041 + index}", "order_ref": f"ord_{index}", "title": titles[index % len(titles)],
        "rule": "" if reason else ("first-sale" if kind == 5 else "standard"), "reason": reason, "steps": steps,
        "base_minor": base, "rate": rate, "amount_minor": amount, "original": None,
    }  # fmt: skip
    return line  # type: ignore[no-any-return]


def _clawback(index: int, titles: tuple[str, ...], scale: int) -> LinePart:
    original = {"ref": f"com_old{index}", "on": "2026-04-18", "order": f"#{987 + index}", "amount_minor": 9_900 * scale,
                "statement": "ST-2026-000087"}  # fmt: skip
    return _earning(index, titles, scale) | {  # type: ignore[return-value]
        "ref": f"com_back{index}", "kind": "clawback", "order": f"#{987 + index}", "reason": "", "rate": "",
        "amount_minor": -4_950 * scale, "original": original,
    }  # fmt: skip
