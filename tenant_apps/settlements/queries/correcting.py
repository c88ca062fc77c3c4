from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from shared_apps.brands.entering import entered_brand
from tenant_apps.catalog.queries import currencies_of_prices
from tenant_apps.ledger import chart
from tenant_apps.ledger.queries import balance
from tenant_apps.payments.queries import reversals_of_payout
from tenant_apps.programs.queries import all_versions, enrollments_of_partner
from tenant_apps.programs.states import EnrollmentState
from tenant_apps.settlements.documents.facts import Facts, facts_now
from tenant_apps.settlements.models import Adjustment, Correction, CreditNote, Payout, Statement
from tenant_apps.settlements.queries.printing import head_of
from tenant_apps.settlements.states import AdjustmentState, CorrectionState


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a corrected version would say otherwise; `field` such as `partner.vat_id`."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What a statement would say by what is known now."""

    facts: Facts
    vat_minor: int
    changes: list[Change]


def difference_now(statement: Statement) -> Difference:
    """Return what a statement's next version would say otherwise, were it corrected now."""
    facts, vat_minor = facts_now(statement.settlement)
    return Difference(facts, vat_minor, changes_between(statement, facts, vat_minor))


def changes_between(statement: Statement, facts: Facts, vat_minor: int) -> list[Change]:
    """Return what a version says otherwise than these facts and this VAT."""
    head: dict[str, Any] = dict(head_of(statement))
    said = flat({name: head[name] for name in facts}) | {"vat_minor": str(statement.vat_minor)}
    now = flat(dict(facts)) | {"vat_minor": str(vat_minor)}
    return [Change(name, said.get(name, ""), value) for name, value in now.items() if said.get(name, "") != value]


def flat(facts: dict[str, Any]) -> dict[str, str]:
    """Return nested facts by dotted names."""
    found: dict[str, str] = {}
    for name, value in facts.items():
        found |= {f"{name}.{inner}": str(text) for inner, text in value.items()} if isinstance(value, dict) else {
            name: str(value)
        }  # fmt: skip
    return found


def corrections() -> QuerySet[Correction]:
    """Return all corrections with their statements, the latest first."""
    found = Correction.objects.select_related("statement__settlement__period")
    return found.defer("statement__snapshot").order_by("-pk")


def correction_by_ref(ref: str) -> Correction | None:
    """Return a correction by its public id."""
    return corrections().filter(public_id=ref).first()


def open_correction(statement: Statement) -> Correction | None:
    """Return the correction of a statement that waits for its decision."""
    return corrections().filter(statement=statement, state=CorrectionState.PROPOSED).first()


def credit_notes() -> QuerySet[CreditNote]:
    """Return all credit notes with what they cancel, the latest first, without their snapshots."""
    notes = CreditNote.objects.select_related("statement__settlement__period")
    return notes.defer("snapshot", "statement__snapshot").order_by("-pk")


def credit_note_by_ref(ref: str) -> CreditNote | None:
    """Return a credit note by its public id, snapshot included."""
    return CreditNote.objects.select_related("statement__settlement__period").filter(public_id=ref).first()


def credit_note_of_statement(statement: Statement) -> CreditNote | None:
    """Return the credit note that cancels a statement."""
    return CreditNote.objects.filter(statement=statement).defer("snapshot").first()


def later_version(statement: Statement) -> Statement | None:
    """Return the version that took a statement's place."""
    later = Statement.objects.filter(settlement=statement.settlement_id, version=statement.version + 1)
    return later.defer("snapshot").first()


def adjustments() -> QuerySet[Adjustment]:
    """Return all adjustments with the settlement that took them in, the latest first."""
    return Adjustment.objects.select_related("settlement__period").order_by("-pk")


def adjustment_by_ref(ref: str) -> Adjustment | None:
    """Return an adjustment by its public id."""
    return adjustments().filter(public_id=ref).first()


def approved_adjustments_of(partner_ref: str) -> QuerySet[Adjustment]:
    """Return a partner's approved adjustments that no settlement has taken in yet."""
    return adjustments().filter(partner_ref=partner_ref, state=AdjustmentState.APPROVED, settlement=None)


def owed_again(payout: Payout) -> list[Adjustment]:
    """Return the adjustments by which parts of a payout are owed anew that came back, oldest first."""
    refs = reversals_of_payout(payout.public_id).values_list("public_id", flat=True)
    owing = adjustments().filter(kind=Adjustment.Kind.PAYOUT_RETURNED, cause_ref__in=list(refs))
    return list(owing.order_by("pk"))


def partner_named(partner_ref: str) -> str | None:
    """Return the name of a partner who is or was enrolled here."""
    enrollment = enrollments_of_partner(partner_ref).order_by("-pk").first()
    return enrollment.partner_name if enrollment else None


def has_left(partner_ref: str) -> bool:
    """Return whether every deal of a partner here has ended."""
    mine = enrollments_of_partner(partner_ref)
    return mine.exists() and not mine.filter(~Q(state=EnrollmentState.ENDED)).exists()


def may_be_adjusted_in(partner_ref: str, currency: str) -> bool:
    """Return whether a currency has to do with a partner: by the brand's prices, by its terms, or by its balance.

    In any other an amount would open an account that no contract, statement or payout profile speaks of.
    """
    if currency == entered_brand().currency or currency in currencies_of_prices():
        return True
    agreed = all_versions().filter(enrollment__partner_ref=partner_ref, currency=currency)
    return agreed.exists() or debt_of(partner_ref, currency) != 0


def debt_of(partner_ref: str, currency: str) -> int:
    """Return what a partner owes by the books, in minor units; 0 or less when it owes nothing."""
    return -balance(chart.partner_payable(partner_ref).code, currency)
