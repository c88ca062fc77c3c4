from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from shared_apps.brands.clock import now
from shared_apps.outbox.models import Delivery
from tenant_apps.catalog.models import Offer
from tenant_apps.commissions.models import Commission
from tenant_apps.customers.models import Lead
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.orders.models import Order
from tenant_apps.payments.models import InboundEvent, ProviderAccount
from tenant_apps.programs.models import Enrollment
from tenant_apps.settlements.models import Settlement
from tenant_apps.settlements.queries import open_periods

DAYS = 30


def dashboard_story() -> dict[str, Any]:
    """Return the home page: sales of 30 days by day, what is owed to partners, what waits for somebody."""
    today = timezone.localdate(now())
    # Whole days of the brand, so that the sum and the bars tell of the same orders.
    since = timezone.make_aware(datetime.combine(today - timedelta(days=DAYS - 1), time.min))
    orders = Order.objects.filter(paid_at__gte=since)
    owed = (
        Commission.objects.filter(state__in=["pending", "confirmed", "payable"])
        .values("currency", "state").annotate(total=Sum("amount_minor")).order_by("currency")
    )  # fmt: skip
    sold = orders.values("currency").annotate(total=Sum("total_minor"), back=Sum("refunded_minor"), count=Count("pk"))
    per_day = dict(
        orders.annotate(day=TruncDate("paid_at"))
        .values("day")
        .annotate(total=Sum("total_minor"))
        .values_list("day", "total")
    )
    days = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
    top = max([*per_day.values(), 1])
    return {
        "sold": list(sold.order_by("currency")),
        "owed": list(owed),
        "ever_sold": Order.objects.filter(paid_at__isnull=False).exists(),
        "leads_new": Lead.objects.filter(state="new").count(),
        "chart": [
            {"day": day, "total": per_day.get(day, 0), "height": per_day.get(day, 0) * 100 // top} for day in days
        ],
        "to_do": _to_do(),
        "days": DAYS,
    }


def _to_do() -> list[dict[str, Any]]:
    waiting = [
        (len(open_periods(now())), _("periods that can be closed"), reverse("admin:settlements_period_changelist")),
        (
            Settlement.objects.filter(state="draft").count(),
            _("settlements that wait for a second person"),
            reverse("admin:settlements_settlement_changelist") + "?state__exact=draft",
        ),
        (
            Settlement.objects.filter(state="issued", payout_minor__gt=0)
            .filter(Q(payout=None) | Q(payout__state="failed"))
            .count(),
            _("statements to pay out"),
            reverse("admin:settlements_settlement_changelist") + "?state__exact=issued",
        ),
        (
            Commission.objects.filter(state="hold").count(),
            _("commissions on hold"),
            reverse("admin:commissions_commission_changelist") + "?state__exact=hold",
        ),
        (
            CreditDispute.objects.filter(state="submitted").count(),
            _("claims to credit to open up"),
            reverse("admin:disputes_creditdispute_changelist") + "?state__exact=submitted",
        ),
        (
            CreditDispute.objects.filter(state__in=["opened", "hearing"]).count(),
            _("claims to credit to decide"),
            reverse("admin:disputes_creditdispute_changelist") + "?state__exact=hearing",
        ),
        (
            InboundEvent.objects.filter(state="parked").count(),
            _("payment events parked"),
            reverse("admin:payments_inboundevent_changelist") + "?state__exact=parked",
        ),
        (
            Delivery.objects.filter(state="dead").count(),
            _("background jobs that gave up"),
            reverse("admin:outbox_delivery_changelist") + "?state__exact=dead",
        ),
    ]
    connected = ProviderAccount.objects.filter(active=True).exists()
    first_steps = [
        (not connected, _("Connect the payment account"), reverse("console-payment-account")),
        (not Offer.objects.exists(), _("Create the first offer"), reverse("console-new-offer")),
        (not Enrollment.objects.exists(), _("Enroll the first partner"), reverse("console-new-partner")),
    ]
    return [{"count": "", "label": label, "url": url} for missing, label, url in first_steps if missing] + [
        {"count": count, "label": label, "url": url} for count, label, url in waiting if count
    ]
