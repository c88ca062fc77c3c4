"""Every periodic job on one screen. Jobs run in public and fan out to brands with due work."""

from shared_apps.audit.tasks import seal_record_everywhere, verify_everywhere
from shared_apps.outbox.tasks import sweep
from tenant_apps.attribution.tasks import expire_deals_everywhere
from tenant_apps.commissions.tasks import mature_everywhere
from tenant_apps.disputes.tasks import close_disputes
from tenant_apps.ledger.tasks import checkpoint_everywhere, seal_everywhere
from tenant_apps.payments.tasks import resolve_unknown
from tenant_apps.programs.tasks import bring_into_effect_everywhere
from tenant_apps.reports.tasks import drop_old_exports, drop_old_simulations

JOBS = [
    sweep, resolve_unknown, mature_everywhere, bring_into_effect_everywhere, checkpoint_everywhere, seal_everywhere,
    seal_record_everywhere, verify_everywhere, close_disputes, drop_old_exports, drop_old_simulations,
    expire_deals_everywhere,
]  # fmt: skip
