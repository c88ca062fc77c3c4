"""A partner's deal: enrolled, terms agreed and agreed anew, links that carry credit."""

from datetime import timedelta
from typing import Any

import pytest

from kernel.actor import system
from kernel.clock import utc_now
from kernel.errors import InvalidInput
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Message
from tenant_apps.programs.actions import create_link, enroll_partner, ensure_program, set_contract
from tenant_apps.programs.errors import AlreadyEnrolled, CodeTaken, ContractBackwards, EnrollmentNotActive
from tenant_apps.programs.models import ContractVersion, Enrollment, Link
from tenant_apps.programs.queries import (
    active_links,
    enrollment_by_ref,
    enrollments_of_partner,
    link_by_code,
    terms_for,
)

AT = utc_now()
DEED: dict[str, Any] = {"actor": system("tests"), "at": AT}
RULES = [{"id": "all", "pay": {"kind": "percent", "rate": "0.20", "base": "net"}}]
TERMS: dict[str, Any] = {
    "currency": "EUR",
    "rules": RULES,
    "hold_days": 14,
    "minimum_payout_minor": 5000,
    "negative": "carry",
}


def enrolled(role: str = "affiliate") -> Enrollment:
    program = ensure_program(name="Partners", at=AT)
    return enroll_partner(
        program=program, partner_ref="par_1", name="Nordic", email="Nordic@Example.com", role=role, **DEED
    )


def test_a_partner_is_enrolled_once_per_role(in_aurora: Brand) -> None:
    first = enrolled()
    with pytest.raises(AlreadyEnrolled):
        enrolled()
    agent = enrolled("agent")
    assert list(enrollments_of_partner("par_1")) == [first, agent]
    assert enrollment_by_ref(first.public_id) == first
    assert first.partner_email == "nordic@example.com"
    assert Message.objects.filter(name="partner.enrolled").count() == 2


def test_an_unknown_role_is_refused(in_aurora: Brand) -> None:
    with pytest.raises(InvalidInput, match="role"):
        enrolled("king")
    assert Enrollment.objects.count() == 0


def test_each_instant_has_at_most_one_set_of_terms(in_aurora: Brand) -> None:
    deal, day = enrolled(), timedelta(days=1)
    first = set_contract(enrollment=deal, effective_from=AT, **TERMS, **DEED)
    won = set_contract(enrollment=deal, effective_from=AT, **TERMS | {"currency": "KRW"}, **DEED)
    second = set_contract(enrollment=deal, effective_from=AT + 10 * day, **TERMS | {"hold_days": 30}, **DEED)
    found = [terms_for(deal.pk, "EUR", AT + offset * day, None) for offset in (-1, 0, 9, 10, 99)]
    assert found == [None, first, first, second, second]
    assert terms_for(deal.pk, "KRW", AT, None) == won
    assert terms_for(deal.pk, "USD", AT, None) is None
    assert [version.number for version in ContractVersion.objects.order_by("number")] == [1, 2, 3]
    assert AuditEvent.objects.filter(verb="contract.set").count() == 3


@pytest.mark.parametrize("days", [0, -1])
def test_terms_do_not_change_the_past(in_aurora: Brand, days: int) -> None:
    deal = enrolled()
    first = set_contract(enrollment=deal, effective_from=AT, **TERMS, **DEED)
    with pytest.raises(ContractBackwards):
        set_contract(enrollment=deal, effective_from=AT + timedelta(days=days), **TERMS, **DEED)
    assert list(ContractVersion.objects.all()) == [first]
    first.refresh_from_db()
    assert (first.state, first.effective_to) == ("effective", None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"rules": [{"id": "a", "pay": {"kind": "percent", "rate": 0.2}}]}, "rules[0].pay.rate"),
        (
            {"rules": [{"id": "a", "pay": {"kind": "percent", "rate": "0.2"}}, {"id": "a", "pay": RULES[0]["pay"]}]},
            "rules[1].id",
        ),
        ({"currency": "EURO"}, "currency"),
        ({"hold_days": -1}, "hold_days"),
        ({"minimum_payout_minor": -1}, "minimum_payout_minor"),
        ({"negative": "forget"}, "negative"),
    ],
)
def test_terms_that_are_not_fully_understood_are_refused(in_aurora: Brand, change: dict[str, Any], field: str) -> None:
    deal = enrolled()
    first = set_contract(enrollment=deal, effective_from=AT, **TERMS, **DEED)
    with pytest.raises(InvalidInput) as refused:
        set_contract(enrollment=deal, effective_from=AT + timedelta(days=1), **TERMS | change, **DEED)
    assert refused.value.field == field
    assert list(ContractVersion.objects.filter(effective_to=None)) == [first]


def test_a_link_is_found_in_any_case_and_given_once(in_aurora: Brand) -> None:
    deal = enrolled()
    link = create_link(enrollment=deal, code=" Nordic10 ", campaign="spring", **DEED)
    assert (link.code, link_by_code("NORDIC10"), link_by_code("other")) == ("nordic10", link, None)
    with pytest.raises(CodeTaken):
        create_link(enrollment=deal, code="NORDIC10", **DEED)
    with pytest.raises(InvalidInput, match="code"):
        create_link(enrollment=deal, code="two words", **DEED)
    assert list(Link.objects.all()) == [link]


def test_a_paused_enrollment_gets_no_links_and_its_links_earn_nothing(in_aurora: Brand) -> None:
    deal = enrolled()
    link = create_link(enrollment=deal, code="nordic", **DEED)
    assert active_links(["Nordic", "other"]) == {"nordic": link}
    Enrollment.objects.filter(pk=deal.pk).update(state="paused")
    assert active_links(["nordic"]) == {}
    with pytest.raises(EnrollmentNotActive):
        create_link(enrollment=deal, code="more", **DEED)
    with pytest.raises(EnrollmentNotActive):
        set_contract(enrollment=deal, effective_from=AT, **TERMS, **DEED)
    assert (Link.objects.count(), ContractVersion.objects.count()) == (1, 0)
