"""Batches of payouts: made by one, approved by another, a file that is always the same, no line paid twice."""

import csv
import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from kernel.actor import system
from kernel.errors import IllegalTransition, InvalidInput, NotFound
from shared_apps.audit.models import AuditEvent
from shared_apps.partners.states import AccountKind, PayoutMethod
from tenant_apps.commissions.models import Commission
from tenant_apps.programs.models import Enrollment
from tenant_apps.settlements import errors
from tenant_apps.settlements.actions import (
    approve_batch,
    approve_period,
    close_period,
    confirm_batch,
    confirm_payout,
    download_file,
    fail_payout,
    issue_statement,
    make_batch,
    request_payout,
    return_payout,
    say_paying_account,
    send_batch,
    withdraw_batch,
    write_file,
)
from tenant_apps.settlements.banking import (
    Creditor,
    Debtor,
    TransferOrder,
    pain001,
    schema_errors,
    sepa_text,
    unpayable,
)
from tenant_apps.settlements.models import BatchFile, BatchItem, Payout, PayoutBatch, Settlement
from tenant_apps.settlements.proof import mismatches
from tenant_apps.settlements.queries import payout_candidates
from tenant_apps.settlements.rules.payouts import banking_day
from tenant_apps.settlements.states import BatchMethod
from tests.payments.selling import connect
from tests.settlements.books import ANNA, BEN, JULY, JUNE, MAY, earned, enrolled
from tests.settlements.paying_out import IBANS, issued_for, payable, paying, said

SEPA, CSV = BatchMethod.SEPA, BatchMethod.CSV
NS = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


def made(method: BatchMethod = SEPA, **more: Any) -> PayoutBatch:
    return make_batch(method=method, **{"currency": "EUR", "actor": ANNA, "at": JUNE} | more)


def approved(**more: Any) -> PayoutBatch:
    return approve_batch(batch=made(**more), actor=BEN, at=JUNE)


def sent(**more: Any) -> PayoutBatch:
    batch = approved(**more)
    if BatchMethod(batch.method).has_file:
        write_file(batch=batch, actor=BEN, at=JUNE)
    return send_batch(batch=batch, actor=BEN, at=JUNE)


def texts(content: bytes, path: str) -> list[str]:
    return [node.text or "" for node in etree.fromstring(content).iterfind(f".//{path}", NS)]


def test_a_month_is_paid_by_a_sepa_file_and_settles(in_aurora: Any) -> None:
    payable(in_aurora, 170_000, 2_501)
    paying()
    batch = approved()
    assert (batch.count, batch.total_minor, batch.execute_on) == (2, 172_501, date(2026, 6, 12))
    name, content = download_file(batch=batch, actor=BEN, at=JUNE)
    assert (name, schema_errors(content)) == (f"{batch.public_id}.xml", [])
    assert texts(content, "p:CtrlSum") == ["1725.01", "1725.01"]
    assert texts(content, "p:InstdAmt") == ["1700.00", "25.01"]
    assert texts(content, "p:CdtrAcct/p:Id/p:IBAN") == list(IBANS[:2])
    assert texts(content, "p:Cdtr/p:Nm") == ["Partner 0", "Partner 1"]
    assert texts(content, "p:Ustrd") == ["ST-2026-000001 Aurora", "ST-2026-000002 Aurora"]
    assert list(Payout.objects.values_list("state", flat=True)) == ["planned"] * 2
    send_batch(batch=batch, actor=BEN, at=JUNE)
    assert list(mismatches()) == []
    for payout in Payout.objects.order_by("pk"):
        confirm_payout(payout=payout, reference=f"BANK {payout.pk}", actor=BEN, at=JULY)
    batch.refresh_from_db()
    assert batch.state == "settled"
    assert set(Commission.objects.values_list("state", flat=True)) == {"paid"}
    assert list(mismatches()) == []


def test_the_same_batch_makes_the_same_bytes(in_aurora: Any) -> None:
    payable(in_aurora, 100, 200)
    paying()
    batch = approved()
    first = download_file(batch=batch, actor=ANNA, at=JUNE)
    paying(iban="DE75512108001245126199")
    again = download_file(batch=batch, actor=BEN, at=JULY)
    assert first == again
    assert hashlib.sha256(first[1]).hexdigest() == BatchFile.objects.get().sha256
    assert "DE893704" not in BatchFile.objects.get().content_sealed
    assert AuditEvent.objects.filter(verb="batch.file_downloaded").count() == 2
    assert AuditEvent.objects.filter(verb="batch.file_written").count() == 1


