from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Posting, post
from tenant_apps.ledger.chart import AccountRef
from tenant_apps.ledger.errors import AccountKindDiffers, CauseReused, InvalidPosting
from tenant_apps.ledger.models import Account, Entry, Transfer
from tenant_apps.ledger.queries import (
    account_history,
    balance,
    entries_of_cause_prefix,
    entry_of_cause,
    flaws,
    trial_balance,
)
from tenant_apps.ledger.states import AccountKind
from tests.conftest import brand_named

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
SALE = [
    Posting(chart.processor(), chart.sales(), 100_00, "EUR"),
    Posting(chart.processor(), chart.tax(), 19_00, "EUR"),
]


def captured(cause: str = "charge:chg_1:captured", transfers: list[Posting] | None = None, at: datetime = AT) -> Entry:
    return post(cause=cause, description="Charge", transfers=transfers or SALE, effective_at=AT, at=at)


def rows() -> tuple[int, int, int]:
    return Account.objects.count(), Entry.objects.count(), Transfer.objects.count()


def test_a_sale_is_booked_with_natural_signs(in_aurora: Brand) -> None:
    captured()
    assert balance("processor", "EUR") == 119_00
    assert balance("sales", "EUR") == 100_00
    assert balance("tax", "EUR") == 19_00
    assert balance("sales", "KRW") == balance("nowhere", "EUR") == 0
    assert balance("sales", "EUR", at=AT) == 100_00
    assert balance("sales", "EUR", at=AT - timedelta(microseconds=1)) == 0
    assert {row.code: row.signed_minor for row in trial_balance()} == {
        "processor": 119_00,
        "sales": -100_00,
        "tax": -19_00,
    }


def test_the_same_cause_is_booked_once_also_later(in_aurora: Brand) -> None:
    first, before = captured(), rows()
    again = captured(at=AT + timedelta(days=1))
    assert (again.pk, again.booked_at) == (first.pk, AT)
    assert rows() == before


@pytest.mark.parametrize(
    "other",
    [
        [Posting(chart.processor(), chart.sales(), 100_01, "EUR"), SALE[1]],
        [SALE[0]],
        [Posting(chart.processor(), chart.sales(), 100_00, "USD"), SALE[1]],
        [Posting(chart.bank(), chart.sales(), 100_00, "EUR"), SALE[1]],
        [SALE[1], SALE[0]],
    ],
)
def test_the_same_cause_with_other_content_is_refused(in_aurora: Brand, other: list[Posting]) -> None:
    captured()
    before = rows()
    with pytest.raises(CauseReused):
        captured(transfers=other)
    assert rows() == before


@pytest.mark.parametrize(
    "transfers",
    [
        [],
        [Posting(chart.processor(), chart.sales(), 0, "EUR")],
        [SALE[0], Posting(chart.processor(), chart.sales(), -1, "EUR")],
        [Posting(chart.processor(), chart.sales(), 2**63, "EUR")],
        [Posting(chart.processor(), chart.processor(), 1, "EUR")],
        [Posting(chart.processor(), chart.sales(), 1, "EURO")],
        [Posting(chart.processor(), chart.sales(), True, "EUR")],
    ],
)
def test_what_is_no_posting_is_refused(in_aurora: Brand, transfers: list[Posting]) -> None:
    with pytest.raises(InvalidPosting):
        post(cause="charge:x:captured", description="", transfers=transfers, effective_at=AT, at=AT)
    assert rows() == (0, 0, 0)


def test_a_posting_between_known_accounts_is_one_statement(in_aurora: Brand) -> None:
    captured()
    with CaptureQueriesContext(connection) as asked:
        captured("charge:2:captured")
    assert [query["sql"].split()[0] for query in asked] == ["SAVEPOINT", "SELECT", "RELEASE"]


def test_one_account_cannot_be_of_two_kinds_in_one_entry(in_aurora: Brand) -> None:
    of_two_kinds = [
        Posting(chart.bank(), AccountRef("new", AccountKind.ASSET), 5, "EUR"),
        Posting(chart.bank(), AccountRef("new", AccountKind.REVENUE), 5, "EUR"),
    ]
    with pytest.raises(AccountKindDiffers):
        captured(transfers=of_two_kinds)
    assert rows() == (0, 0, 0)


def test_an_account_keeps_its_kind(in_aurora: Brand) -> None:
    captured()
    before = rows()
    with pytest.raises(AccountKindDiffers):
        captured("charge:2:captured", [Posting(chart.bank(), AccountRef("sales", AccountKind.ASSET), 5, "EUR")])
    # Also where both accounts are open, on either side.
    wrong = AccountRef("sales", AccountKind.ASSET)
    for debit, credit in ((chart.processor(), wrong), (wrong, chart.processor())):
        with pytest.raises(AccountKindDiffers):
            captured("charge:3:captured", [Posting(debit, credit, 5, "EUR")])
    assert rows() == before


