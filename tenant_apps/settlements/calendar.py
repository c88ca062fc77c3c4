"""The brand's own calendar: its zone and the changes of its cadence."""

from kernel.periods import Cadence
from shared_apps.brands.entering import entered_brand
from tenant_apps.settlements.models import CadenceChange
from tenant_apps.settlements.rules.calendar import Calendar, Change


def brand_zone() -> str:
    """Return the time zone of the entered brand."""
    return entered_brand().timezone


def brand_calendar() -> Calendar:
    """Return how the entered brand cuts time into periods, in one query."""
    changes = CadenceChange.objects.order_by("starts_at").values_list("starts_at", "cadence")
    return Calendar(brand_zone(), tuple(Change(starts_at, Cadence(cadence)) for starts_at, cadence in changes))
