from datetime import datetime
from typing import Annotated

from ninja import Field, Schema

from kernel.strict import Key, Short, Strict, Text
from tenant_apps.customers.models import Lead


class LeadForm(Strict):
    """What a visitor wrote; whether it names somebody is for the customers' rules to say."""

    email: Annotated[Text, Field(max_length=320)]
    name: Short = ""
    phone: Annotated[Text, Field(max_length=60)] = ""
    message: Annotated[Text, Field(max_length=5000)] = ""
    offer: Annotated[Text, Field(max_length=80)] = ""
    country: Text = ""
    metadata: dict[Text, Text] = {}


class LeadIn(Strict):
    """The body of `POST /w/v1/leads`."""

    site: Key
    visitor: Key
    lead: LeadForm


class LeadOut(Schema):
    """Who asked about which offer on which site, and how it stands."""

    id: str = Field(alias="public_id")
    state: str
    customer: str = Field(alias="customer.public_id")
    email: str = Field(alias="customer.email")
    name: str = Field(alias="customer.name")
    phone: str = Field(alias="customer.phone")
    offer: str | None = None
    site: str | None = None
    message: str
    country: str
    metadata: dict[str, str]
    visitor_ref: str
    page_url: str
    times_asked: int
    opened_at: datetime
    last_asked_at: datetime

    @staticmethod
    def resolve_offer(lead: Lead) -> str | None:
        """The offer's slug, if the lead names one."""
        return lead.offer.slug if lead.offer else None

    @staticmethod
    def resolve_site(lead: Lead) -> str | None:
        """The site's id, if the lead came by one."""
        return lead.site.public_id if lead.site else None
