"""Operators set their brand up in the console: offers, prices, partners, contracts, links, sites."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kernel.actor import system
from shared_apps.accounts.actions import add_operator
from shared_apps.accounts.states import Role
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.catalog.models import Offer, Price, Product
from tenant_apps.payments.models import ProviderAccount
from tenant_apps.programs.models import ContractVersion, Enrollment, Link
from tenant_apps.tracking.models import Site

OFFER = {
    "offer_title": "Sauna night", "code": "sauna-night", "kind": "service", "summary": "Hot, then cold.",
    "price": "120.50", "cost": "40", "tax_rate": "19",
}  # fmt: skip
PARTNER = {"name": "Nils Nord", "email": "nils@nord.example", "kind": "person", "country": "no", "role": "creator"}
CONTRACT = {
    "rules": '[{"id": "all", "pay": {"kind": "percent", "rate": "0.10"}}]', "hold_days": "14", "minimum_payout": "25",
    "negative": "carry",
}  # fmt: skip
ACTOR = system("tests")
Operators = Callable[..., Client]


def post(operator: Client, path: str, **fields: str) -> Any:
    return operator.post(f"/console/{path}", fields)


def test_an_offer_is_made_priced_and_published(aurora: Brand, operator_of: Operators) -> None:
    operator = operator_of(aurora, Role.OPERATIONS)
    assert post(operator, "new/offer", **OFFER).status_code == 302
    with brand_entered(aurora):
        offer, price = Offer.objects.get(), Price.objects.get()
        assert (offer.state, offer.product.code) == ("draft", "sauna-night")
        assert (price.amount_minor, price.cost_minor, str(price.tax_rate)) == (12050, 4000, "0.1900")
        pk = offer.pk
    post(operator, f"verbs/offers/{pk}/publish")
    post(operator, f"new/offers/{pk}/price", price="99", tax_rate="7.5")
    with brand_entered(aurora):
        assert Offer.objects.get().state == "published"
        assert [(row.amount_minor, row.active) for row in Price.objects.order_by("pk")] == [
            (12050, False),
            (9900, True),
        ]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"price": "12.345"}, "EUR has 2 decimals"),
        ({"price": "-5"}, ""),
        ({"price": "many"}, ""),
        ({"tax_rate": "a lot"}, "Give a number"),
        ({"tax_rate": "100"}, ""),
        ({"code": "no spaces please"}, "slug"),
        ({"offer_title": ""}, "required"),
        ({"kind": "ship"}, "ship"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_half_made(
    aurora: Brand, operator_of: Operators, wrong: dict[str, str], message: str
) -> None:
    answer = post(operator_of(aurora, Role.OPERATIONS), "new/offer", **(OFFER | wrong))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert message in page
    assert 'class="tb-wrong"' in page
    assert "Hot, then cold." in page, "what was typed stays"
    with brand_entered(aurora):
        assert Product.objects.count() == Offer.objects.count() == Price.objects.count() == 0


def test_a_partner_gets_a_contract_a_link_and_a_site(aurora: Brand, operator_of: Operators) -> None:
    operator = operator_of(aurora, Role.OPERATIONS)
    assert post(operator, "new/partner", **PARTNER).status_code == 302
    with brand_entered(aurora):
        pk = Enrollment.objects.get().pk
    assert post(operator, f"new/enrollments/{pk}/contract", **CONTRACT).status_code == 302
    assert post(operator, f"new/enrollments/{pk}/link", code="nils", campaign="winter").status_code == 302
    assert (
        post(operator, f"new/enrollments/{pk}/site", name="Nord", hosts="nord.example\nwww.nord.example").status_code
        == 302
    )
    with brand_entered(aurora):
        version = ContractVersion.objects.get()
        assert (version.minimum_payout_minor, version.hold_days, version.currency) == (2500, 14, "EUR")
        assert Link.objects.get().code == "nils"
        assert Site.objects.get().allowed_hosts == ["nord.example", "www.nord.example"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rules": "not json"}, "This is not JSON"),
        ({"rules": '{"id": "all"}'}, "Give a list"),
        ({"rules": '[{"id": "all", "pay": {"kind": "percent", "rate": 0.1}}]'}, "[0].pay.rate"),
        (
            {"rules": '[{"id": "all", "when": {"produkt": ["x"]}, "pay": {"kind": "percent", "rate": "0.1"}}]'},
            "produkt",
        ),
        ({"minimum_payout": "1.234"}, "decimals"),
        ({"hold_days": "-1"}, "greater than or equal to 0"),
    ],
)
def test_terms_that_do_not_parse_are_refused_by_their_path(
    aurora: Brand, operator_of: Operators, wrong: dict[str, str], message: str
) -> None:
    operator = operator_of(aurora, Role.OPERATIONS)
    post(operator, "new/partner", **PARTNER)
    with brand_entered(aurora):
        pk = Enrollment.objects.get().pk
    answer = post(operator, f"new/enrollments/{pk}/contract", **(CONTRACT | wrong))
    assert answer.status_code == 422
    assert message in answer.content.decode()
    with brand_entered(aurora):
        assert ContractVersion.objects.count() == 0


def test_finance_may_look_and_not_make(aurora: Brand, operator_of: Operators) -> None:
    finance = operator_of(aurora, Role.FINANCE)
    assert finance.get("/console/catalog/offer/").status_code == 200
    assert post(finance, "new/offer", **OFFER).status_code == 403
    with brand_entered(aurora):
        assert Offer.objects.count() == 0
        assert [event.verb for event in AuditEvent.objects.filter(verb__startswith="denied")] == ["denied.offer"]


def test_only_an_admin_connects_payments_and_placeholders_are_refused(aurora: Brand, operator_of: Operators) -> None:
    admin = operator_of(aurora, Role.ADMIN)
    wrong = post(admin, "payment-account", account_id="acct_1", secret_key="sk_test_x", webhook_secret="whsec_")
    assert wrong.status_code == 422
    right = {"account_id": "acct_1", "secret_key": "sk_test_abcdefgh", "webhook_secret": "whsec_abcdefghijklmnop"}
    assert post(admin, "payment-account", **right).status_code == 302
    with brand_entered(aurora):
        account = ProviderAccount.objects.get()
        assert "abcdefgh" not in account.secret_key + account.webhook_secret


def test_nobody_signed_in_makes_nothing(aurora: Brand, client: Client) -> None:
    answer = client.post("/console/new/offer", OFFER, headers={"Host": "aurora.localhost"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/console/login/")
    with brand_entered(aurora):
        assert Offer.objects.count() == 0


def test_another_brands_objects_are_unknown(aurora: Brand, hanok: Brand, operator_of: Operators) -> None:
    post(operator_of(aurora, Role.ADMIN), "new/offer", **OFFER)
    with brand_entered(aurora):
        pk = Offer.objects.get().pk
    stranger = operator_of(hanok, Role.ADMIN)
    foreign, unknown = stranger.get(f"/console/new/offers/{pk}/price"), stranger.get("/console/new/offers/987654/price")
    assert foreign.status_code == unknown.status_code == 404
    assert stranger.post(f"/console/verbs/offers/{pk}/publish").status_code == 404
    with brand_entered(aurora):
        assert Offer.objects.get().state == "draft"


def test_finance_may_not_publish(aurora: Brand, operator_of: Operators) -> None:
    post(operator_of(aurora, Role.OPERATIONS), "new/offer", **OFFER)
    with brand_entered(aurora):
        offer = Offer.objects.get()
        finance = add_operator(email="fay@example.com", password="pass", name="Fay", roles=[Role.FINANCE], actor=ACTOR)
        browser = Client(headers={"Host": "aurora.localhost"})
        browser.force_login(finance)
    assert post(browser, f"verbs/offers/{offer.pk}/publish").status_code == 403
    with brand_entered(aurora):
        assert Offer.objects.get().state == "draft"
