from allauth.account.adapter import DefaultAccountAdapter
from django.db import connection
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Operators are invited, never self-registered; people land where their role works."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        if connection.schema_name == "public":
            return "/"
        return "/console/" if request.user.is_staff else "/"
