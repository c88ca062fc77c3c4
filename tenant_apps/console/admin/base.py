from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from tenant_apps.console.columns import column_of, facts_of, filter_of
from tenant_apps.console.look import navigation
from tenant_apps.console.showing import amount, chip

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


STATE = _("state")


class BrandModelAdmin(ModelAdmin):  # type: ignore[misc]
    """A list to read and a page per object; nothing is added, edited or deleted but by a verb.

    `detail_template` and `detail_context`, or the fields in `detail_facts`, make the object's page.
    """

    list_display: Any
    list_display_links: Any = ()
    list_filter: Any = ()
    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    list_fullwidth = True
    actions = None
    detail_template = ""
    list_before_template = "console/new_link.html"
    detail_facts: tuple[str, ...] = ()
    new_page = ""
    new_label: "StrOrPromise" = ""
    beside_page = ""
    beside_label: "StrOrPromise" = ""

    def __init__(self, model: type[models.Model], admin_site: Any) -> None:
        super().__init__(model, admin_site)
        self.list_display = [self._worded(name) for name in self.list_display]
        if self.list_display_links:  # empty stays empty: the first column leads to the object; None leads nowhere
            self.list_display_links = [self._worded(name) for name in self.list_display_links]
        self.list_filter = [filter_of(model, name) for name in self.list_filter]

    def _worded(self, name: str) -> str:
        """Return the name of the column that shows a field under its word; a column of ours keeps its own."""
        column = None if hasattr(type(self), name) else column_of(self.model, name)
        if column is None:
            return name
        setattr(self, f"{name}_column", column)
        return f"{name}_column"

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return bool(self.admin_site.has_permission(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(self.admin_site.has_permission(request))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list; where something can be made, a button leads to its form."""
        made = {"new_url": reverse(self.new_page), "new_label": self.new_label} if self.new_page else {}
        made |= {"beside_url": reverse(self.beside_page), "beside_label": self.beside_label} if self.beside_page else {}
        here = next((item for group in navigation(request) for item in group["items"] if item["active"]), None)
        made |= {"title": here["title"]} if here else {}
        answer: HttpResponse = super().changelist_view(request, {**(extra_context or {}), **made})
        return answer

    def title_of(self, subject: Any) -> str:
        """Return what an object's page is called, in the reader's language."""
        return str(subject)

    def detail_context(self, request: HttpRequest, subject: Any) -> dict[str, Any]:
        """Return what the object's page shows: the facts it names, where it has no template of its own."""
        return {"facts": facts_of(subject, self.detail_facts)} if self.detail_facts else {}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the object's own page; an unknown id is a 404, whoever's it is."""
        template = self.detail_template or ("console/facts.html" if self.detail_facts else "")
        if not template:
            answer: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
            return answer
        subject = self.get_object(request, object_id)
        if subject is None or not self.has_view_permission(request, subject):
            raise Http404
        context = {
            **self.admin_site.each_context(request),
            **self.detail_context(request, subject),
            "subject": subject, "opts": self.opts, "title": self.title_of(subject), "model_admin": self,
        }  # fmt: skip
        return TemplateResponse(request, template, context)


def money_column(field: str, description: "StrOrPromise") -> Any:
    """Make a list column that shows `field` (minor units) in the row's currency."""

    @admin.display(description=description, ordering=field)
    def column(_self: BrandModelAdmin, row: Any) -> SafeString:
        return amount(getattr(row, field), row.currency)

    return column


def state_column(field: str = "state", description: "StrOrPromise" = STATE) -> Any:
    """Make a list column that shows a state as a chip."""

    @admin.display(description=description, ordering=field if field != "state" else None)
    def column(_self: BrandModelAdmin, row: Any) -> SafeString:
        return chip(getattr(row, field), row._meta.model_name)

    return column
