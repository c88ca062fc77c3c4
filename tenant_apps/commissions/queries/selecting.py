"""Commissions chosen together: which lines a confirmation in bulk would take, counted before it does."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.states import ORIGINALS, CommissionState

MOST_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which lines are meant; what is empty does not matter. Bounds of amounts and the first instant are inside."""

    partner: str = ""
    order: str = ""
    program: str = ""
    rule: str = ""
    currency: str = ""
    kind: str = ""
    accrued_from: datetime | None = None
    accrued_before: datetime | None = None
    min_amount_minor: int | None = None
    max_amount_minor: int | None = None

    def condition(self) -> Q:
        """Return it as a condition on commission lines."""
        wanted = {
            "partner_ref": self.partner, "order_ref": self.order, "enrollment__program__public_id": self.program,
            "rule": self.rule, "currency": self.currency, "kind": self.kind,
        }  # fmt: skip
        bounds = {
            "accrued_at__gte": self.accrued_from, "accrued_at__lt": self.accrued_before,
            "amount_minor__gte": self.min_amount_minor, "amount_minor__lte": self.max_amount_minor,
        }  # fmt: skip
        return Q(
            **{name: value for name, value in wanted.items() if value},
            **{name: bound for name, bound in bounds.items() if bound is not None},
        )


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a selection holds of one partner in one currency: lines, and what they and their reversals sum to."""

    partner: str
    partner_name: str
    currency: str
    lines: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class SelectionPreview:
    """What would be confirmed, and how many lines are left out for being on hold; nothing is written.

    `digest` names exactly these lines with these amounts: who confirms by it confirms what was seen.
    """

    chosen: list[Chosen]
    lines: int
    held: int
    digest: str

    @property
    def totals(self) -> dict[str, int]:
        """What all of it sums to, per currency."""
        totals: dict[str, int] = {}
        for row in self.chosen:
            totals[row.currency] = totals.get(row.currency, 0) + row.total_minor
        return totals


def confirmable(selection: Selection) -> QuerySet[Commission]:
    """Return the pending lines of a selection that stand on their own, by primary key."""
    return _on_their_own(selection).filter(state=CommissionState.PENDING).order_by("pk")


def selection_preview(selection: Selection) -> SelectionPreview:
    """Count and sum what a confirmation would take, per partner and currency, in four queries whatever the size."""
    heads = confirmable(selection)
    rows = (
        Commission.objects.annotate(head=Coalesce("moves_with_id", "pk")).filter(head__in=heads.order_by().values("pk"))
        .values_list("partner_ref", "enrollment__partner_name", "currency")
        .annotate(lines=Count("pk", filter=Q(moves_with=None)), total=Sum("amount_minor"))
        .order_by("enrollment__partner_name", "partner_ref", "currency")
    )  # fmt: skip
    chosen = [Chosen(*row) for row in rows]
    held = _on_their_own(selection).filter(state=CommissionState.HOLD).count()
    return SelectionPreview(chosen, sum(row.lines for row in chosen), held, digest_of(heads))


def digest_of(heads: QuerySet[Commission]) -> str:
    """Return the SHA-256 of lines, what moves with them, and their amounts."""
    told = hashlib.sha256()
    group = Q(pk__in=heads.order_by().values("pk")) | Q(moves_with__in=heads.order_by().values("pk"))
    for row in Commission.objects.filter(group).order_by("pk").values_list("public_id", "amount_minor").iterator():
        told.update(f"{row[0]}:{row[1]};".encode())
    return told.hexdigest()


def _on_their_own(selection: Selection) -> QuerySet[Commission]:
    return Commission.objects.filter(selection.condition(), kind__in=ORIGINALS, moves_with=None)
