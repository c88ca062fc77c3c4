from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.actor import system
from kernel.errors import IllegalTransition, InvalidInput
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import public_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Message
from shared_apps.partners.models import Partner, PartnerBrand, TaxVersion
from tenant_apps.commissions.actions import Outcome, freeze_share, unfreeze
from tenant_apps.ledger.queries import balance, entries_of_cause_prefix
from tenant_apps.settlements import errors
from tenant_apps.settlements.actions import (
    approve,
    approve_period,
    close_period,
    confirm_payout,
    fail_payout,
    issue_statement,
    request_payout,
)
from tenant_apps.settlements.models import Payout, Period, Settlement, SettlementLine, Statement
from tenant_apps.settlements.proof import mismatches
from tenant_apps.settlements.queries import open_periods, why_unpaid
from tenant_apps.settlements.rules import Month, Negative, Terms, next_opening, settled
from tenant_apps.settlements.rules.tax import tax_on
from tests.settlements.books import ANNA, AUGUST, BEN, JULY, JUNE, MAY, clawed_back, earned, enrolled

# Midnight in Berlin on the first of June is two hours earlier in UTC.
BERLIN = ZoneInfo("Europe/Berlin")
END_OF_MAY = datetime(2026, 5, 31, 22, tzinfo=UTC)
AMOUNTS = ("opening_minor", "earned_minor", "clawback_minor", "net_minor", "payout_minor", "closing_minor")


def amounts(settlement: Settlement) -> tuple[int, ...]:
    return tuple(getattr(settlement, name) for name in AMOUNTS)


def close(label: str, at: datetime) -> list[Settlement]:
    period = close_period(label=label, actor=ANNA, at=at)
    return list(period.settlements.order_by("partner_name", "currency"))


def issued(label: str, at: datetime) -> Settlement:
    (settlement,) = close(label, at)
    issue_statement(settlement=approve(settlement=settlement, actor=BEN, at=at), at=at)
    settlement.refresh_from_db()
    return settlement


def paid_out(settlement: Settlement, at: datetime) -> Settlement:
    confirm_payout(payout=request_payout(settlement=settlement, actor=BEN, at=at), reference="SEPA 1", actor=BEN, at=at)
    settlement.refresh_from_db()
    return settlement


def states_of(settlement: Settlement) -> set[str]:
    return {line.commission.state for line in settlement.lines.select_related("commission")}


def test_a_month_becomes_one_settlement_per_partner_and_currency(in_aurora: Any) -> None:
    nord, studio = enrolled(in_aurora), enrolled(in_aurora, "Studio Sur", minimum=5000)
    first = earned(nord, 1200, MAY)
    earned(nord, 800, MAY + timedelta(days=3))
    earned(nord, 90_000, MAY, currency="KRW")
    clawed_back(first, 300, MAY + timedelta(days=5))
    earned(studio, 4999, MAY)
    found = close("2026-05", JUNE)
    assert [(s.partner_name, s.currency, *amounts(s)) for s in found] == [
        ("Nordlicht Media", "EUR", 0, 2000, -300, 1700, 1700, 0),
        ("Nordlicht Media", "KRW", 0, 90_000, 0, 90_000, 90_000, 0),
        ("Studio Sur", "EUR", 0, 4999, 0, 4999, 0, 4999),
    ]
    assert [why_unpaid(settlement) for settlement in found] == ["", "", "below_minimum"]
    assert SettlementLine.objects.count() == 5