def test_causes_and_reversals_are_found(in_aurora: Brand) -> None:
    sale = captured()
    back = [Posting(t.credit, t.debit, t.amount_minor, t.currency) for t in SALE]
    post(cause="refund:ref_1:succeeded", description="Refund", transfers=back, effective_at=AT, at=AT, reverses=sale)
    assert [entry.cause for entry in entries_of_cause_prefix("charge:chg_1:")] == ["charge:chg_1:captured"]
    found = entry_of_cause("refund:ref_1:succeeded")
    assert found is not None
    assert found.reverses_id == sale.pk
    assert {row.signed_minor for row in trial_balance()} == {0}
    assert list(flaws()) == []


def test_an_accounts_history_is_paged_with_running_balances(in_aurora: Brand) -> None:
    for number, amount in enumerate([10, 20, 30], start=1):
        captured(f"charge:{number}:captured", [Posting(chart.processor(), chart.sales(), amount, "EUR")])
    captured("refund:1:succeeded", [Posting(chart.sales(), chart.processor(), 5, "EUR")])
    sales = Account.objects.get(code="sales")
    page = account_history(sales, limit=3)
    assert [(line.amount_minor, line.balance_minor) for line in page] == [(-5, 55), (30, 60), (20, 30)]
    rest = account_history(sales, before_id=page[-1].transfer_id, limit=3)
    assert [(line.entry.cause, line.amount_minor, line.balance_minor) for line in rest] == [
        ("charge:1:captured", 10, 10)
    ]
    assert {line.counter.code for line in page + rest} == {"processor"}


@pytest.mark.parametrize("table", ["ledger_account", "ledger_entry", "ledger_transfer"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET currency = currency", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_runtime_role_only_adds(in_aurora: Brand, table: str, verb: str) -> None:
    captured()
    before = rows()
    statement = verb.format(table).replace("ledger_entry SET currency = currency", "ledger_entry SET cause = 'x'")
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert rows() == before


def test_one_cause_posted_by_many_threads_is_one_entry(own_database: str) -> None:
    brand, gate, seen = brand_named("Aurora"), Barrier(6), []

    def race(amount: int) -> None:
        with brand_entered(brand):
            gate.wait()
            try:
                seen.append(
                    captured("charge:race:captured", [Posting(chart.processor(), chart.sales(), amount, "EUR")]).pk
                )
            except CauseReused:
                seen.append("refused")
        connection.close()

    threads = [Thread(target=race, args=(amount,)) for amount in (7, 7, 7, 7, 7, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with brand_entered(brand):
        entry = Entry.objects.get()
        amount = Transfer.objects.get().amount_minor
        assert balance("sales", "EUR") == amount
    assert len(seen) == 6
    assert seen.count(entry.pk) == (5 if amount == 7 else 1)
    assert seen.count("refused") == (1 if amount == 7 else 5)


ACCOUNTS = [
    chart.processor(), chart.bank(), chart.sales(), chart.tax(), chart.commission_expense(),
    chart.partner_pending("par_a"), chart.partner_payable("par_a"), chart.payout_in_transit("par_a"),
]  # fmt: skip
PAIRS = st.permutations(ACCOUNTS).map(lambda shuffled: shuffled[:2])
POSTINGS = st.builds(
    lambda pair, amount, currency: Posting(pair[0], pair[1], amount, currency),
    PAIRS, st.integers(1, 10**12), st.sampled_from(["EUR", "KRW"]),
)  # fmt: skip


class TestBooks(TestCase):
    """Whatever is posted, in whatever order and however often: the books sum to zero."""

    @given(st.lists(st.lists(POSTINGS, min_size=1, max_size=4), max_size=6))
    def test_random_posts_sum_to_zero(self, requests: list[list[Posting]]) -> None:
        with brand_entered(brand_named("Aurora")):
            for repeat in (1, 2):
                for number, transfers in enumerate(requests):
                    captured(f"test:{number}", transfers, at=AT + timedelta(hours=repeat))
            expected: dict[tuple[str, str], int] = {}
            for posting in (posting for transfers in requests for posting in transfers):
                for ref, sign in ((posting.debit, 1), (posting.credit, -1)):
                    key = (ref.code, posting.currency)
                    expected[key] = expected.get(key, 0) + sign * posting.amount_minor
            assert {(row.code, row.currency): row.signed_minor for row in trial_balance()} == expected
            for currency in ("EUR", "KRW"):
                assert sum(row.signed_minor for row in trial_balance() if row.currency == currency) == 0
            assert list(flaws()) == []
