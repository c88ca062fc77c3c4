"""The previews of a commission and of its reversal: strict JSON in, lines as JSON out."""

from dataclasses import replace
from typing import Any

from kernel.payload import Payload, unique
from kernel.sentences import sentence
from tenant_apps.commissions.rules.commission import Commission, CommissionLine, commission_for
from tenant_apps.commissions.rules.reversal import Refund, reversals_for
from tenant_apps.commissions.rules.sale import Line, Progress, Sale
from tenant_apps.commissions.rules.steps import in_english
from tenant_apps.commissions.rules.terms import Contract
from tenant_apps.commissions.rules.terms_input import parse_contract
from tenant_apps.commissions.rules.when_input import country_of


def preview_commission(payload: object) -> dict[str, Any]:
    """Compute what a sale would earn under a contract, without booking it.

    The shape is the preview contract's: `{contract, sale}` in, lines and total out, each line
    with the steps that made it. Raises InvalidInput naming the field.
    """
    root = Payload(payload).only("contract", "sale")
    contract = parse_contract(root.required("contract"))
    return commission_as_dict(commission_for(contract=contract, sale=parse_sale(root.required("sale"), contract)))


def preview_reversal(payload: object) -> dict[str, Any]:
    """Compute what refunds would take back of a commission, without booking it.

    Raises InvalidInput naming the field.
    """
    root = Payload(payload).only("commission_minor", "base_minor", "refunds")
    commission_minor = root.required("commission_minor").integer()
    reversals = reversals_for(
        commission_minor=commission_minor,
        base_minor=root.required("base_minor").integer(at_least=1),
        refunds=[_refund(item) for item in root.required("refunds").items()],
    )
    return {
        "reversals": [
            {"amount_minor": reversal.amount_minor, "status": str(reversal.status)} for reversal in reversals
        ],
        "remaining_minor": commission_minor + sum(item.amount_minor for item in reversals),
    }


def parse_sale(payload: Payload, contract: Contract) -> Sale:
    """Read the facts of a sale under a contract. Raises InvalidInput naming the field."""
    payload.only(
        "at", "lines", "charge_number", "first_charge_at",
        "site", "campaign", "placement", "partner", "country", "metadata", "used_minor", "caps_used",
        "period",
    )  # fmt: skip
    at = payload.required("at").instant()
    number, first = payload.optional("charge_number"), payload.fact("first_charge_at")
    first_charge_at = first.instant() if first else None
    if first and first_charge_at and first_charge_at > at:
        raise first.wrong("must not be later than the sale")
    country, items = payload.fact("country"), payload.required("lines").items()
    lines = tuple(_line(item) for item in items)
    unique((line.id, item.required("id")) for line, item in zip(lines, items, strict=True))
    before = _progress(payload)
    return Sale(
        at=at,
        lines=lines,
        charge_number=number.integer(at_least=1) if number else 1,
        first_charge_at=first_charge_at,
        country=country_of(country) if country else None,
        metadata=_metadata(payload),
        before=before,
        progress=_caps_used(payload, contract, before),
        site=_fact(payload, "site"),
        campaign=_fact(payload, "campaign"),
        placement=_fact(payload, "placement"),
        partner=_fact(payload, "partner"),
    )


def _fact(payload: Payload, name: str) -> str | None:
    found = payload.fact(name)
    return found.text() if found else None


def _metadata(payload: Payload) -> dict[str, str]:
    found = payload.optional("metadata")
    return {key: value.text() for key, value in found.fields().items()} if found else {}


def _caps_used(payload: Payload, contract: Contract, before: Progress) -> dict[str, Progress]:
    """Read what was used of each rule's caps: lists by rule id, an amount for each cap in its order."""
    found, progress = payload.optional("caps_used"), {}
    rules = {rule.id: rule for rule in contract.rules}
    for rule_id, used in found.fields().items() if found else ():
        if rule_id not in rules:
            raise used.wrong("is no rule of the contract")
        amounts, caps = used.items(), rules[rule_id].limits.caps
        if len(amounts) != len(caps):
            raise used.wrong(sentence("must have an amount for each of the rule's %(count)s caps", count=len(caps)))
        progress[rule_id] = replace(before, cap_used=tuple(item.integer(at_least=0) for item in amounts))
    return progress


def commission_as_dict(commission: Commission) -> dict[str, Any]:
    """Return the commission as JSON: what the preview prints and the record keeps."""
    return {
        "lines": [_line_as_dict(line) for line in commission.lines],
        "total_minor": commission.total_minor,
        "currency": commission.currency,
    }


def _line_as_dict(line: CommissionLine) -> dict[str, Any]:
    return {
        "line": line.line,
        "rule": line.rule,
        "amount_minor": line.amount_minor,
        "reason": str(line.reason) if line.reason else None,
        "explanation": [in_english(step.as_dict()) for step in line.steps],
    }


def _line(payload: Payload) -> Line:
    payload.only("id", "product", "quantity", "gross_minor", "discount_minor", "tax_minor", "cost_minor", "metadata")
    quantity = payload.optional("quantity")
    line = Line(
        id=payload.required("id").text(),
        product=payload.required("product").text(),
        gross_minor=payload.required("gross_minor").integer(at_least=0),
        quantity=quantity.integer(at_least=1) if quantity else 1,
        discount_minor=_amount(payload, "discount_minor"),
        tax_minor=_amount(payload, "tax_minor"),
        cost_minor=_amount(payload, "cost_minor"),
        metadata=_metadata(payload),
    )
    if line.net_minor < 0:
        name = "discount_minor" if line.discount_minor > line.gross_minor else "tax_minor"
        raise payload.required(name).wrong("takes the line below zero")
    return line


def _progress(payload: Payload) -> Progress:
    used, period = _amount(payload, "used_minor"), payload.optional("period")
    if period is None:
        return Progress(used_minor=used)
    period.only("revenue_minor", "count", "earned_minor")
    return Progress(
        used_minor=used,
        revenue_minor=_amount(period, "revenue_minor"),
        count=_amount(period, "count"),
        earned_minor=_amount(period, "earned_minor"),
    )


def _amount(payload: Payload, name: str) -> int:
    found = payload.optional(name)
    return found.integer(at_least=0) if found else 0


def _refund(payload: Payload) -> Refund:
    payload.only("amount_minor", "paid_out")
    return Refund(
        amount_minor=payload.required("amount_minor").integer(at_least=0),
        paid_out=payload.required("paid_out").boolean(),
    )
