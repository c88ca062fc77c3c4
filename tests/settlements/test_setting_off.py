"""A partner's debt at one brand set off against another's payouts: allowed three times over, decided by two persons."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.actor import system
from kernel.errors import IllegalTransition, InvalidInput, NotFound
from kernel.rates import round_half_away
from shared_apps.accounts.actions import add_operator
from shared_apps.accounts.states import Role
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.brands.models import Brand
from shared_apps.partners.actions import agree_to_netting, set_terms, withdraw_netting
from shared_apps.partners.models import Partner
from shared_apps.partners.queries import nettings_of
from tenant_apps.ledger.queries import balance
from tenant_apps.programs.models import Enrollment
from tenant_apps.settlements.actions import (
    approve_adjustment,
    close_period,
    decline_adjustment,
    issue_statement,
    propose_adjustment,
    propose_set_off,
)
from tenant_apps.settlements.actions.approving import approve
from tenant_apps.settlements.errors import (
    EarlierPeriodOpen,
    NothingToSetOff,
    OtherBrandDecides,
    SecondPersonNeeded,
    SetOffNotAllowed,
)
from tenant_apps.settlements.models import Adjustment, Settlement
from tenant_apps.settlements.proof import mismatches
from tenant_apps.settlements.queries import has_unclosed_periods, possible_set_offs, unsettled_balances
from tenant_apps.settlements.rules.setting_off import Untaxed, after_taxes, most_to_set_off
from tests.conftest import brand_named, use_database
from tests.portal.visiting import joined
from tests.running import together
from tests.settlements.books import ANNA, BEN, BORN, JULY, JUNE, MAY, clawed_back, earned

CARL = replace(BEN, id="usr_carl", label="Carl")


def allow(brand: Brand, partner_ref: str, *, agreed: bool = True, withheld: str = "0") -> None:
    with brand_entered(brand):
        rate = Decimal(withheld)
        set_terms(brand=brand, partner_ref=partner_ref, withholding_rate=rate, netting=True, actor=ANNA, at=MAY)
    if agreed:
        with public_entered():
            partner = Partner.objects.get(public_id=partner_ref)
        [told] = [each for each in nettings_of(partner, language="en") if each.brand.pk == brand.pk]
        agree_to_netting(
            partner=partner, brand=brand, language="en", shown_sha256=told.sha256, actor=ANNA, at=MAY
        )  # fmt: skip


def one_entity(*brands: Brand) -> None:
    with public_entered():
        Brand.objects.filter(pk__in=[brand.pk for brand in brands]).update(legal_name="Reisen GmbH", vat_id="DE1")
        for brand in brands:
            brand.refresh_from_db()


def owing(
    aurora: Brand, hanok: Brand, *, owed: int = 100_00, debt: int = 30_00, name: str = "Nordlicht Media",
    withheld: tuple[str, str] = ("0", "0"), at: datetime = MAY,
) -> str:  # fmt: skip
    """A partner to whom Aurora owes and who owes Hanok, in euros; all three allow that debts are set off."""
    one_entity(aurora, hanok)
    here, there = joined(aurora, name), joined(hanok, name, currency="EUR")
    with brand_entered(aurora):
        earned(here, owed, at)
    with brand_entered(hanok):
        clawed_back(earned(there, 0, at), debt, at)
    for brand, rate in zip((aurora, hanok), withheld, strict=True):
        allow(brand, here.partner_ref, withheld=rate)
    return here.partner_ref


def propose(aurora: Brand, hanok: Brand, partner: str, amount: int | None = None, **more: Any) -> Adjustment:
    told: dict[str, Any] = {"currency": "EUR", "reason": "May", "actor": ANNA, "at": MAY} | more
    with brand_entered(aurora):
        return propose_set_off(partner_ref=partner, brand_ref=hanok.public_id, amount_minor=amount, **told)


def decided_at(brand: Brand, decide: Any = approve_adjustment, actor: Any = BEN, **more: Any) -> Adjustment:
    with brand_entered(brand):
        adjustment = Adjustment.objects.latest("pk")
        return decide(adjustment=adjustment, actor=actor, at=MAY, **more)  # type: ignore[no-any-return]


def sound(*brands: Brand) -> None:
    for brand in brands:
        with brand_entered(brand):
            assert list(mismatches()) == []


@contextmanager
def nothing_moves(*brands: Brand) -> Iterator[None]:
    def state() -> list[Any]:
        found = []
        for brand in brands:
            with brand_entered(brand):
                found.append([*Adjustment.objects.order_by("pk").values()])
                found.append(unsettled_balances(Enrollment.objects.values_list("partner_ref", flat=True)))
        return found

    before = state()
    yield
    assert state() == before


@given(st.integers(-(10**15), 10**15), st.integers(-(10**15), 10**15))
def test_what_is_set_off_turns_neither_side(owed: int, balance_there: int) -> None:
    most = most_to_set_off(owed, balance_there)
    assert most >= 0
    if most:
        assert owed - most >= 0 >= balance_there + most
        assert owed - most == 0 or balance_there + most == 0


def test_both_books_have_it_at_once_and_both_statements_say_it(aurora: Any, hanok: Any) -> None:
    partner = owing(aurora, hanok)
    with brand_entered(aurora):
        [possible] = possible_set_offs()
    assert (possible.partner_ref, possible.brand, possible.currency, possible.most_minor) == (
        partner, hanok, "EUR", 30_00,
    )  # fmt: skip
    ours = propose(aurora, hanok, partner)
    sound(aurora, hanok)
    theirs = decided_at(hanok)
    sound(aurora, hanok)
    assert (ours.amount_minor, theirs.amount_minor, ours.cause_ref) == (-30_00, 30_00, theirs.public_id)
    for brand, other, kept, clearing in ((aurora, hanok, 70_00, -30_00), (hanok, aurora, 0, 30_00)):
        with brand_entered(brand):
            assert balance(f"partner_payable:{partner}", "EUR") == kept
            assert balance(f"set_off:{other.public_id}", "EUR") == clearing
            verbs = AuditEvent.objects.filter(subject_id=Adjustment.objects.get().public_id).order_by("pk")
            assert [event.verb for event in verbs] == ["adjustment.proposed", "adjustment.approved"]
            assert possible_set_offs() == []
            for settlement in close_period(label="2026-05", actor=ANNA, at=JUNE).settlements.all():
                statement = issue_statement(settlement=approve(settlement=settlement, actor=BEN, at=JUNE), at=JUNE)
                [told] = statement.snapshot["adjustments"]
                assert (told["kind"], told["reason"]) == ("set_off", f"{other.name}: May")
                assert (settlement.payout_minor, settlement.closing_minor) == (kept, 0)
    sound(aurora, hanok)


@given(
    st.lists(st.tuples(st.integers(-10_000, 10_000), st.decimals(0, 1, places=3)), max_size=4), st.integers(0, 50_000)
)
def test_what_the_close_withholds_is_left_over_and_turns_neither_side(
    sums: list[tuple[int, Decimal]], beside: int
) -> None:
    untaxed = [Untaxed(amount, rate) for amount, rate in sums]
    withheld = round_half_away(sum((Fraction(amount) * Fraction(rate) for amount, rate in sums), Fraction(0)))
    for balance_now in (sum(amount for amount, _ in sums) + beside, sum(amount for amount, _ in sums) - beside):
        most = after_taxes(balance_now, untaxed)
        if balance_now > 0 and most:
            assert balance_now - withheld - most >= 0
        if balance_now < 0 and most:
            assert balance_now - withheld - most <= 0


def test_a_set_off_leaves_what_will_be_withheld(aurora: Any, hanok: Any) -> None:
    partner = owing(aurora, hanok, debt=80_00, withheld=("0.25", "0"))
    with brand_entered(aurora):
        assert [each.most_minor for each in possible_set_offs()] == [75_00]
    with nothing_moves(aurora, hanok), pytest.raises(NothingToSetOff):
        propose(aurora, hanok, partner, 75_01)
    propose(aurora, hanok, partner)
    decided_at(hanok)
    with brand_entered(aurora):
        [settled] = close_period(label="2026-05", actor=ANNA, at=JUNE).settlements.all()
    assert (settled.withholding_minor, settled.payout_minor, settled.closing_minor) == (-25_00, 0, 0)
    sound(aurora, hanok)


def test_a_debt_is_less_by_the_tax_that_is_given_back_with_it(aurora: Any, hanok: Any) -> None:
    partner = owing(aurora, hanok, owed=500_00, debt=30_00, withheld=("0", "0.1"))
    with brand_entered(hanok):
        line = earned(Enrollment.objects.get(), 100_00, BORN)
        [settled] = close_period(label="2026-01", actor=ANNA, at=BORN + timedelta(days=40)).settlements.all()
        assert (settled.withholding_minor, settled.payout_minor) == (-10_00, 90_00)
        clawed_back(line, 50_00, MAY)
        assert unsettled_balances([partner]) == {(partner, "EUR"): -80_00 + 3_00 + 5_00}


def test_what_a_payout_is_to_pay_already_is_left_alone(aurora: Any, hanok: Any) -> None:
    partner = owing(aurora, hanok, debt=500_00)
    with brand_entered(aurora):
        [settlement] = close_period(label="2026-05", actor=ANNA, at=JUNE).settlements.all()
        assert settlement.payout_minor == 100_00
        assert possible_set_offs() == []
    with nothing_moves(aurora, hanok), pytest.raises(NothingToSetOff) as refused:
        propose(aurora, hanok, partner, 1)
    assert refused.value.message == "At most 0.00 EUR may be set off now."
    with brand_entered(aurora):
        earned(Enrollment.objects.get(), 20_00, JUNE)
        assert [each.most_minor for each in possible_set_offs()] == [20_00]
    propose(aurora, hanok, partner, 20_00)
    decided_at(hanok)
    sound(aurora, hanok)
    with brand_entered(aurora):
        close_period(label="2026-06", actor=ANNA, at=JULY)
        later = Settlement.objects.latest("pk")
        assert (later.adjustment_minor, later.payout_minor, later.closing_minor) == (-20_00, 0, 0)


@pytest.mark.parametrize("wrong", ["entity", "vat", "unnamed", "mode", "not allowed", "not agreed", "withdrawn"])
def test_without_all_three_nothing_is_set_off(aurora: Any, hanok: Any, wrong: str) -> None:
    partner = owing(aurora, hanok)
    ours = propose(aurora, hanok, partner, 10_00)
    with public_entered():
        person, there = Partner.objects.get(public_id=partner), Brand.objects.filter(pk=hanok.pk)
    with public_entered():
        if wrong == "entity":
            there.update(legal_name="Hanok Co.")
        if wrong == "vat":
            there.update(vat_id="KR1")
        if wrong == "unnamed":
            Brand.objects.update(legal_name="", name="Same", vat_id="")
        if wrong == "mode":
            there.update(mode="live")
    if wrong == "withdrawn":
        withdraw_netting(partner=person, brand=aurora, actor=ANNA, at=MAY)
    if wrong in ("not allowed", "not agreed"):
        withdraw_netting(partner=person, brand=hanok, actor=ANNA, at=MAY)
    if wrong == "not allowed":
        allow(hanok, partner)
        with brand_entered(hanok):
            set_terms(
                brand=hanok, partner_ref=partner, withholding_rate=Decimal(0), netting=False, actor=ANNA, at=MAY
            )  # fmt: skip
    for brand in (aurora, hanok):
        brand.refresh_from_db()
    with brand_entered(aurora):
        assert possible_set_offs() == []
    with nothing_moves(aurora, hanok):
        with pytest.raises(NotFound):
            propose(aurora, hanok, partner, 10_00)
        with pytest.raises(SetOffNotAllowed):
            decided_at(hanok)
    decided_at(hanok, decline_adjustment, reason="No longer")
    with brand_entered(aurora):
        ours.refresh_from_db()
    assert ours.state == "declined"


def test_finance_of_the_brand_that_is_owed_decides_and_either_may_decline(aurora: Any, hanok: Any) -> None:
    partner = owing(aurora, hanok)
    propose(aurora, hanok, partner)
    with nothing_moves(aurora, hanok):
        with pytest.raises(OtherBrandDecides):
            decided_at(aurora)
        for same in (ANNA, replace(BEN, id="key_1", owner=ANNA.id), system("jobs")):
            with pytest.raises(SecondPersonNeeded):
                decided_at(hanok, actor=same)
    decided_at(aurora, decline_adjustment, actor=ANNA, reason="Taken back")
    with brand_entered(hanok):
        assert Adjustment.objects.get().state == "declined"
    for brand in (aurora, hanok):
        with pytest.raises(IllegalTransition):
            decided_at(brand, decline_adjustment, reason="Again")
    with pytest.raises(IllegalTransition):
        decided_at(hanok)
    sound(aurora, hanok)


def test_who_proposed_at_one_brand_does_not_decide_at_the_other(aurora: Any, hanok: Any) -> None:
    """The same person is another user there; and a key of either is that person, too."""
    partner, users = owing(aurora, hanok), []
    for brand, email in ((aurora, "Eva@example.com"), (hanok, "eva@example.com"), (hanok, "ida@example.com")):
        with brand_entered(brand):
            user = add_operator(email=email, password="p", name="Eva", roles=[Role.FINANCE], actor=ANNA)
            users.append(replace(ANNA, id=user.public_id, label=email))
    there, here, other = users
    propose(aurora, hanok, partner, actor=replace(BEN, id="key_1", owner=there.id))
    with nothing_moves(aurora, hanok):
        for same in (here, replace(BEN, id="key_2", owner=here.id)):
            with pytest.raises(SecondPersonNeeded):
                decided_at(hanok, actor=same)
    assert decided_at(hanok, actor=other).state == "approved"
    sound(aurora, hanok)


@pytest.mark.parametrize("late", [0, 1])
def test_a_month_that_ended_is_closed_before_debts_are_set_off(aurora: Any, hanok: Any, late: int) -> None:
    """Its close takes in nothing decided since: it would pay what is set off, or write the debt off beside it."""
    partner = owing(aurora, hanok)
    brands = [aurora, hanok]
    propose(aurora, hanok, partner)
    with brand_entered(brands[1 - late]):
        close_period(label="2026-05", actor=ANNA, at=JUNE)
    refused = pytest.raises(EarlierPeriodOpen, match=f"{brands[late].name} has a period that ended and is not closed")
    with brand_entered(hanok):
        ours = Adjustment.objects.get()
        with nothing_moves(aurora, hanok), refused:
            approve_adjustment(adjustment=ours, actor=BEN, at=JUNE)
    with brand_entered(brands[late]):
        close_period(label="2026-05", actor=ANNA, at=JUNE)
    with brand_entered(hanok), pytest.raises(NothingToSetOff):  # a payout is to pay it by now
        approve_adjustment(adjustment=ours, actor=BEN, at=JUNE)
    sound(aurora, hanok)


def test_a_month_without_lines_is_closed_too_before_debts_are_set_off(aurora: Any, hanok: Any) -> None:
    """Its close takes up what the one before it left: a debt that is set off by now would be written off beside it."""
    partner = owing(aurora, hanok)
    for brand, months in ((aurora, ("2026-05", "2026-06")), (hanok, ("2026-05",))):
        for label in months:
            with brand_entered(brand):
                close_period(label=label, actor=ANNA, at=JULY)
    with brand_entered(aurora):
        earned(Enrollment.objects.get(), 50_00, JULY)
    ours = propose(aurora, hanok, partner, at=JULY)
    with brand_entered(hanok):
        ours = Adjustment.objects.get()
        refused = pytest.raises(EarlierPeriodOpen, match=f"{hanok.name} has a period that ended and is not closed")
        with nothing_moves(aurora, hanok), refused:
            approve_adjustment(adjustment=ours, actor=BEN, at=JULY)
        close_period(label="2026-06", actor=ANNA, at=JULY)
        approve_adjustment(adjustment=ours, actor=BEN, at=JULY)
    sound(aurora, hanok)


@pytest.mark.parametrize(("approved", "waits"), [(False, False), (True, True)])
def test_an_adjustment_of_a_month_that_ended_waits_for_the_first_close(
    aurora: Any, approved: bool, waits: bool
) -> None:
    here = joined(aurora, "Nordlicht Media")
    with brand_entered(aurora):
        told = {"partner_ref": here.partner_ref, "currency": "EUR", "amount_minor": -5_00, "reason": "May"}
        adjustment = propose_adjustment(**told, actor=ANNA, at=MAY)
        if approved:
            approve_adjustment(adjustment=adjustment, actor=BEN, at=MAY)
        assert (has_unclosed_periods(MAY), has_unclosed_periods(JUNE)) == (False, waits)


def test_a_set_off_that_no_longer_fits_is_refused_and_stays_open(aurora: Any, hanok: Any) -> None:
    partner = owing(aurora, hanok)
    propose(aurora, hanok, partner, 30_00)
    with brand_entered(hanok):
        earned(Enrollment.objects.get(), 10_00, MAY)
    with nothing_moves(aurora, hanok), pytest.raises(NothingToSetOff):
        decided_at(hanok)
    with nothing_moves(aurora, hanok), pytest.raises(NothingToSetOff):
        propose(aurora, hanok, partner, 20_00)  # the open one holds all there is
    decided_at(hanok, decline_adjustment, reason="Less by now")
    propose(aurora, hanok, partner, 20_00)
    decided_at(hanok, actor=CARL)
    sound(aurora, hanok)
    with brand_entered(hanok):
        assert balance(f"partner_payable:{partner}", "EUR") == 0


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"amount": 0}, InvalidInput), ({"amount": -5}, InvalidInput), ({"reason": " "}, InvalidInput),
        ({"amount": 30_01}, NothingToSetOff), ({"currency": "KRW"}, NothingToSetOff),
        ({"currency": "ZZZ"}, InvalidInput), ({"partner": "par_x"}, NotFound),
    ],
)  # fmt: skip
def test_what_cannot_be_set_off_is_refused(aurora: Any, hanok: Any, wrong: Any, error: type[Exception]) -> None:
    partner = owing(aurora, hanok)
    told = {"partner": partner, "amount": 1} | wrong
    with nothing_moves(aurora, hanok):
        with pytest.raises(error):
            propose(aurora, hanok, told.pop("partner"), told.pop("amount"), **told)
        with pytest.raises(NotFound):
            propose(aurora, aurora, partner, 1)


def test_a_side_that_was_altered_is_found(aurora: Any, hanok: Any) -> None:
    partner = owing(aurora, hanok)
    propose(aurora, hanok, partner)
    theirs = decided_at(hanok)
    with brand_entered(hanok):
        Adjustment.objects.filter(pk=theirs.pk).update(state="declined")
        assert {"set_off", "conservation"} <= {each.check for each in mismatches()}
    with brand_entered(aurora):
        assert [each.check for each in mismatches()] == ["set_off"]


@pytest.mark.slow
def test_of_many_decisions_at_once_one_holds(own_database: str) -> None:
    """Approved twice at the brand that is owed, declined at the other, all at the same moment: one decision holds."""
    aurora, hanok = brand_named("Aurora"), brand_named("Hanok")
    partner = owing(aurora, hanok)
    propose(aurora, hanok, partner)
    pks = []
    for brand in (aurora, hanok):
        with brand_entered(brand):
            pks.append(Adjustment.objects.get().pk)

    def deciding(brand: Brand, pk: int, decide: Any, **more: Any) -> Any:
        def run() -> None:
            use_database(own_database)
            with brand_entered(brand):
                decide(adjustment=Adjustment.objects.get(pk=pk), actor=CARL, at=MAY, **more)

        return run

    answers = together(
        deciding(hanok, pks[1], approve_adjustment), deciding(hanok, pks[1], approve_adjustment),
        deciding(aurora, pks[0], decline_adjustment, reason="No"),
    )  # fmt: skip
    assert sorted(type(answer).__name__ for answer in answers) == ["IllegalTransition", "IllegalTransition", "NoneType"]
    sound(aurora, hanok)
    with brand_entered(hanok):
        state = Adjustment.objects.get().state
        assert balance(f"partner_payable:{partner}", "EUR") == (0 if state == "approved" else -30_00)
