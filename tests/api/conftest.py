"""Two brands with one of everything, and ways to ask as operator, key or nobody."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kernel.actor import system
from kernel.clock import utc_now
from shared_apps.accounts.actions import add_operator, create_api_key
from shared_apps.accounts.models import User
from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand

DEED: dict[str, Any] = {"actor": system("tests"), "at": utc_now()}


def host_of(brand: Brand) -> str:
    return f"{brand.name.lower()}.localhost"


@pytest.fixture
def key_of() -> Callable[..., str]:
    """Make an API key at a brand; return its secret."""

    def make(brand: Brand, *roles: Role) -> str:
        with brand_entered(brand):
            asked = list(roles) or [Role.ADMIN]
            email = f"key{User.objects.count()}@example.com"
            owner = add_operator(email=email, password="pass", name="Owner", roles=asked, actor=DEED["actor"])
            return create_api_key(name="tests", roles=asked, owner=owner, **DEED)[1]

    return make


@pytest.fixture
def operator_of() -> Callable[..., Client]:
    """Make an operator at a brand; return a browser where they are signed in."""

    def make(brand: Brand, *roles: Role, email: str = "op@example.com", **options: Any) -> Client:
        host = host_of(brand)
        browser = Client(headers={"Host": host}, **options)
        with brand_entered(brand):
            user = add_operator(email=email, password="pass", name="Op", roles=list(roles), actor=DEED["actor"])
            browser.force_login(user)
        return browser

    return make


def ask(brand: Brand, path: str, secret: str = "", method: str = "get", **more: Any) -> Any:
    headers = {"Host": host_of(brand)} | ({"Authorization": f"Bearer {secret}"} if secret else {})
    return getattr(Client(), method)(f"/api/v1{path}", headers=headers | more.pop("headers", {}), **more)