def test_the_end_of_a_month_is_midnight_in_the_brands_zone(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    earned(nord, 100, END_OF_MAY - timedelta(microseconds=1))
    earned(nord, 10, END_OF_MAY)
    assert [amounts(s)[1] for s in close("2026-05", JUNE)] == [100]
    assert [amounts(s)[1] for s in close("2026-06", JULY)] == [10]
    period = Period.objects.get(label="2026-05")
    assert (period.ends_at, period.state, period.closed_by_label) == (END_OF_MAY, "closed", "Anna")


def test_a_period_that_has_not_ended_is_not_closed(in_aurora: Any) -> None:
    earned(enrolled(in_aurora), 100, MAY)
    with pytest.raises(errors.PeriodNotEnded):
        close_period(label="2026-05", actor=ANNA, at=END_OF_MAY - timedelta(seconds=1))
    assert (Period.objects.count(), Settlement.objects.count()) == (0, 0)
    assert len(close("2026-05", END_OF_MAY)) == 1


@pytest.mark.parametrize("label", ["2026-13", "2026-5", "May 2026", "", "٢٠٢٦-05"])
def test_a_label_that_is_no_month_is_refused_by_name(in_aurora: Any, label: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        close_period(label=label, actor=ANNA, at=AUGUST)
    assert refused.value.field == "period"


def test_closing_again_changes_nothing(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    earned(nord, 100, MAY)
    close("2026-05", JUNE)
    earned(nord, 7, MAY)  # matured late
    assert [amounts(s)[1] for s in close("2026-05", JUNE)] == [100]
    assert [amounts(s)[1] for s in close("2026-06", JULY)] == [7]
    assert Message.objects.filter(name="period.closed").count() == 2


def test_months_are_closed_in_order(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    assert open_periods(AUGUST) == []
    earned(nord, 100, MAY)
    earned(nord, 10, JULY)
    assert [period.label for period in open_periods(AUGUST)] == ["2026-05", "2026-06", "2026-07"]
    with pytest.raises(errors.EarlierPeriodOpen):
        close_period(label="2026-07", actor=ANNA, at=AUGUST)
    close("2026-05", AUGUST)
    close("2026-07", AUGUST)  # June has no lines, so it may be left out
    with pytest.raises(errors.LaterPeriodClosed):
        close_period(label="2026-06", actor=ANNA, at=AUGUST)
    assert [period.label for period in open_periods(AUGUST)] == []


RATES = st.sampled_from(["0", "0.05", "0.5", "0.333333", "1"])


@settings(max_examples=settings.default.max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    months=st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**12), st.booleans()), min_size=1, max_size=4),
    minimum=st.sampled_from([0, 1, 5000, 10**11]),
    negative=st.sampled_from(list(Negative)),
    reserve=RATES, share=RATES, withheld=st.sampled_from(["0", "0.05", "0.333333"]),
    registered=st.booleans(), days=st.sampled_from([1, 28, 70]),
)  # fmt: skip
def test_the_statement_and_the_rules_agree(
    in_aurora: Any, months: list[tuple[int, int, bool]], minimum: int, negative: Negative, reserve: str, share: str,
    withheld: str, registered: bool, days: int,
) -> None:  # fmt: skip
    """The one SQL pass and `settlements.rules` close the same months to the same minor unit."""
    with transaction.atomic():
        close_by_both(in_aurora, months, minimum, negative, reserve, share, withheld, registered, days)
        transaction.set_rollback(True)  # the next example finds the books as they were


def close_by_both(
    brand: Any, months: list[tuple[int, int, bool]], minimum: int, negative: Negative, reserve: str, share: str,
    withheld: str, registered: bool, days: int,
) -> None:  # fmt: skip
    nord = enrolled(brand, "Nord", minimum=minimum, negative=negative)
    nord.contract_versions.update(
        negative_cap_minor=700, reserve={"rate": reserve, "days": days}, clawback={"max_payout_share": share}
    )
    taxed(brand, nord.partner_ref, vat_id="DE136695976" if registered else "", withheld=withheld)
    terms = Terms(minimum_minor=minimum, reserve_rate=Decimal(reserve), clawback_share=Decimal(share))
    year, opening, held = 2027, 0, {}
    for month, (plus, any_minus, exact) in enumerate(months, start=1):
        at, end = datetime(year, month, 10, tzinfo=UTC), datetime(year, month + 1, 1, tzinfo=BERLIN)
        minus = max(0, opening + plus - minimum) if exact else any_minus  # exactly the minimum is left
        original = earned(nord, plus, at)
        if minus:
            clawed_back(original, minus, at)
        close(f"{year}-{month:02d}", at + timedelta(days=31))
        settlement = Settlement.objects.get(partner_ref=nord.partner_ref, period__label=f"{year}-{month:02d}")
        vat, tax = (tax_on([(plus - minus, Decimal(rate))]) for rate in ("0.19" if registered else "0", withheld))
        due = [until for until in held if until < end]
        ruled = settled(
            opening_minor=opening, month=Month(plus, minus), terms=terms, tax_minor=vat - tax,
            released_minor=sum(held.pop(until) for until in due),
        )  # fmt: skip
        held[end + timedelta(hours=24 * days)] = ruled.held_minor
        assert (*amounts(settlement)[:1], *amounts(settlement)[3:], settlement.vat_minor + settlement.withholding_minor,
                settlement.reserve_held_minor, settlement.reserve_released_minor) == (
            ruled.opening_minor, ruled.net_minor, ruled.payout_minor, ruled.closing_minor, ruled.tax_minor,
            ruled.held_minor, ruled.released_minor,
        )  # fmt: skip
        opening = next_opening(ruled.closing_minor, negative, 700)
        assert settlement.next_opening_minor == opening
    assert list(mismatches()) == []


def taxed(brand: Any, partner_ref: str, *, vat_id: str = "", withheld: str = "0", status: str = "registered") -> None:
    """Say a partner's tax as its profile would: in Germany, where Aurora is, too."""
    with public_entered():
        Brand.objects.filter(pk=brand.pk).update(country="DE", vat_id="DE136695976")
        partner = Partner.objects.get(public_id=partner_ref)
        PartnerBrand.objects.filter(partner=partner, brand=brand).update(withholding_rate=withheld)
        if vat_id:
            number = TaxVersion.objects.filter(partner=partner).count() + 1
            TaxVersion.objects.create(
                partner=partner, number=number, legal_name="Nord", legal_address="Hafen 1", country=vat_id[:2],
                vat_id=vat_id, vat_status=status, said_at=MAY, said_by="usr_1",
            )  # fmt: skip


def test_a_balance_is_paid_in_a_month_without_lines(in_aurora: Any) -> None:
    nord = enrolled(in_aurora, minimum=1000)
    earned(nord, 900, MAY)
    may = issued("2026-05", JUNE)
    nord.contract_versions.update(minimum_payout_minor=500)
    june = paid_out(issued("2026-06", JULY), JULY)
    may.refresh_from_db()
    assert (amounts(june), may.state, june.state) == ((900, 0, 0, 0, 900, 0), "paid", "paid")
    assert close("2026-07", AUGUST) == []
    assert list(mismatches()) == []


def test_a_reserve_is_kept_and_given_back_in_the_month_it_is_due(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    nord.contract_versions.update(reserve={"rate": "0.10", "days": 29})
    earned(nord, 1000, MAY)
    may = paid_out(issued("2026-05", JUNE), JUNE)
    assert (may.payout_minor, may.reserve_held_minor, may.reserve_until) == (900, 100, END_OF_MAY + timedelta(days=29))
    assert balance(f"partner_reserve:{nord.partner_ref}", "EUR") == 100
    june = paid_out(issued("2026-06", JULY), JULY)
    assert (amounts(june), june.reserve_released_minor) == ((0, 0, 0, 0, 100, 0), 100)
    assert balance(f"partner_reserve:{nord.partner_ref}", "EUR") == 0
    assert list(mismatches()) == []


def test_a_reserve_due_the_very_moment_a_month_ends_is_given_back_once_in_the_next(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    nord.contract_versions.update(reserve={"rate": "0.10", "days": 30})  # June has thirty days
    earned(nord, 1000, MAY)
    paid_out(issued("2026-05", JUNE), JUNE)
    nord.contract_versions.update(reserve={"rate": "0", "days": 0})
    earned(nord, 7, JUNE)
    june = paid_out(issued("2026-06", JULY), JULY)
    earned(nord, 7, JULY)
    july = paid_out(issued("2026-07", AUGUST), AUGUST)
    earned(nord, 7, AUGUST)
    august = paid_out(issued("2026-08", AUGUST + timedelta(days=31)), AUGUST + timedelta(days=31))
    assert [(month.reserve_released_minor, month.payout_minor) for month in (june, july, august)] == [
        (0, 7), (100, 107), (0, 7),
    ]  # fmt: skip
    assert balance(f"partner_reserve:{nord.partner_ref}", "EUR") == 0
    assert list(mismatches()) == []


def test_vat_is_added_booked_and_taken_back_at_the_rate_it_was_paid_with(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    taxed(in_aurora, nord.partner_ref, vat_id="DE136695976", withheld="0.05")
    original = earned(nord, 1000, MAY)
    may = paid_out(issued("2026-05", JUNE), JUNE)
    assert (may.vat_minor, may.withholding_minor, may.payout_minor, may.vat_treatment) == (190, -50, 1140, "domestic")
    assert (balance("input_tax", "EUR"), balance("withholding_tax", "EUR")) == (190, 50)
    # From June on the partner is in Portugal: what is new has no VAT, what is taken back has May's.
    taxed(in_aurora, nord.partner_ref, vat_id="PT509442013", withheld="0")
    clawed_back(original, 1000, JUNE)
    earned(nord, 5000, JUNE)
    june = issued("2026-06", JULY)
    assert (june.vat_treatment, june.vat_minor, june.withholding_minor) == ("reverse_charge", -190, 50)
    assert (balance("input_tax", "EUR"), balance("withholding_tax", "EUR")) == (0, 0)
    assert june.payout_minor == 5000 - 1000 - 190 + 50
    assert list(mismatches()) == []


def test_debts_take_only_their_part_of_a_payout_and_a_cap_writes_off_the_rest(in_aurora: Any) -> None:
    nord = enrolled(in_aurora, negative="cap")
    nord.contract_versions.update(clawback={"max_payout_share": "0.5"}, negative_cap_minor=20)
    original = earned(nord, 80, MAY)
    paid_out(issued("2026-05", JUNE), JUNE)
    clawed_back(original, 80, JUNE)
    earned(nord, 100, JUNE)
    june = issued("2026-06", JULY)
    assert (june.payout_minor, june.closing_minor, june.next_opening_minor) == (50, -30, -20)
    assert list(mismatches()) == []


def test_the_strictest_terms_of_a_partner_hold(in_aurora: Any) -> None:
    nord = enrolled(in_aurora, minimum=100, negative="reset")
    nord.pk, nord.public_id, nord.role = None, "enr_second", "site"
    nord.save()
    nord.contract_versions.create(number=1, currency="EUR", rules=[], minimum_payout_minor=900, effective_from=MAY)
    earned(nord, 500, MAY)
    (settlement,) = close("2026-05", JUNE)
    assert (settlement.minimum_payout_minor, settlement.negative, settlement.payout_minor) == (900, "carry", 0)


def test_what_is_taken_back_of_an_earlier_month_is_taxed_once(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    taxed(in_aurora, nord.partner_ref, vat_id="DE136695976", withheld="0.05")
    original = earned(nord, 1_000, MAY)
    paid_out(issued("2026-05", JUNE), JUNE)
    clawed_back(original, 400, JUNE)
    earned(nord, 1_000, JUNE)
    june = issued("2026-06", JULY)
    assert (june.vat_minor, june.withholding_minor, june.payout_minor) == (190 - 76, -50 + 20, 684)
    assert list(mismatches()) == []


def test_who_has_no_terms_owes_and_carries_all(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    nord.contract_versions.all().delete()
    clawed_back(earned(nord, 100, MAY), 150, MAY)
    may = issued("2026-05", JUNE)
    assert (may.payout_minor, may.closing_minor, may.next_opening_minor) == (0, -50, -50)
    with pytest.raises(errors.NotPayable):
        request_payout(settlement=may, actor=BEN, at=JUNE)
    assert (may.minimum_payout_minor, may.negative, may.clawback_share) == (0, "carry", 1)


def test_the_terms_of_a_month_are_those_each_deal_had_at_its_end(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    over: dict[str, Any] = {"minimum_payout_minor": 5_000, "reserve": {"rate": "0.9", "days": 90}}
    nord.contract_versions.update(effective_to=MAY, **over)
    common: dict[str, Any] = {"currency": "EUR", "rules": []}
    nord.contract_versions.create(
        **common, number=2, effective_from=MAY, effective_to=END_OF_MAY, minimum_payout_minor=100, negative="reset",
        negative_cap_minor=900, reserve={"rate": "0.1", "days": 10}, clawback={"max_payout_share": "0.5"},
    )  # fmt: skip
    nord.contract_versions.create(**common, number=3, effective_from=END_OF_MAY, **over)
    earned(nord, 5_000, MAY)
    nord.pk, nord.public_id, nord.role = None, "enr_second", "site"
    nord.save()
    nord.contract_versions.create(
        **common, number=1, effective_from=MAY, minimum_payout_minor=200, negative="cap", negative_cap_minor=700,
        reserve={"rate": "0.05", "days": 20},
    )  # fmt: skip
    nord.pk, nord.public_id, nord.role, nord.partner_name = None, "enr_third", "agent", "Nordlicht GmbH"
    nord.save()
    nord.contract_versions.create(**common, number=1, effective_from=MAY, negative="cap", negative_cap_minor=300)
    (may,) = close("2026-05", JUNE)
    assert may.partner_name == "Nordlicht GmbH"
    assert (may.minimum_payout_minor, may.negative, may.negative_cap_minor) == (200, "cap", 700)
    assert (may.reserve_rate, may.reserve_until, may.clawback_share) == (
        Decimal("0.1"), END_OF_MAY + timedelta(days=20), 1,
    )  # fmt: skip
    assert (may.reserve_held_minor, may.payout_minor) == (500, 4_500)


def test_a_payout_may_be_just_the_minimum_and_debts_take_their_part_rounded(in_aurora: Any) -> None:
    nord = enrolled(in_aurora, minimum=2)
    nord.contract_versions.update(clawback={"max_payout_share": "0.5"})
    clawed_back(earned(nord, 5, MAY), 5, MAY)
    (may,) = close("2026-05", JUNE)
    # Debts take half of 5 cents, rounded up.
    assert (may.payout_minor, may.closing_minor, may.reserve_until) == (2, -2, None)
    with pytest.raises(errors.NotPayable):
        request_payout(settlement=may, actor=BEN, at=JUNE)
    approve(settlement=may, actor=BEN, at=JUNE)
    with pytest.raises(errors.NotPayable):
        request_payout(settlement=may, actor=BEN, at=JUNE)


def test_what_is_settled_is_not_frozen_and_a_part_that_is_freed_stands_in_the_next_month(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    first, second = earned(nord, 100, MAY), earned(nord, 60, MAY)
    claim: dict[str, Any] = {"enrollment_id": nord.pk, "fraction": Fraction(1, 2), "actor": BEN, "at": MAY}
    (part,) = freeze_share(**claim, order_ref=first.order_ref, cause_ref="dis_1")
    (may,) = close("2026-05", JUNE)
    assert (may.earned_minor, freeze_share(**claim, order_ref=second.order_ref, cause_ref="dis_2")) == (110, [])
    unfreeze(cause_ref="dis_1", outcome=Outcome.REJECTED, actor=BEN, at=JUNE)
    part.refresh_from_db()
    assert (part.state, part.payable_at) == ("payable", JUNE)
    (june,) = close("2026-06", JULY)
    assert june.earned_minor == 50


def test_a_second_person_approves(in_aurora: Any) -> None:
    earned(enrolled(in_aurora), 100, MAY)
    (settlement,) = close("2026-05", JUNE)
    with pytest.raises(errors.SecondPersonNeeded, match="Anna closed this period"):
        approve(settlement=settlement, actor=ANNA, at=JUNE)
    for nobody_else in (replace(BEN, id="key_1", owner=ANNA.id), system("jobs")):  # her own key, and no person at all
        with pytest.raises(errors.SecondPersonNeeded):
            approve(settlement=settlement, actor=nobody_else, at=JUNE)
    settlement.refresh_from_db()
    assert (settlement.state, settlement.approved_by, Message.objects.filter(name="settlement.approved").count()) == (
        "draft", "", 0,
    )  # fmt: skip
    approve(settlement=settlement, actor=BEN, at=JUNE)
    audited = AuditEvent.objects.get(subject_id=settlement.public_id)
    assert (audited.verb, audited.actor_id, audited.after) == ("settlement.approved", "usr_ben", {"state": "approved"})
    with pytest.raises(IllegalTransition):
        approve(settlement=settlement, actor=BEN, at=JUNE)


def test_whoever_closed_by_a_key_does_not_approve_in_person(in_aurora: Any) -> None:
    earned(enrolled(in_aurora), 100, MAY)
    close_period(label="2026-05", actor=replace(BEN, id="key_1", owner=ANNA.id), at=JUNE)
    with pytest.raises(errors.SecondPersonNeeded):
        approve(settlement=Settlement.objects.get(), actor=ANNA, at=JUNE)


def test_all_drafts_of_a_period_are_approved_or_none(in_aurora: Any) -> None:
    for name in ("Nordlicht Media", "Studio Sur"):
        earned(enrolled(in_aurora, name), 100, MAY)
    period = close_period(label="2026-05", actor=ANNA, at=JUNE)
    with pytest.raises(errors.SecondPersonNeeded):
        approve_period(period=period, actor=ANNA, at=JUNE)
    assert {s.state for s in period.settlements.all()} == {"draft"}
    assert approve_period(period=period, actor=BEN, at=JUNE) == 2
    assert {s.state for s in period.settlements.all()} == {"approved"}


def test_statements_are_numbered_without_gaps(in_aurora: Any) -> None:
    nord, studio = enrolled(in_aurora), enrolled(in_aurora, "Studio Sur")
    earned(nord, 100, MAY)
    earned(studio, 100, MAY)
    first, second = close("2026-05", JUNE)
    with pytest.raises(errors.NotApproved):
        issue_statement(settlement=first, at=JUNE)
    approve_period(period=first.period, actor=BEN, at=JUNE)
    numbers = [issue_statement(settlement=settlement, at=JUNE).number for settlement in (first, second, first)]
    assert numbers == ["ST-2026-000001", "ST-2026-000002", "ST-2026-000001"]
    assert Statement.objects.count() == 2


def test_a_later_settlement_waits_for_the_one_before(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    earned(nord, 100, MAY)
    earned(nord, 100, JUNE)
    (may,), (june,) = close("2026-05", JULY), close("2026-06", JULY)
    with pytest.raises(errors.EarlierSettlementOpen):
        approve(settlement=june, actor=BEN, at=JULY)
    approve(settlement=may, actor=BEN, at=JULY)
    approve(settlement=june, actor=BEN, at=JULY)
    with pytest.raises(errors.EarlierSettlementOpen):
        issue_statement(settlement=june, at=JULY)
    issue_statement(settlement=may, at=JULY)
    assert issue_statement(settlement=june, at=JULY).number == "ST-2026-000002"


def test_a_payout_moves_the_books_and_pays_the_lines(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    earned(nord, 1700, MAY)
    settlement = issued("2026-05", JUNE)
    payable, transit = f"partner_payable:{nord.partner_ref}", f"payout_in_transit:{nord.partner_ref}"
    payout = request_payout(settlement=settlement, actor=BEN, at=JUNE)
    assert (balance(payable, "EUR"), balance(transit, "EUR"), balance("bank", "EUR")) == (0, 1700, 0)
    with pytest.raises(errors.PayoutUnderWay):
        request_payout(settlement=settlement, actor=BEN, at=JUNE)
    with pytest.raises(InvalidInput, match="reference"):
        confirm_payout(payout=payout, reference="7" * 121, actor=BEN, at=JUNE)
    for _ in range(2):
        confirm_payout(payout=payout, reference="SEPA 7", actor=BEN, at=JUNE)
    with pytest.raises(errors.PayoutUnderWay):
        confirm_payout(payout=payout, reference="SEPA 8", actor=BEN, at=JUNE)
    assert (balance(payable, "EUR"), balance(transit, "EUR"), balance("bank", "EUR")) == (0, 0, -1700)
    settlement.refresh_from_db()
    assert (settlement.state, states_of(settlement)) == ("paid", {"paid"})
    causes = [entry.cause for entry in entries_of_cause_prefix(f"payout:{payout.public_id}:")]
    assert causes == [f"payout:{payout.public_id}:1:requested", f"payout:{payout.public_id}:1:paid"]


def test_a_failed_payout_goes_back_and_is_tried_again(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    earned(nord, 1700, MAY)
    settlement = issued("2026-05", JUNE)
    payout = request_payout(settlement=settlement, actor=BEN, at=JUNE)
    for _ in range(2):
        payout = fail_payout(payout=payout, reason="account closed", actor=BEN, at=JUNE)
    assert (payout.state, payout.failure, states_of(settlement)) == ("failed", "account closed", {"payable"})
    assert balance(f"partner_payable:{nord.partner_ref}", "EUR") == 1700
    assert request_payout(settlement=settlement, actor=BEN, at=JUNE).attempt == 2
    assert Payout.objects.count() == 1
    confirm_payout(payout=payout, reference="SEPA 2", actor=BEN, at=JUNE)
    with pytest.raises(IllegalTransition):
        fail_payout(payout=payout, reason="late", actor=BEN, at=JUNE)
    assert balance("bank", "EUR") == -1700


def test_what_is_carried_is_paid_with_the_payout_that_covers_it(in_aurora: Any) -> None:
    nord = enrolled(in_aurora, minimum=1000)
    for amount, at in ((400, MAY), (500, JUNE), (600, JULY)):
        earned(nord, amount, at)
    may, june = issued("2026-05", JUNE), issued("2026-06", JULY)
    assert (may.state, june.state, june.opening_minor, states_of(may)) == ("carried", "carried", 400, {"payable"})
    with pytest.raises(errors.NotPayable):
        request_payout(settlement=june, actor=BEN, at=JULY)
    july = paid_out(issued("2026-07", AUGUST), AUGUST)
    for settlement in (may, june):
        settlement.refresh_from_db()
    assert amounts(july) == (900, 600, 0, 600, 1500, 0)
    assert [(s.state, states_of(s)) for s in (may, june, july)] == [("paid", {"paid"})] * 3


def test_a_refund_after_the_payout_is_carried_into_the_next_statement(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    original = earned(nord, 1000, MAY)
    may = paid_out(issued("2026-05", JUNE), JUNE)
    clawed_back(original, 1000, JUNE)
    june = issued("2026-06", JULY)
    assert (amounts(june), june.state, why_unpaid(june)) == ((0, 0, -1000, -1000, 0, -1000), "carried", "negative")
    snapshot = june.statements.get().snapshot
    assert snapshot["clawbacks"][0]["original"] == {
        "ref": original.public_id, "on": "2026-05-12", "order": "#1001", "amount_minor": 1000,
        "statement": may.statements.get().number,
    }  # fmt: skip
    earned(nord, 1000, JULY)
    july = issued("2026-07", AUGUST)
    june.refresh_from_db()
    # The balance comes to nothing: nobody is paid, and nothing is left to carry.
    assert (amounts(july)[-2:], july.state, june.state, states_of(june)) == ((0, 0), "paid", "paid", {"paid"})
    assert july.statements.get().snapshot["previous"]["number"] == june.statements.get().number


def test_a_negative_balance_is_written_off_where_the_contract_says_so(in_aurora: Any) -> None:
    nord = enrolled(in_aurora, negative="reset")
    original = earned(nord, 1000, MAY)
    paid_out(issued("2026-05", JUNE), JUNE)
    clawed_back(original, 600, JUNE)
    june = issued("2026-06", JULY)
    assert (june.closing_minor, june.next_opening_minor, june.state) == (-600, 0, "paid")
    (entry,) = entries_of_cause_prefix(f"settlement:{june.public_id}:")
    assert (entry.cause, entry.effective_at) == (f"settlement:{june.public_id}:reset", june.period.ends_at)
    assert balance(f"partner_payable:{nord.partner_ref}", "EUR") == 0
    earned(nord, 50, JULY)
    assert amounts(issued("2026-07", AUGUST)) == (0, 50, 0, 50, 50, 0)
