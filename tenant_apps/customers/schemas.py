from typing import Annotated

from pydantic import Field

from kernel.strict import Key, Short, Strict, Text


class LeadForm(Strict):
    """What a visitor wrote; whether it names somebody is for the customers' rules to say."""

    email: Annotated[Text, Field(max_length=320)]
    name: Short = ""
    phone: Annotated[Text, Field(max_length=60)] = ""
    message: Annotated[Text, Field(max_length=5000)] = ""
    offer: Annotated[Text, Field(max_length=80)] = ""


class LeadIn(Strict):
    """The body of `POST /w/v1/leads`."""

    site: Key
    visitor: Key
    lead: LeadForm
