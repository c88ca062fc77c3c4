from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from shared_apps.brands.postgresql.base import connected


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Operators are invited, never self-registered; people land where their role works."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        if connected().schema_name == "public":
            return "/"
        return "/console/" if request.user.is_staff else "/"
