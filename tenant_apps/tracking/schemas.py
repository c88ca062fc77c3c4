from typing import Annotated

from pydantic import Field

from kernel.strict import Address, Instant, Key, Short, Strict, Text

MOST_EVENTS = 50


class Utm(Strict):
    """The campaign parameters of the page's address."""

    source: Short = ""
    medium: Short = ""
    campaign: Short = ""
    term: Short = ""
    content: Short = ""


class EventIn(Strict):
    """One thing a visitor did; `id` makes it the same event when it is sent again."""

    id: Key
    type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    at: Instant
    url: Address = ""
    referrer: Address = ""
    via: Short = ""
    utm: Utm = Utm()
    click_id: Annotated[Text, Field(max_length=500)] = ""
    placement: Short = ""


class EventsIn(Strict):
    """The body of `POST /w/v1/events`."""

    site: Key
    visitor: Key
    events: Annotated[list[EventIn], Field(min_length=1, max_length=MOST_EVENTS)]


class OffersAsked(Strict):
    """The query of `GET /w/v1/offers`."""

    site: Key
