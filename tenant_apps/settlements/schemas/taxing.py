from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from ninja import Field, Schema
from pydantic import BeforeValidator

from kernel.strict import Strict, Text
from tenant_apps.settlements.schemas.settling import day


class VatRateOut(Schema):
    """A country's standard rate of VAT from a day on, where that is written, and the first day without it."""

    id: str = Field(alias="public_id")
    country: str
    rate: Decimal
    starts_on: date
    ends_on: date | None
    source: str
    said_at: datetime
    said_by: str = Field(alias="said_by_label")


class VatRateIn(Strict):
    """A country's standard rate as a share such as "0.19"; the source is a law or a notice."""

    country: Annotated[Text, Field(min_length=2, max_length=2)]
    rate: Annotated[Text, Field(max_length=10)]
    starts_on: Annotated[date, BeforeValidator(day)]
    source: Annotated[Text, Field(min_length=1, max_length=200)]


class VatRateEndIn(Strict):
    """The first day on which the rate no longer holds."""

    ends_on: Annotated[date, BeforeValidator(day)]
