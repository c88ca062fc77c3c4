"""An offer from draft to sale: priced, published, repriced, archived."""

from decimal import Decimal

import pytest

from kernel.actor import system
from kernel.clock import utc_now
from kernel.errors import IllegalTransition, InvalidInput
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.models import Brand
from tenant_apps.catalog.actions import archive_offer, create_offer, create_product, publish_offer, set_price
from tenant_apps.catalog.errors import OfferHasNoPrice, ProductCodeTaken, SlugTaken
from tenant_apps.catalog.models import Offer, Price, Product
from tenant_apps.catalog.queries import active_price, offer_by_slug, published_offers

DEED = {"actor": system("tests"), "at": utc_now()}


def an_offer(slug: str = "consulting", kind: str = "service") -> Offer:
    product = create_product(code=slug, name="Consulting", kind=kind, **DEED)
    return create_offer(
        product=product, slug=slug, title="An hour with us", summary="Short", description="Long", **DEED
    )


def test_a_kind_seeds_capabilities(in_aurora: Brand) -> None:
    assert an_offer().product.capabilities == ["consulted"]
    assert an_offer("ebook", "digital").product.capabilities == ["downloadable", "license_key"]


def test_an_offer_is_sold_once_it_is_priced_and_published(in_aurora: Brand) -> None:
    offer = an_offer()
    with pytest.raises(OfferHasNoPrice):
        publish_offer(offer=offer, **DEED)
    assert list(published_offers()) == []
    set_price(offer=offer, currency="EUR", amount_minor=11900, cost_minor=2000, tax_rate=Decimal("0.19"), **DEED)
    offer = publish_offer(offer=offer, **DEED)
    assert list(published_offers()) == [offer]
    archive_offer(offer=offer, **DEED)
    assert list(published_offers()) == []
    archived = offer_by_slug("consulting")
    assert archived is not None
    assert archived.state == "archived"
    trail = AuditEvent.objects.filter(subject_id=offer.public_id).order_by("pk")
    assert [event.verb for event in trail] == [
        "offer.created", "price.set", "offer.published", "offer.archived",
    ]  # fmt: skip


def test_a_new_price_puts_the_old_one_aside_and_leaves_other_currencies_alone(in_aurora: Brand) -> None:
    offer = an_offer()
    old = set_price(offer=offer, currency="EUR", amount_minor=100, **DEED)
    won = set_price(offer=offer, currency="KRW", amount_minor=150_000, **DEED)
    new = set_price(offer=offer, currency="EUR", amount_minor=120, **DEED)
    assert (active_price(offer, "EUR"), active_price(offer, "KRW"), active_price(offer, "USD")) == (new, won, None)
    old.refresh_from_db()
    assert (old.active, old.amount_minor) == (False, 100)


@pytest.mark.parametrize(
    ("price", "field"),
    [
        ({"currency": "eur"}, "currency"),
        ({"currency": "XTS"}, "currency"),
        ({"amount_minor": 0}, "amount_minor"),
        ({"amount_minor": 10**16}, "amount_minor"),
        ({"cost_minor": -1}, "cost_minor"),
        ({"tax_rate": Decimal(1)}, "tax_rate"),
        ({"tax_rate": Decimal("NaN")}, "tax_rate"),
        ({"tax_rate": Decimal("0.12345")}, "tax_rate"),
    ],
)
def test_a_wrong_price_names_its_field_and_is_not_kept(in_aurora: Brand, price: dict[str, object], field: str) -> None:
    offer = an_offer()
    good = set_price(offer=offer, currency="EUR", amount_minor=100, **DEED)
    with pytest.raises(InvalidInput) as refused:
        set_price(**{"offer": offer, "currency": "EUR", "amount_minor": 100} | price | DEED)
    assert [error["field"] for error in refused.value.errors] == [field]
    assert list(Price.objects.all()) == [good]
    assert active_price(offer, "EUR") == good


def test_codes_and_addresses_are_given_once(in_aurora: Brand) -> None:
    offer = an_offer()
    with pytest.raises(ProductCodeTaken):
        create_product(code="consulting", name="Again", kind="service", **DEED)
    with pytest.raises(SlugTaken):
        create_offer(product=offer.product, slug="consulting", title="Again", **DEED)
    assert (Product.objects.count(), Offer.objects.count()) == (1, 1)


def test_a_bad_product_names_each_field(in_aurora: Brand) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_product(code="no spaces", name="", kind="boat", **DEED)
    assert [error["field"] for error in refused.value.errors] == ["code", "name", "kind"]
    assert Product.objects.count() == 0


def test_an_archived_offer_is_not_archived_again(in_aurora: Brand) -> None:
    offer = archive_offer(offer=an_offer(), **DEED)
    with pytest.raises(IllegalTransition):
        archive_offer(offer=offer, **DEED)
