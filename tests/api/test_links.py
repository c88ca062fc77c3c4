"""Codes that carry credit are made and listed over the API as in the console: a partner's own, each given once."""

from collections.abc import Callable
from typing import Any

from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.programs.models import Link
from tenant_apps.programs.queries import coupon_by_code

from .conftest import ask
from .contracting import a_deal


def test_a_coupon_code_is_a_partners_own(aurora: Brand, key_of: Callable[..., str]) -> None:
    secret = key_of(aurora)
    with brand_entered(aurora):
        deal = a_deal()

    def made(**body: Any) -> Any:
        path = f"/partners/enrollments/{deal.public_id}/links"
        return ask(aurora, path, secret, "post", data=body, content_type="application/json")

    code = made(code="NORD10", kind="code", campaign="spring").json()
    assert (code["code"], code["kind"], code["campaign"], code["partner"]) == ("nord10", "code", "spring", "par_1")
    assert (made(code="nord").json()["kind"], made(code="Nord10").status_code) == ("link", 409)
    for wrong, field in (({"code": "a b"}, "code"), ({"code": "x", "kind": "sms"}, "kind"), ({}, "code")):
        refused = made(**wrong)
        assert (refused.status_code, refused.json()["details"]["errors"][0]["field"]) == (422, field)
    assert [row["code"] for row in ask(aurora, "/partners/links", secret).json()["items"]] == ["nord", "nord10"]
    with brand_entered(aurora):
        found = coupon_by_code("Nord10")
        assert found is not None
        assert (found.enrollment, Link.objects.count()) == (deal, 2)
