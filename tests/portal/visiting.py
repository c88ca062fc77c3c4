"""A partner's user at the hosts, as a browser goes: signed in on the partner host, handed over to a brand."""

from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from kernel.actor import system
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.partners.actions import add_partner_user, invite_partner
from shared_apps.partners.models import Partner
from tenant_apps.programs.models import Enrollment
from tests.settlements.books import BORN, enrolled

PARTNERS = {"host": "partners.localhost"}
PASSWORD = "correct horse battery"


class Browser(Client):
    """A test client that keeps its cookies by host, as browsers do and Django's own does not."""

    def __init__(self) -> None:
        super().__init__()
        self.jars: dict[str, SimpleCookie] = {}

    def request(self, **request: Any) -> Any:
        self.cookies = self.jars.setdefault(request["HTTP_HOST"], SimpleCookie())
        return super().request(**request)


def at(brand: Brand) -> dict[str, str]:
    """Headers of a request to the brand's host."""
    return {"host": f"{brand.name.lower()}.localhost"}


def joined(brand: Brand, name: str = "Nordlicht Media", *, currency: str = "") -> Enrollment:
    with brand_entered(brand):
        return enrolled(brand, name, currency=currency or brand.currency)


def invited(brand: Brand, name: str) -> Partner:
    with brand_entered(brand):
        email = f"{name.lower().replace(' ', '.')}@example.com"
        return invite_partner(brand=brand, name=name, email=email, actor=system("tests"), at=BORN)


def user_of(partner: Partner, email: str = "ann@nordlicht.example") -> Any:
    return add_partner_user(partner=partner, email=email, password=PASSWORD, name="Ann")


def signed_in(client: Client, email: str = "ann@nordlicht.example", **extra: Any) -> Any:
    form = {"login": email, "password": PASSWORD} | extra
    return client.post("/accounts/login/", form, headers=PARTNERS)


def entered(client: Client, brand: Brand, next_path: str = "") -> Any:
    """Go from the partner host into the brand's portal; the answer of the brand's host."""
    address = handed_over(client, brand, next_path)
    return client.get(address, headers=at(brand))


def handed_over(client: Client, brand: Brand, next_path: str = "") -> str:
    """The path and query of the brand's host to which the partner host sends."""
    answer = client.get(f"/enter/{brand.public_id}/", {"next": next_path}, headers=PARTNERS)
    assert answer.status_code == 303, answer.content
    parts = urlsplit(answer["Location"])
    assert parts.hostname == at(brand)["host"]
    return f"{parts.path}?{parts.query}"
