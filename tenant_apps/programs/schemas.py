from datetime import datetime

from ninja import Field, Schema


class EnrollmentOut(Schema):
    """A partner's deal with this brand in one role."""

    id: str = Field(alias="public_id")
    program: str = Field(alias="program.name")
    partner: str = Field(alias="partner_ref")
    partner_name: str
    partner_email: str
    role: str
    state: str
    enrolled_at: datetime
