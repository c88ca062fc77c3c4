from datetime import datetime
from decimal import Decimal

from ninja import Field, Schema


class PriceOut(Schema):
    """What an offer costs in a currency: gross, minor units, the tax rate included."""

    currency: str
    amount_minor: int
    cost_minor: int
    tax_rate: Decimal


class OfferOut(Schema):
    """An offer with the product behind it."""

    id: str = Field(alias="public_id")
    slug: str
    title: str
    summary: str
    state: str
    product: str = Field(alias="product.code")
    kind: str = Field(alias="product.kind")
    capabilities: list[str] = Field(alias="product.capabilities")
    prices: list[PriceOut] = Field(alias="active_prices")
    created_at: datetime
