"""Statements corrected by a further version and a credit note, debts written off, sums adjusted: by two persons."""

import csv
import io
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pypdf
import pytest
from django.db import OperationalError, ProgrammingError, connection, connections, transaction

from kernel.actor import system
from kernel.errors import IllegalTransition, InvalidInput, NotFound
from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.partners.models import Partner
from shared_apps.partners.queries import statements_of
from tenant_apps.ledger.queries import balance
from tenant_apps.programs.models import Enrollment
from tenant_apps.settlements.actions import (
    approve_adjustment,
    approve_correction,
    approve_period,
    close_period,
    decline_adjustment,
    decline_correction,
    issue_statement,
    propose_adjustment,
    propose_correction,
    propose_write_off,
)
from tenant_apps.settlements.documents import csv_of, html_of, sha256_of
from tenant_apps.settlements.errors import (
    CorrectionOpen,
    NothingToCorrect,
    NothingToWriteOff,
    PartnerStays,
    SecondPersonNeeded,
)
from tenant_apps.settlements.models import Adjustment, Correction, CreditNote, Settlement, Statement
from tenant_apps.settlements.printing import print_statement
from tenant_apps.settlements.proof import mismatches
from tests.conftest import brand_named
from tests.settlements.books import ANNA, AUGUST, BEN, JULY, JUNE, MAY, clawed_back, earned, enrolled
from tests.settlements.test_actions import issued, taxed

GERMAN, PORTUGUESE = "DE136695976", "PT509442013"


def corrected(statement: Statement, at: Any = JUNE) -> Statement:
    correction = propose_correction(statement=statement, reason="VAT number was missing", actor=ANNA, at=at)
    return approve_correction(correction=correction, actor=BEN, at=at)


def may_of(brand: Any, amount: int = 1000) -> tuple[Enrollment, Statement]:
    deal = enrolled(brand)
    earned(deal, amount, MAY)
    return deal, issued("2026-05", JUNE).statements.get()


def text_of(document: Path) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(document).pages)


