from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kernel.countries import country_name
from tenant_apps.console.admin.base import BrandModelAdmin
from tenant_apps.console.deeds import actor_text
from tenant_apps.console.showing import percent_text
from tenant_apps.console.site import site
from tenant_apps.settlements.models import VatRate


@admin.register(VatRate, site=site)
class VatRateAdmin(BrandModelAdmin):
    list_display = ("country_told", "percent", "starts", "until", "source", "who", "end_it")
    list_display_links = None
    list_filter = ("country",)
    list_select_related = ("end",)
    search_fields = ("public_id", "country", "source")
    ordering = ("country", "-starts_on", "-pk")
    new_page, new_label = "console-new-vat-rate", _("Say a rate of VAT")

    @admin.display(description=_("country"), ordering="country")
    def country_told(self, rate: VatRate) -> str:
        return country_name(rate.country, get_language() or "en")

    @admin.display(description=_("rate"), ordering="rate")
    def percent(self, rate: VatRate) -> str:
        return percent_text(rate.rate)

    @admin.display(description=_("from"), ordering="starts_on")
    def starts(self, rate: VatRate) -> object:
        return rate.starts_on

    @admin.display(description=_("until before"))
    def until(self, rate: VatRate) -> object:
        if rate.ends_on == rate.starts_on:
            return _("taken back")
        return rate.ends_on or _("further notice")

    @admin.display(description=_("said by"))
    def who(self, rate: VatRate) -> str:
        return actor_text(rate.said_by_label)

    @admin.display(description="")
    def end_it(self, rate: VatRate) -> SafeString | str:
        if rate.ends_on is not None:
            return ""
        link = '<a class="tb-button" href="{}">{}<span class="tb-unseen"> {}</span></a>'
        return format_html(link, reverse("console-end-vat-rate", args=[rate.pk]), _("End"), rate.country)
