from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from unfold.sites import UnfoldAdminSite

from shared_apps.accounts.acting import actor_of
from shared_apps.accounts.policies import is_operator
from tenant_apps.console.look import navigation


class ConsoleSite(UnfoldAdminSite):  # type: ignore[misc]
    """The operators' site: whoever has a role at this brand may read, every verb asks its own policy."""

    index_template = "console/home.html"
    index_title = gettext_lazy("Home")

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and is_operator(actor_of(request)))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign in where everybody signs in; a signed-in person without a role is told so."""
        if request.user.is_authenticated and not self.has_permission(request):
            told = gettext("Your account has no role at this brand.")
            return HttpResponse(told, status=403, content_type="text/plain; charset=utf-8")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("account_login"))

    def app_index(
        self, request: HttpRequest, app_label: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead from the root of an address to the menu's first page below it: the menu is the console's only index."""
        root = f"{reverse('admin:index')}{app_label}/"
        links = [item["link"] for group in navigation(request) for item in group["items"]]
        for link in links:
            if link.startswith(root):
                return redirect(link)
        raise Http404


site = ConsoleSite(name="admin")