def test_what_is_issued_while_a_batch_is_drawn_up_waits_for_the_next(in_aurora: Any) -> None:
    for number in range(2):
        earned(said(enrolled(in_aurora, f"Partner {number}"), account=IBANS[number]), 100, MAY)
    paying()
    period = close_period(label="2026-05", actor=ANNA, at=JUNE)
    approve_period(period=period, actor=BEN, at=JUNE)
    first, second = period.settlements.order_by("pk")
    issue_statement(settlement=first, at=JUNE)
    late = [second]

    def meanwhile(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        done = execute(sql, *rest)
        if "FOR UPDATE" in sql and late:
            issue_statement(settlement=late.pop(), at=JUNE)
        return done

    with connection.execute_wrapper(meanwhile):
        batch = made()
    assert [item.payout.settlement_id for item in batch.items.all()] == [first.pk]
    assert [item.payout.settlement_id for item in made().items.all()] == [second.pk]


def test_whoever_made_it_does_not_approve_it_and_a_download_sends_nothing(in_aurora: Any) -> None:
    payable(in_aurora, 100)
    paying()
    batch = made()
    with pytest.raises(errors.SecondPersonNeeded):
        approve_batch(batch=batch, actor=replace(ANNA, roles=frozenset({"admin"})), at=JUNE)
    for nobody_else in (replace(BEN, owner=ANNA.id), system("jobs")):
        with pytest.raises(errors.SecondPersonNeeded):
            approve_batch(batch=batch, actor=nobody_else, at=JUNE)
    for early in (write_file, download_file):
        with pytest.raises(errors.BatchNotReady):
            early(batch=batch, actor=BEN, at=JUNE)
    with pytest.raises(IllegalTransition):
        send_batch(batch=batch, actor=BEN, at=JUNE)
    approve_batch(batch=batch, actor=BEN, at=JUNE)
    with pytest.raises(errors.BatchNotReady, match="file"):
        send_batch(batch=batch, actor=BEN, at=JUNE)
    download_file(batch=batch, actor=BEN, at=JUNE)
    batch.refresh_from_db()
    assert (batch.state, Payout.objects.get().state) == ("approved", "planned")
    send_batch(batch=batch, actor=BEN, at=JUNE)
    with pytest.raises(IllegalTransition):
        send_batch(batch=batch, actor=BEN, at=JUNE)
    assert Payout.objects.get().state == "in_transit"


def test_whoever_made_it_by_a_key_does_not_approve_it_in_person(in_aurora: Any) -> None:
    payable(in_aurora, 100)
    paying()
    with pytest.raises(errors.SecondPersonNeeded):
        approve_batch(batch=made(actor=replace(BEN, id="key_1", owner=ANNA.id)), actor=ANNA, at=JUNE)


def test_candidates_say_why_they_are_blocked(in_aurora: Any) -> None:
    deals = {
        "silent": enrolled(in_aurora, "A silent one"),
        "frozen": said(enrolled(in_aurora, "B frozen")),
        "stripe": said(enrolled(in_aurora, "C stripe"), method=PayoutMethod.STRIPE, stripe_account="acct_1A2b3C4d5E6f"),
        "number": said(
            enrolled(in_aurora, "D number"), account_kind=AccountKind.NUMBER, account="1102345678", bic="CZNBKRSEXXX"
        ),
        "korean": said(enrolled(in_aurora, "E 한빛"), holder="한빛 미디어"),
        "fine": said(enrolled(in_aurora, "F fine")),
    }  # fmt: skip
    said(deals["frozen"], at=datetime.now(UTC), account=IBANS[2])
    issued_for(*((deal, 1000) for deal in deals.values()))
    found = payout_candidates(method=SEPA, currency="EUR", at=datetime.now(UTC))
    assert [(row.settlement.partner_name, row.blocked, row.refused) for row in found] == [
        ("A silent one", "profile_incomplete", ""), ("B frozen", "frozen", ""), ("C stripe", "other_method", ""),
        ("D number", "unpayable", "SEPA needs an IBAN"),
        ("E 한빛", "unpayable", "the name has no letters a SEPA file can hold"), ("F fine", None, ""),
    ]  # fmt: skip
    assert found[0].gaps == ("legal_address", "vat_status", "payout_method")
    paying()
    refs = [row.settlement.public_id for row in found]
    with pytest.raises(errors.RowsRefused) as refused:
        made(settlement_refs=refs)
    assert sorted(row["reason"] for row in refused.value.details["rows"]) == [
        "frozen", "other_method", "profile_incomplete", "unpayable", "unpayable",
    ]  # fmt: skip
    with pytest.raises(NotFound):
        made(settlement_refs=[*refs, "stl_nobody"])
    assert (PayoutBatch.objects.count(), Payout.objects.count()) == (0, 0)
    assert made().count == 1
    connect("sk_test_aurora")
    assert made(method=BatchMethod.STRIPE).count == 1
    assert made(method=CSV).count == 2


def test_a_csv_holds_the_same_sum_and_no_formula(in_aurora: Any) -> None:
    deal = said(enrolled(in_aurora, "=cmd"), holder="=HYPERLINK(evil)")
    issued_for((deal, 1234))
    batch = approved(method=CSV)
    name, content = download_file(batch=batch, actor=BEN, at=JUNE)
    [row] = csv.DictReader(io.StringIO(content.decode()))
    assert (row["name"], row["amount"], row["account"]) == ("'=HYPERLINK(evil)", "12.34", IBANS[0])
    assert name.endswith(".csv")


def test_an_account_changed_after_the_draft_stops_the_batch(in_aurora: Any) -> None:
    payable(in_aurora, 100, 200)
    paying()
    batch = made()
    said(Enrollment.objects.get(partner_name="Partner 1"), at=datetime.now(UTC), account=IBANS[3])
    with pytest.raises(errors.RowsRefused) as refused:
        approve_batch(batch=batch, actor=BEN, at=JUNE)
    assert [row["partner"] for row in refused.value.details["rows"]] == ["Partner 1"]
    withdraw_batch(batch=batch, reason="account changed", actor=BEN, at=JUNE)
    assert [item.partner_name for item in made().items.all()] == ["Partner 0"]
    assert [item.attempt for item in BatchItem.objects.order_by("pk")] == [1, 1, 2]
    assert list(mismatches()) == []
    frozen = Payout.objects.get(settlement__partner_name="Partner 1")
    with pytest.raises(errors.PayoutFrozen):
        request_payout(settlement=frozen.settlement, actor=BEN, at=JUNE)


def test_a_failed_payout_keeps_its_lines_and_leaves_again(in_aurora: Any) -> None:
    payable(in_aurora, 100, 200)
    paying()
    batch = sent()
    bad, good = Payout.objects.order_by("-amount_minor")
    confirm_payout(payout=good, reference="OK", actor=BEN, at=JULY)
    fail_payout(payout=bad, reason="AC04 closed account", actor=BEN, at=JULY)
    batch.refresh_from_db()
    assert batch.state == "partly_failed"
    lines = list(Commission.objects.order_by("pk").values_list("state", flat=True))
    assert sorted(lines) == ["paid", "payable"]
    second = approve_batch(batch=made(actor=BEN), actor=ANNA, at=JULY)
    assert [(item.payout_id, item.attempt) for item in second.items.all()] == [(bad.pk, 2)]
    with pytest.raises(errors.NothingToBatch):
        made()
    assert list(mismatches()) == []


def test_a_batch_whose_payout_went_on_in_another_one_is_partly_failed(in_aurora: Any) -> None:
    a, b, c = payable(in_aurora, 100, 200, 300)
    paying()
    first = sent(settlement_refs=[a.public_id, b.public_id])
    assert first.count == 2
    failing = Payout.objects.get(settlement=a)
    fail_payout(payout=failing, reason="AC04", actor=BEN, at=JULY)
    assert confirm_batch(batch=first, reference="OK", actor=BEN, at=JULY) == 1
    second = made(settlement_refs=[a.public_id, c.public_id])
    with pytest.raises(errors.PayoutUnderWay):
        request_payout(settlement=a, actor=BEN, at=JULY)
    # An account said after the draft stops it, also when nothing is frozen any more.
    with pytest.raises(errors.RowsRefused):
        said_anew(c, lambda: approve_batch(batch=second, actor=BEN, at=JULY))
    approve_batch(batch=second, actor=BEN, at=JULY)
    write_file(batch=second, actor=BEN, at=JULY)
    send_batch(batch=second, actor=BEN, at=JULY)
    failing.refresh_from_db()
    with pytest.raises(IllegalTransition) as early:
        return_payout(payout=failing, reason="back", actor=BEN, at=JULY)
    assert early.value.details["lifecycle"] == "payout"
    fail_payout(payout=failing, reason="AC04", actor=BEN, at=JULY)
    approve_batch(batch=made(settlement_refs=[a.public_id]), actor=BEN, at=JULY)
    assert confirm_batch(batch=second, reference="OK", actor=BEN, at=JULY) == 1
    second.refresh_from_db()
    assert second.state == "partly_failed"
    assert list(mismatches()) == []


def said_anew(settlement: Settlement, then: Callable[[], object]) -> None:
    """Do something after a partner said another account, and take both back."""
    with transaction.atomic():
        said(Enrollment.objects.get(partner_ref=settlement.partner_ref), account="DE02120300000000202051")
        then()


def test_money_that_comes_back_after_it_arrived_is_owed_again_and_paid_once_more(in_aurora: Any) -> None:
    payable(in_aurora, 100)
    paying()
    batch = sent()
    payout = Payout.objects.get()
    with pytest.raises(IllegalTransition):
        return_payout(payout=payout, reason="never arrived", actor=BEN, at=JULY)
    confirm_payout(payout=payout, reference="A", actor=BEN, at=JULY)
    with pytest.raises(IllegalTransition):
        fail_payout(payout=payout, reason="AC04", actor=BEN, at=JULY)
    return_payout(payout=payout, reason="AC04", actor=BEN, at=JULY)
    return_payout(payout=payout, reason="AC04", actor=BEN, at=JULY)
    batch.refresh_from_db()
    payout.refresh_from_db()
    assert (batch.state, payout.state, payout.settlement.state) == ("partly_failed", "failed", "issued")
    assert Commission.objects.get().state == "paid"
    assert list(mismatches()) == []
    again = sent()
    confirm_payout(payout=payout, reference="B", actor=BEN, at=JULY)
    again.refresh_from_db()
    payout.refresh_from_db()
    assert (again.state, payout.state, payout.attempt, payout.settlement.state) == ("settled", "paid", 2, "paid")
    assert list(mismatches()) == []


def test_a_long_batch_and_a_long_statement_take_as_many_statements_as_short_ones(in_aurora: Any) -> None:
    def asked(many: int, at: datetime, label: str) -> list[int]:
        deals = [said(enrolled(in_aurora, f"{label} {number}")) for number in range(many)]
        for deal in deals:
            for _ in range(many):
                earned(deal, 1000, at)
        period = close_period(label=label, actor=ANNA, at=at + timedelta(days=31))
        approve_period(period=period, actor=BEN, at=JULY)
        for settlement in period.settlements.all():
            issue_statement(settlement=settlement, at=JULY)
        counts, made_now = [], []
        steps: list[Callable[[], Any]] = [
            lambda: made_now.append(made(method=BatchMethod.CSV)),
            lambda: approve_batch(batch=made_now[0], actor=BEN, at=JULY),
            lambda: write_file(batch=made_now[0], actor=BEN, at=JULY),
            lambda: send_batch(batch=made_now[0], actor=BEN, at=JULY),
            lambda: confirm_payout(payout=made_now[0].payouts.first(), reference="A", actor=BEN, at=JULY),
            lambda: confirm_payout(payout=made_now[0].payouts.order_by("-pk")[0], reference="B", actor=BEN, at=JULY),
        ]
        for step in steps:
            with CaptureQueriesContext(connection) as queries:
                step()
            counts.append(len(queries))
        return [*counts[:4], counts[5]]  # the first that arrives opens the bank's account in the books

    first, second = asked(3, MAY, "2026-05"), asked(5, JUNE, "2026-06")
    assert first == second


def test_a_sepa_batch_needs_the_brands_account(in_aurora: Any) -> None:
    payable(in_aurora, 100)
    with pytest.raises(errors.BatchNotReady):
        made()
    with pytest.raises(InvalidInput) as wrong:
        say_paying_account(holder="", iban="DE00", bic="X", actor=ANNA, at=JUNE)
    assert [error["field"] for error in wrong.value.errors] == ["holder", "iban", "bic"]


@pytest.mark.parametrize(
    ("spoiled", "reason"),
    [({"account": "DE89370400440532013001"}, "the IBAN is not valid"), ({"bic": "COBA"}, "the BIC is not valid")],
)
def test_an_invalid_row_is_listed_and_nothing_is_written(in_aurora: Any, spoiled: dict[str, str], reason: str) -> None:
    from tenant_apps.settlements.actions.batching import seal

    payable(in_aurora, 100, 200)
    paying()
    batch = approved()
    column, value = ("account_sealed", seal(spoiled["account"])) if "account" in spoiled else ("bic", spoiled["bic"])
    item = batch.items.get(position=2)
    altered = replace_item(item, column, value)
    with pytest.raises(errors.RowsRefused) as refused:
        write_file(batch=altered, actor=BEN, at=JUNE)
    assert [(row["partner"], row["reason"]) for row in refused.value.details["rows"]] == [("Partner 1", reason)]
    assert BatchFile.objects.count() == 0


def replace_item(item: BatchItem, column: str, value: str) -> PayoutBatch:
    """Put a batch with a row no verb would write beside it: the rows themselves are for ever."""
    batch = item.batch
    copy = PayoutBatch.objects.get(pk=batch.pk)
    copy.pk, copy.public_id = None, batch.public_id[:-3] + "xyz"
    copy.save(force_insert=True)
    for each in batch.items.order_by("position"):
        if each.pk == item.pk:
            setattr(each, column, value)
        each.pk, each.batch, each.attempt = None, copy, each.attempt + 50
        each.save(force_insert=True)
    return copy


LETTERS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=90)
ROWS = st.lists(
    st.builds(
        Creditor, reference=st.integers(0, 10**9).map(lambda n: f"pay_{n:026d}-1"), name=LETTERS,
        account=st.sampled_from(IBANS), bic=st.sampled_from(["", "COBADEFFXXX"]), is_iban=st.just(True),
        amount_minor=st.integers(1, 99_999_999_999), currency=st.just("EUR"), purpose=LETTERS,
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@given(ROWS, LETTERS)
def test_whatever_partners_are_called_the_file_is_valid_and_its_sum_is_theirs(rows: list[Creditor], name: str) -> None:
    taken = tuple(row for row in rows if not unpayable(row, sepa=True) and sepa_text(row.purpose, 140))
    debtor = Debtor(name=f"X {name}", iban="DE02120300000000202051")
    order = TransferOrder(
        reference="bat_1", made_at=JUNE, execute_on=date(2026, 6, 15), debtor=debtor, creditors=taken
    )  # fmt: skip
    if not taken:
        return
    content = pain001(order)
    assert schema_errors(content) == []
    assert pain001(order) == content
    [first, second] = texts(content, "p:CtrlSum")
    assert first == second
    assert Decimal(first) * 100 == sum(row.amount_minor for row in taken)
    assert sum(Decimal(amount) for amount in texts(content, "p:InstdAmt")) == Decimal(first)


@pytest.mark.parametrize(
    ("said_as", "written"),
    [("Müller & Söhne", "Mueller + Soehne"), ("José Núñez", "Jose Nunez"), ("Łódź_1", "Lodz-1"), ("한빛", ""),
     ("a\tb\nc", "a b c"), ("“Quoted” <b>", "Quoted b")],
)  # fmt: skip
def test_names_are_spelled_in_sepas_letters(said_as: str, written: str) -> None:
    assert sepa_text(said_as, 70) == written


def test_the_schema_finds_what_is_wrong() -> None:
    order = TransferOrder(
        reference="bat_1", made_at=JUNE, execute_on=date(2026, 6, 15), debtor=Debtor(name="A", iban="not an iban"),
        creditors=(),
    )  # fmt: skip
    found = schema_errors(pain001(order))
    assert any("IBAN" in error for error in found)
    assert any("CdtTrfTxInf" in error for error in found)


def test_banks_execute_on_weekdays() -> None:
    friday = date(2026, 6, 12)
    days = [banking_day(friday + timedelta(days=later)).isoformat() for later in range(4)]
    assert days == ["2026-06-12", "2026-06-15", "2026-06-15", "2026-06-15"]