def test_a_correction_is_a_credit_note_and_a_further_version_and_the_old_one_stays(
    in_aurora: Any, drain: Callable[[], int], settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    nord, first = may_of(in_aurora)
    before = (first.sha256, html_of(first.snapshot), csv_of(first.snapshot))
    taxed(in_aurora, nord.partner_ref, vat_id=GERMAN)
    second = corrected(first)
    note = first.credit_note
    assert (first.number, second.number, note.number) == ("ST-2026-000001", "ST-2026-000002", "CN-2026-000001")
    assert (second.version, second.vat_minor, second.vat_treatment) == (2, 190, "domestic")
    first = Statement.objects.get(pk=first.pk)
    assert (first.sha256, html_of(first.snapshot), csv_of(first.snapshot)) == before
    assert [note.snapshot[name] for name in ("net_minor", "vat_minor", "total_minor")] == [-1000, 0, -1000]
    drain()
    with public_entered():
        mine = Partner.objects.get(public_id=nord.partner_ref)
    assert [row.number for row in statements_of(mine)] == [second.number]
    # What the VAT differs stands in the next settlement, and in the books at once.
    assert balance("input_tax", "EUR") == 190
    june = issued("2026-06", JULY)
    assert (june.adjustment_minor, june.vat_minor, june.payout_minor) == (190, 0, 190)
    assert list(mismatches()) == []
    # The page, the PDF and the CSV say the same, to the cent.
    for document, figures in ((second, ["10.00", "1.90", "−1.90", "−10.00"]), (note, ["−10.00"])):
        page, printed = html_of(document.snapshot), text_of(print_statement(document))
        for figure in figures:
            assert figure in page
            assert figure in printed
        assert document.number in printed
    assert "credit note CN-2026-000001 cancels" in html_of(second.snapshot)
    assert "VAT of a corrected statement" in html_of(june.statements.get().snapshot)
    rows = list(csv.DictReader(io.StringIO(csv_of(second.snapshot))))
    amounts = {row["kind"]: row["amount"] for row in rows if not row["line_ref"]}
    assert (amounts["vat"], amounts["vat_later"], amounts["payout"]) == ("1.90", "1.90", "10.00")
    assert "total,,-10.00,EUR" in csv_of(note.snapshot)


def test_what_a_corrected_statement_is_taken_back_of_has_the_corrected_rate(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    original = earned(nord, 1000, MAY)
    may = issued("2026-05", JUNE).statements.get()
    taxed(in_aurora, nord.partner_ref, vat_id=GERMAN)
    corrected(may)
    taxed(in_aurora, nord.partner_ref, vat_id=PORTUGUESE)
    clawed_back(original, 1000, JUNE)
    june = issued("2026-06", JULY)
    assert (june.vat_minor, june.adjustment_minor, balance("input_tax", "EUR")) == (-190, 190, 0)
    assert list(mismatches()) == []
    # A third version: what is known now of May is Portuguese, so its VAT goes; June, taken back of it, follows.
    third = corrected(may.settlement.statements.get(version=2), JULY)
    fourth = corrected(june.statements.get(), JULY)
    assert (third.version, third.vat_minor, fourth.vat_minor, balance("input_tax", "EUR")) == (3, 0, 0, 0)
    assert list(mismatches()) == []


def test_a_correction_needs_a_change_a_reason_and_a_second_person(in_aurora: Any) -> None:
    nord, may = may_of(in_aurora)
    with pytest.raises(NothingToCorrect):
        propose_correction(statement=may, reason="Just so", actor=ANNA, at=JUNE)
    taxed(in_aurora, nord.partner_ref, vat_id=GERMAN)
    with pytest.raises(InvalidInput):
        propose_correction(statement=may, reason=" ", actor=ANNA, at=JUNE)
    correction = propose_correction(statement=may, reason="VAT number", actor=ANNA, at=JUNE)
    with pytest.raises(CorrectionOpen):
        propose_correction(statement=may, reason="Once more", actor=BEN, at=JUNE)
    for first in (ANNA, replace(BEN, id="key_1", owner=ANNA.id), system("jobs")):
        with pytest.raises(SecondPersonNeeded):
            approve_correction(correction=correction, actor=first, at=JUNE)
    assert (Statement.objects.count(), CreditNote.objects.count(), Adjustment.objects.count()) == (1, 0, 0)
    decline_correction(correction=correction, reason="It was right", actor=BEN, at=JUNE)
    second = corrected(may)
    with pytest.raises(IllegalTransition):
        approve_correction(correction=correction_of(second), actor=BEN, at=JUNE)
    with pytest.raises(CorrectionOpen):
        propose_correction(statement=may, reason="The old one", actor=ANNA, at=JUNE)


def correction_of(statement: Statement) -> Correction:
    """A correction of the version that is in force which was decided already: only its state can refuse it."""
    done = Correction.objects.get(state="approved")
    done.pk, done.public_id, done.statement = None, "cor_again", statement
    done.save(force_insert=True)
    return done


def test_documents_are_append_only_and_their_numbers_follow_each_other(in_aurora: Any) -> None:
    nord, may = may_of(in_aurora)
    taxed(in_aurora, nord.partner_ref, vat_id=GERMAN)
    corrected(may)
    for table in ("settlements_statement", "settlements_creditnote"):
        for verb in (f"UPDATE {table} SET number = 'x'", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with (
                pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(),
                connection.cursor() as cursor,
            ):  # fmt: skip
                cursor.execute(verb)
    numbers = [
        *Statement.objects.values_list("number", flat=True),
        *CreditNote.objects.values_list("number", flat=True),
    ]
    assert sorted(numbers) == ["CN-2026-000001", "ST-2026-000001", "ST-2026-000002"]


def test_simultaneous_issues_and_corrections_leave_no_gap(own_database: Any) -> None:
    aurora = brand_named("Aurora")
    with brand_entered(aurora):
        deals = [enrolled(aurora, f"Partner {number}") for number in range(4)]
        for deal in deals:
            earned(deal, 1000, MAY)
            taxed(aurora, deal.partner_ref, vat_id="")
        close_period(label="2026-05", actor=ANNA, at=JUNE)
        approve_period(period=Settlement.objects.first().period, actor=BEN, at=JUNE)  # type: ignore[union-attr]
        settlements = list(Settlement.objects.order_by("pk"))
        for settlement in settlements[:2]:
            issue_statement(settlement=settlement, at=JUNE)
            taxed(aurora, settlement.partner_ref, vat_id=GERMAN)
    start, failures = threading.Barrier(8), list[BaseException]()

    def act(settlement: Settlement) -> None:
        start.wait()
        try:
            with brand_entered(aurora):
                statement = issue_statement(settlement=settlement, at=JUNE)
                if settlement in settlements[:2]:
                    corrected(statement)
        except (CorrectionOpen, OperationalError):
            pass  # the other one of the same statement was first
        except BaseException as failure:  # noqa: BLE001
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=(settlement,)) for settlement in [*settlements, *settlements]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with brand_entered(aurora):
        assert sorted(Statement.objects.values_list("number", flat=True)) == [f"ST-2026-{n:06d}" for n in range(1, 7)]
        assert sorted(CreditNote.objects.values_list("number", flat=True)) == ["CN-2026-000001", "CN-2026-000002"]
        assert list(mismatches()) == []


@pytest.mark.parametrize(
    ("agreed", "status", "words", "never"),
    [
        ("2026-01-05", "domestic", "Self-billing, as agreed on January 5, 2026", "no invoice"),
        ("2026-01-05", "small_business", "exempt as a small business (§ 19 UStG)", "no invoice"),
        ("", "domestic", "This statement is no invoice", "Self-billing, as agreed"),
        ("", "private", "does not act as a business", "no invoice"),
    ],
)
def test_a_statement_says_whether_it_is_an_invoice(agreed: str, status: str, words: str, never: str) -> None:
    from tests.settlements.sample import sample

    snapshot = sample(
        lines=2, self_billing_on=agreed, vat_treatment=status, vat_place="DE", vat_rate="0.19", vat_law="§ 19 UStG"
    )
    page = re.sub(r"\s+", " ", html_of(snapshot))
    assert words in page
    assert never not in page


def test_the_debt_of_a_partner_who_left_is_written_off_by_two_persons(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    clawed_back(earned(nord, 0, MAY), 700, MAY)
    issued("2026-05", JUNE)
    propose = {"partner_ref": nord.partner_ref, "currency": "EUR", "reason": "Left the program", "actor": ANNA}
    with pytest.raises(PartnerStays):
        propose_write_off(**propose, at=JUNE)
    Enrollment.objects.update(state="ended")
    with pytest.raises(NothingToWriteOff):
        propose_write_off(**propose, at=JUNE, amount_minor=701)
    with pytest.raises(InvalidInput):
        propose_write_off(**propose, at=JUNE, amount_minor=0)
    write_off = propose_write_off(**propose | {"actor": replace(BEN, id="key_1", owner=ANNA.id)}, at=JUNE)
    assert (write_off.amount_minor, write_off.kind) == (700, "write_off")
    with pytest.raises(SecondPersonNeeded):
        approve_adjustment(adjustment=write_off, actor=ANNA, at=JUNE)
    approve_adjustment(adjustment=write_off, actor=BEN, at=JUNE)
    assert balance(f"partner_payable:{nord.partner_ref}", "EUR") == 0
    with pytest.raises(NothingToWriteOff):
        propose_write_off(**propose, at=JUNE)
    june = issued("2026-06", JULY)
    assert (june.opening_minor, june.adjustment_minor, june.closing_minor) == (-700, 700, 0)
    assert "Debt written off" in html_of(june.statements.get().snapshot)
    assert close_period(label="2026-07", actor=ANNA, at=AUGUST).settlements.count() == 0
    assert list(mismatches()) == []


def test_a_debt_that_became_less_is_not_written_off_whole(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    clawed_back(earned(nord, 0, MAY), 700, MAY)
    Enrollment.objects.update(state="ended")
    write_off = propose_write_off(
        partner_ref=nord.partner_ref, currency="EUR", reason="Left", actor=ANNA, at=JUNE, amount_minor=700
    )
    earned(nord, 300, JUNE)
    with pytest.raises(NothingToWriteOff):
        approve_adjustment(adjustment=write_off, actor=BEN, at=JUNE)
    assert (Adjustment.objects.get().state, balance(f"partner_payable:{nord.partner_ref}", "EUR")) == ("proposed", -400)


def test_an_adjustment_either_way_is_settled_and_a_declined_one_is_not(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    earned(nord, 1000, MAY)
    common: dict[str, Any] = {"partner_ref": nord.partner_ref, "currency": "EUR", "actor": ANNA, "at": MAY}
    for amount, reason in ((250, "Fair costs"), (-100, "Double brochure")):
        approve_adjustment(
            adjustment=propose_adjustment(**common, amount_minor=amount, reason=reason), actor=BEN, at=MAY
        )
    declined = propose_adjustment(**common, amount_minor=9999, reason="Wish")
    decline_adjustment(adjustment=declined, reason="No", actor=BEN, at=MAY)
    with pytest.raises(IllegalTransition):
        approve_adjustment(adjustment=declined, actor=BEN, at=MAY)
    may = issued("2026-05", JUNE)
    assert (may.adjustment_minor, may.payout_minor) == (150, 1150)
    assert [part["amount_minor"] for part in may.statements.get().snapshot["adjustments"]] == [250, -100]
    assert list(mismatches()) == []


def test_an_adjustment_is_settled_with_the_month_it_was_approved_in(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    earned(nord, 1000, MAY)
    midnight = datetime(2026, 6, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    before = midnight - timedelta(microseconds=1)
    for amount, at in ((10**15, midnight), (-100, before), (-(10**15), midnight), (50, midnight)):
        adjustment = propose_adjustment(
            partner_ref=nord.partner_ref, currency="EUR", amount_minor=amount, reason="Costs", actor=ANNA, at=MAY
        )
        approve_adjustment(adjustment=adjustment, actor=BEN, at=at)
    may = issued("2026-05", JUNE)
    assert (may.adjustment_minor, may.payout_minor, may.adjustments.count()) == (-100, 900, 1)
    june = issued("2026-06", JULY)
    assert (june.adjustment_minor, june.adjustments.count()) == (50, 3)
    wish: dict[str, Any] = {"partner_ref": nord.partner_ref, "reason": "Costs", "actor": ANNA, "at": JULY}
    nord.contract_versions.create(number=2, currency="USD", rules=[], effective_from=MAY)
    for currency, amount in (("EUR", 5), ("USD", 7)):
        adjustment = propose_adjustment(**wish, currency=currency, amount_minor=amount)
        approve_adjustment(adjustment=adjustment, actor=BEN, at=JULY)
    period = close_period(label="2026-07", actor=ANNA, at=AUGUST)
    taken = {row.currency: [each.amount_minor for each in row.adjustments.all()] for row in period.settlements.all()}
    assert taken == {"EUR": [5], "USD": [7]}
    assert list(mismatches()) == []


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"amount_minor": 0}, InvalidInput), ({"amount_minor": 10**15 + 1}, InvalidInput),
        ({"amount_minor": -(10**15) - 1}, InvalidInput),
        ({"currency": "ZZZ"}, InvalidInput),
        ({"currency": "KWD"}, InvalidInput), ({"reason": " "}, InvalidInput), ({"partner_ref": "par_x"}, NotFound),
    ],
)  # fmt: skip
def test_what_cannot_be_adjusted_is_refused(in_aurora: Any, wrong: Any, error: type[Exception]) -> None:
    told = {"partner_ref": enrolled(in_aurora).partner_ref, "currency": "EUR", "amount_minor": 5, "reason": "R"} | wrong
    with pytest.raises(error):
        propose_adjustment(**told, actor=ANNA, at=MAY)
    assert Adjustment.objects.count() == 0


def test_a_currency_has_to_do_with_the_partner_itself(in_aurora: Any) -> None:
    """By its own terms, or by a debt of its own in it: not by another's."""
    nord, other = enrolled(in_aurora), enrolled(in_aurora, "Ufer Verlag", currency="USD")
    said: dict[str, Any] = {"amount_minor": 5, "currency": "USD", "reason": "Costs", "actor": ANNA, "at": MAY}
    with pytest.raises(InvalidInput, match="currency"):
        propose_adjustment(partner_ref=nord.partner_ref, **said)
    assert propose_adjustment(partner_ref=other.partner_ref, **said).currency == "USD"
    clawed_back(earned(nord, 0, MAY, currency="USD"), 700, MAY)
    assert propose_adjustment(partner_ref=nord.partner_ref, **said).partner_ref == nord.partner_ref


def test_snapshots_hash_to_what_they_bear(in_aurora: Any) -> None:
    nord, may = may_of(in_aurora)
    taxed(in_aurora, nord.partner_ref, vat_id=PORTUGUESE)
    second = corrected(may, JUNE + timedelta(days=1))
    note = CreditNote.objects.get()
    assert (sha256_of(second.snapshot), sha256_of(note.snapshot)) == (second.sha256, note.sha256)
    assert (second.vat_minor, second.vat_treatment, Adjustment.objects.count()) == (0, "reverse_charge", 0)
    assert note.snapshot["cancels"]["sha256"] == may.sha256
