"""What Unfold asks of us: colours and names of the brand, the sidebar, the environment badge. Fresh dicts each time."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _

from shared_apps.brands.models import Brand
from shared_apps.brands.queries import theme_of
from shared_apps.brands.rules import palette
from tenant_apps.console.queries import dashboard_story


def title(request: HttpRequest) -> str:
    return str(getattr(request.tenant, "name", "Tributary"))  # type: ignore[attr-defined]


def favicon(request: HttpRequest) -> str:
    """Return the icon of the tab: without one, browsers ask for /favicon.ico and log a 404."""
    return static("tributary/icons/icon.svg")


def primary_colours(request: HttpRequest) -> dict[str, str]:
    """Return the steps 50 to 950 of the brand's colour; Unfold changes what it gets, so a new dict each time."""
    return dict(palette(theme_of(request.tenant).primary))  # type: ignore[attr-defined]


def environment(request: HttpRequest) -> list[str] | None:
    """Mark a brand in test mode, so that nobody takes its money for real."""
    return [_("Test mode"), "warning"] if request.tenant.mode == Brand.Mode.TEST else None  # type: ignore[attr-defined]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar: the money's way, top down."""
    groups = {
        "": [(_("Home"), "home", "index")],
        _("Sales"): [
            (_("Leads"), "contact_mail", "customers_lead_changelist"),
            (_("Orders"), "receipt_long", "orders_order_changelist"),
            (_("Customers"), "group", "customers_customer_changelist"),
            (_("Offers"), "sell", "catalog_offer_changelist"),
        ],
        _("Partners"): [
            (_("Enrollments"), "handshake", "programs_enrollment_changelist"),
            (_("Programs"), "workspaces", "programs_program_changelist"),
            (_("Contracts"), "contract", "programs_contractversion_changelist"),
            (_("Attributions"), "alt_route", "attribution_attribution_changelist"),
            (_("Attribution policy"), "tune", "attribution_policy_changelist"),
            (_("Registered deals"), "flag", "attribution_deal_changelist"),
            (_("Agents' entries"), "support_agent", "attribution_agententry_changelist"),
            (_("Duplicates"), "content_copy", "attribution_duplicatesuspicion_changelist"),
            (_("Imports"), "upload_file", "attribution_import_changelist"),
            (_("Commissions"), "paid", "commissions_commission_changelist"),
            (_("Claims to credit"), "balance", "disputes_creditdispute_changelist"),
            (_("Sites"), "language", "tracking_site_changelist"),
        ],
        _("Money"): [
            (_("Periods"), "calendar_month", "settlements_period_changelist"),
            (_("Settlements"), "account_balance_wallet", "settlements_settlement_changelist"),
            (_("Statements"), "description", "settlements_statement_changelist"),
            (_("Credit notes"), "contract_delete", "settlements_creditnote_changelist"),
            (_("Corrections"), "edit_document", "settlements_correction_changelist"),
            (_("Adjustments"), "tune", "settlements_adjustment_changelist"),
            (_("Batches of payouts"), "playlist_add_check", "settlements_payoutbatch_changelist"),
            (_("Payouts"), "payments", "settlements_payout_changelist"),
            (_("Refunds"), "undo", "payments_refund_changelist"),
            (_("Exchange rates"), "currency_exchange", "commissions_exchangerate_changelist"),
            (_("VAT rates"), "percent", "settlements_vatrate_changelist"),
            (_("Ledger"), "account_balance", "ledger_account_changelist"),
            (_("Trial balance"), "balance", "console-trial-balance"),
        ],
        _("Reports"): [
            (_("What is owed"), "monitoring", "console-reports"),
            (_("Simulations"), "science", "reports_simulation_changelist"),
            (_("Exports"), "download", "reports_export_changelist"),
        ],
        _("Record"): [
            (_("Audit log"), "fact_check", "audit_auditevent_changelist"),
            (_("Background"), "manufacturing", "outbox_delivery_changelist"),
            (_("Provider inbox"), "inbox", "payments_inboundevent_changelist"),
        ],
    }
    return [
        {
            "title": heading,
            "separator": bool(heading),
            "items": [_item(request, *item) for item in items],
        }
        for heading, items in groups.items()
    ]


def _item(request: HttpRequest, label: str, icon: str, name: str) -> dict[str, Any]:
    return {"title": label, "icon": icon, "link": _link(name), "active": _is_active(request, name)}


def _link(name: str) -> str:
    return reverse(name if name.startswith("console-") else f"admin:{name}")


def _is_active(request: HttpRequest, name: str) -> bool:
    link = _link(name)
    return request.path == link if name == "index" else request.path.startswith(link)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the home page."""
    return {**context, **dashboard_story()}
