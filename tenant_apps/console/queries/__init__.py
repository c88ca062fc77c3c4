"""Reads behind the console's pages: each `*_story` is all that one object's page shows."""

from tenant_apps.console.queries.books import account_story, entry_story, name_entries, order_pks, partner_names
from tenant_apps.console.queries.closing import periods_story
from tenant_apps.console.queries.commissions import commission_story
from tenant_apps.console.queries.correcting import adjustment_story, sheets_of, statement_story
from tenant_apps.console.queries.credit import attribution_story, enrollment_story
from tenant_apps.console.queries.dashboard import dashboard_story
from tenant_apps.console.queries.orders import customer_story, lead_story, order_story
from tenant_apps.console.queries.settling import period_story, settlement_story

__all__ = [
    "account_story",
    "adjustment_story",
    "attribution_story",
    "commission_story",
    "customer_story",
    "dashboard_story",
    "enrollment_story",
    "entry_story",
    "lead_story",
    "name_entries",
    "order_pks",
    "order_story",
    "partner_names",
    "period_story",
    "periods_story",
    "settlement_story",
    "sheets_of",
    "statement_story",
]
