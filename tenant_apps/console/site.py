from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy
from unfold.sites import UnfoldAdminSite

from shared_apps.accounts.acting import actor_of
from shared_apps.accounts.policies import is_operator


class ConsoleSite(UnfoldAdminSite):  # type: ignore[misc]
    """The operators' site: whoever has a role at this brand may read, every verb asks its own policy."""

    index_template = "console/home.html"
    index_title = gettext_lazy("Home")

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and is_operator(actor_of(request)))

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Sign in where everybody signs in; a signed-in person without a role is told so."""
        if request.user.is_authenticated and not self.has_permission(request):
            return HttpResponse("Your account has no role at this brand.", status=403, content_type="text/plain")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), reverse("account_login"))


site = ConsoleSite(name="admin")
