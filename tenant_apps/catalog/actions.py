import re
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from tenant_apps.catalog import rules
from tenant_apps.catalog.errors import OfferHasNoPrice, ProductCodeTaken, SlugTaken
from tenant_apps.catalog.models import Offer, Price, Product
from tenant_apps.catalog.states import OFFER, OfferState

SLUG = re.compile(r"[A-Za-z0-9_-]+")


@transaction.atomic
def create_product(*, code: str, name: str, kind: str, actor: Actor, at: datetime) -> Product:
    """Create a product with the capabilities its kind seeds.

    Raises InvalidInput (each field named) and ProductCodeTaken.
    """
    errors = _wrong_names(code=(code, 60), name=name)
    if kind not in rules.KINDS:
        errors.append(
            {"field": "kind", "message": sentence("must be one of %(choices)s", choices=", ".join(rules.KINDS))}
        )
    if errors:
        raise InvalidInput(errors=errors)
    try:
        with transaction.atomic():
            product = Product.objects.create(
                code=code, name=name.strip(), kind=kind, capabilities=rules.capabilities_of(kind), created_at=at
            )
    except IntegrityError as taken:
        raise ProductCodeTaken(sentence("There already is a product %(code)s.", code=code), field="code") from taken
    record(actor=actor, verb="product.created", subject=product, at=at, after={"code": code, "kind": kind})
    return product


@transaction.atomic
def create_offer(
    *, product: Product, slug: str, title: str, actor: Actor, at: datetime, summary: str = "", description: str = ""
) -> Offer:
    """Create a draft offer of a product at an address; raises InvalidInput and SlugTaken."""
    errors = _wrong_names(slug=(slug, 80), title=title)
    if len(summary) > 300:
        errors.append({"field": "summary", "message": "must have at most 300 characters"})
    if errors:
        raise InvalidInput(errors=errors)
    try:
        with transaction.atomic():
            offer = Offer.objects.create(
                product=product, slug=slug, title=title.strip(), summary=summary, description=description, created_at=at
            )
    except IntegrityError as taken:
        raise SlugTaken(sentence("There already is an offer at %(slug)s.", slug=slug), field="slug") from taken
    record(actor=actor, verb="offer.created", subject=offer, at=at, after={"slug": slug, "product": product.code})
    return offer


@transaction.atomic
def set_price(
    *, offer: Offer, currency: str, amount_minor: int, actor: Actor, at: datetime, cost_minor: int = 0,
    tax_rate: Decimal = Decimal(0),
) -> Price:  # fmt: skip
    """Give an offer its price in a currency; the active one is put aside, never edited.

    Amounts are gross, in minor units; the tax rate is included in them. Raises InvalidInput.
    """
    wrong = rules.wrong_price(currency=currency, amount_minor=amount_minor, cost_minor=cost_minor, tax_rate=tax_rate)
    if wrong:
        raise InvalidInput(errors=wrong)
    # The offer's row is the lock: of two racing prices the later one stays active.
    Offer.objects.select_for_update().get(pk=offer.pk)
    before = Price.objects.filter(offer=offer, currency=currency, active=True).first()
    if before is not None:
        Price.objects.filter(pk=before.pk).update(active=False)
    price = Price.objects.create(
        offer=offer,
        currency=currency,
        amount_minor=amount_minor,
        cost_minor=cost_minor,
        tax_rate=tax_rate,
        created_at=at,
    )
    record(
        actor=actor,
        verb="price.set",
        subject=offer,
        at=at,
        before=_amounts(before) if before else None,
        after=_amounts(price),
    )
    return price


@transaction.atomic
def publish_offer(*, offer: Offer, actor: Actor, at: datetime) -> Offer:
    """Show an offer to customers; raises OfferHasNoPrice and IllegalTransition."""
    locked = Offer.objects.select_for_update().get(pk=offer.pk)
    if not Price.objects.filter(offer=locked, active=True).exists():
        raise OfferHasNoPrice
    change_state(locked, OFFER, OfferState.PUBLISHED, actor=actor, at=at)
    return locked


@transaction.atomic
def archive_offer(*, offer: Offer, actor: Actor, at: datetime, reason: str = "") -> Offer:
    """Take an offer out of sale; what was ordered stays ordered."""
    locked = Offer.objects.select_for_update().get(pk=offer.pk)
    change_state(locked, OFFER, OfferState.ARCHIVED, actor=actor, at=at, reason=reason)
    return locked


def _wrong_names(**given: str | tuple[str, int]) -> list[dict[str, str]]:
    errors = []
    for field, value in given.items():
        if isinstance(value, tuple):
            text, most = value
            if len(text) > most or not SLUG.fullmatch(text):
                message = sentence("must be 1 to %(most)s letters, digits, hyphens or underscores", most=most)
                errors.append({"field": field, "message": message})
        elif not 0 < len(value.strip()) <= 160:
            errors.append({"field": field, "message": "must have 1 to 160 characters"})
    return errors


def _amounts(price: Price) -> dict[str, object]:
    return {
        "currency": price.currency, "amount_minor": price.amount_minor, "cost_minor": price.cost_minor,
        "tax_rate": str(price.tax_rate),
    }  # fmt: skip
