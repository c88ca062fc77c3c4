"""A roll-up that comes late never takes the place of a younger one."""

from datetime import UTC, datetime, timedelta
from typing import Any

from kernel.actor import system
from shared_apps.brands.entering import public_entered
from shared_apps.partners.actions import invite_partner, record_balance
from shared_apps.partners.models import PartnerBalance

AT = datetime(2026, 5, 1, tzinfo=UTC)


def test_an_older_roll_up_changes_nothing(in_aurora: Any) -> None:
    partner = invite_partner(brand=in_aurora, name="Nord", email="n@example.com", actor=system("tests"), at=AT)
    for payable, as_of in ((500, AT), (700, AT + timedelta(hours=1)), (500, AT)):
        record_balance(
            brand=in_aurora, partner_ref=partner.public_id, currency="EUR", pending_minor=0, confirmed_minor=0,
            payable_minor=payable, paid_minor=0, as_of=as_of,
        )  # fmt: skip
    with public_entered():
        assert PartnerBalance.objects.get().payable_minor == 700
