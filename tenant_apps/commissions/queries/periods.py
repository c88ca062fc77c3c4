"""What was written for a period that terms pay as a whole: its sales, its true-ups and bonuses."""

from datetime import datetime

from django.db.models import Min, Q, Sum
from django.db.models.functions import Coalesce

from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.queries.progress import counted_lines, within
from tenant_apps.commissions.rules import Window
from tenant_apps.commissions.states import CommissionState, Kind


def versions_in_period(*, enrollment_id: int, currency: str, entry_id: str, window: Window) -> list[int]:
    """Return the contract versions (primary keys) under which a rule or bonus has anything to do with the period."""
    sold = counted_lines(enrollment_id, currency).filter(within(window)).exclude(contract_version=None)
    written = Commission.objects.filter(
        enrollment_id=enrollment_id, currency=currency, rule=entry_id, period=window.key, reverses=None
    )
    return sorted(
        {key for lines in (sold, written) for key in lines.values_list("contract_version_id", flat=True) if key}
    )


def booked_minor(*, enrollment_id: int, currency: str, entry_id: str, version_id: int | None, window: Window) -> int:
    """Return what a version's rule was paid for a period so far, less what was taken back; without version, of all.

    A true-up or bonus that somebody canceled counts as written: it is not written again behind their back.
    """
    lines = Commission.objects.filter(enrollment_id=enrollment_id, currency=currency).annotate(
        of_kind=Coalesce("reverses__kind", "kind"), of_rule=Coalesce("reverses__rule", "rule"),
        of_version=Coalesce("reverses__contract_version", "contract_version"),
        of_period=Coalesce("reverses__period", "period"), counted_at=Coalesce("reverses__accrued_at", "accrued_at"),
    )  # fmt: skip
    sold = Q(of_kind=Kind.EARNING) & within(window, "counted_at") & ~Q(state=CommissionState.CANCELED)
    beside = Q(of_kind__in=[Kind.TRUE_UP, Kind.BONUS], of_period=window.key)
    own = lines.filter(sold | beside, of_rule=entry_id)
    own = own if version_id is None else own.filter(of_version=version_id)
    return int(own.aggregate(total=Sum("amount_minor", default=0))["total"])


def true_ups_minor(line: Commission) -> int:
    """Return what the true-ups of a period under a rule came to before this one of them."""
    lines = Commission.objects.filter(
        kind=Kind.TRUE_UP, enrollment=line.enrollment_id, currency=line.currency, rule=line.rule, period=line.period
    )
    return int(lines.exclude(pk=line.pk).aggregate(total=Sum("amount_minor", default=0))["total"])


def levels_on_true_ups(line: Commission) -> list[Commission]:
    """Return the levels paid on the true-ups of the period of one of them, oldest first; canceled ones too."""
    levels = Commission.objects.filter(
        kind=Kind.LEVEL, currency=line.currency, period=line.period, derived_from__kind=Kind.TRUE_UP,
        derived_from__enrollment=line.enrollment_id, derived_from__rule=line.rule,
    )  # fmt: skip
    return list(levels.select_related("enrollment", "contract_version").order_by("pk"))


def first_level_to_mature(*, upline_id: int, recruit_id: int, currency: str, window: Window) -> datetime | None:
    """Return when the first level of a period on a recruit's sales matures."""
    levels = Commission.objects.filter(
        kind=Kind.LEVEL, enrollment=upline_id, derived_from__enrollment=recruit_id, currency=currency
    )
    of_period = levels.filter(Q(period=window.key) | within(window) & Q(period=""))
    first: datetime | None = of_period.aggregate(first=Min("matures_at"))["first"]
    return first


def first_to_mature(*, enrollment_id: int, currency: str, window: Window) -> datetime | None:
    """Return when the first sale of a period matures: what corrects the period is not taken back before."""
    sold = counted_lines(enrollment_id, currency).filter(within(window))
    first: datetime | None = sold.aggregate(first=Min("matures_at"))["first"]
    return first
