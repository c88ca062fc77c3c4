"""Settlements as they run: through the outbox, side by side, cut off in the middle, and proven afterwards."""

import hashlib
import io
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pypdf
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext

from shared_apps.brands.actions import advance_clock
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.postgresql.base import connected
from shared_apps.partners.models import Partner
from shared_apps.partners.queries import statements_of
from tenant_apps.commissions.models import Commission
from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Posting, post
from tenant_apps.programs.models import Enrollment
from tenant_apps.settlements.actions import (
    approve_period,
    close_period,
    confirm_payout,
    fail_payout,
    issue_statement,
    request_payout,
)
from tenant_apps.settlements.documents.snapshot import snapshot_of
from tenant_apps.settlements.models import Period, Settlement, SettlementLine, Statement
from tenant_apps.settlements.printing import print_statement
from tenant_apps.settlements.proof import mismatches
from tenant_apps.settlements.queries import settlements, statements_of_partner
from tests.conftest import brand_named
from tests.settlements.books import ANNA, BEN, JULY, JUNE, MAY, clawed_back, earned, enrolled


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def queries_of(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    return len([query for query in captured if "search_path" not in query["sql"]])


def test_an_approved_settlement_becomes_a_printed_statement(
    in_aurora: Any, drain: Callable[[], int], media: Path
) -> None:
    nord, studio = enrolled(in_aurora), enrolled(in_aurora, "Studio Sur")
    earned(nord, 1700, MAY)
    earned(studio, 900, MAY)
    approve_period(period=close_period(label="2026-05", actor=ANNA, at=JUNE), actor=BEN, at=JUNE)
    drain()
    issued = Statement.objects.order_by("number")
    assert [(s.number, s.settlement.partner_name) for s in issued] == [
        ("ST-2026-000001", "Nordlicht Media"), ("ST-2026-000002", "Studio Sur"),
    ]  # fmt: skip
    folder = media / "statements" / in_aurora.schema_name
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{s.sha256}.pdf" for s in issued)
    text = pypdf.PdfReader(folder / f"{issued[0].sha256}.pdf").pages[0].extract_text()
    assert "ST-2026-000001" in text
    assert "17.00 EUR" in text
    with brand_entered(in_aurora):
        partner = nord.partner_ref
    connected().set_schema_to_public()
    (listed,) = statements_of(Partner.objects.get(public_id=partner))
    assert (listed.number, listed.payout_minor, listed.sha256, listed.period_label) == (
        "ST-2026-000001", 1700, issued_sha(in_aurora, partner), "2026-05",
    )  # fmt: skip


def issued_sha(brand: Any, partner_ref: str) -> str:
    with brand_entered(brand):
        return statements_of_partner(partner_ref).get().sha256


def test_a_statement_is_printed_once_per_hash(in_aurora: Any, media: Path) -> None:
    statement = issued_one(in_aurora)
    path = print_statement(statement)
    first = (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
    assert print_statement(statement) == path
    assert path.stat().st_mtime_ns == first[0]
    path.unlink()
    assert hashlib.sha256(print_statement(statement).read_bytes()).hexdigest() == first[1]
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def issued_one(brand: Any) -> Statement:
    original = earned(enrolled(brand), 1700, MAY, title="서울 골목 사진 워크숍")
    clawed_back(original, 200, MAY)
    (settlement,) = settle("2026-05", JUNE)
    return issue_statement(settlement=settlement, at=JUNE)


def settle(label: str, at: Any) -> list[Settlement]:
    period = close_period(label=label, actor=ANNA, at=at)
    approve_period(period=period, actor=BEN, at=at)
    return list(period.settlements.order_by("pk"))


def test_a_snapshot_says_what_the_settlement_is(in_aurora: Any) -> None:
    statement = issued_one(in_aurora)
    snapshot: Any = statement.snapshot
    assert {name: snapshot[name] for name in ("number", "currency", "exponent", "payout_minor", "issued_on")} == {
        "number": "ST-2026-000001", "currency": "EUR", "exponent": 2, "payout_minor": 1500, "issued_on": "2026-06-12",
    }  # fmt: skip
    assert (snapshot["period"]["first_on"], snapshot["period"]["last_on"]) == ("2026-05-01", "2026-05-31")
    (line,), (taken,) = snapshot["earnings"], snapshot["clawbacks"]
    assert (line["order"], line["title"], line["base_minor"], line["rate"], line["amount_minor"]) == (
        "#1001", "서울 골목 사진 워크숍", 17_000, "0.1", 1700,
    )  # fmt: skip
    assert (taken["amount_minor"], taken["original"]["order"], taken["original"]["statement"]) == (-200, "#1001", "")
    statement.refresh_from_db()
    assert statement.snapshot == json.loads(json.dumps(snapshot))


def test_a_line_that_stands_for_no_sale_says_what_it_is(in_aurora: Any) -> None:
    deal = enrolled(in_aurora)
    why: Any = [{"code": "by_hand", "facts": {"said": "For the fair in Porto"}}]
    for kind, explanation in (("manual", why), ("bonus", []), ("true_up", [])):
        earned(deal, 500, MAY, kind=kind, explanation=explanation, cause_ref=kind, order_ref="", line_ref="")
    (settlement,) = settle("2026-05", JUNE)
    lines = issue_statement(settlement=settlement, at=JUNE).snapshot["earnings"]
    assert [line["title"] for line in lines] == ["For the fair in Porto", "Bonus", "Tiers made true"]


def test_the_number_of_queries_does_not_grow_with_the_lines(in_aurora: Any) -> None:
    for name, count in (("One Line", 1), ("Three Lines", 3)):
        enrollment = enrolled(in_aurora, name)
        for _ in range(count):
            clawed_back(earned(enrollment, 100, MAY), 10, MAY)
    one, three = settle("2026-05", JUNE)
    facts: dict[str, Any] = {"number": "ST", "version": 1, "issued_at": JUNE}
    assert (one.lines.count(), three.lines.count()) == (2, 6)
    assert queries_of(lambda: snapshot_of(one, **facts)) == queries_of(lambda: snapshot_of(three, **facts))
    assert queries_of(lambda: list(settlements().filter(pk=one.pk))) == queries_of(lambda: list(settlements()))
    # Closing costs the same for any number of lines; each settlement is audited in the period's one row.
    for month, count in ((JUNE, 1), (JULY, 3)):
        for index in range(count):
            earned(enrolled(in_aurora, f"Later {month.month} {index}"), 100, month)
    spent = [
        queries_of(lambda: close_period(label=label, actor=ANNA, at=at))  # noqa: B023
        for label, at in (("2026-06", JULY), ("2026-07", JULY + timedelta(days=30)))
    ]
    assert spent[0] == spent[1]


def test_the_proof_finds_nothing_in_good_books(in_aurora: Any) -> None:
    nord, studio = enrolled(in_aurora, minimum=500), enrolled(in_aurora, "Studio Sur", negative="reset")
    original, other = earned(nord, 400, MAY), earned(studio, 900, MAY)
    may = settle("2026-05", JUNE)
    assert list(mismatches()) == []
    for settlement in may:
        issue_statement(settlement=settlement, at=JUNE)
    payout = request_payout(settlement=may[1], actor=BEN, at=JUNE)
    assert list(mismatches()) == []
    fail_payout(payout=payout, reason="closed", actor=BEN, at=JUNE)
    assert list(mismatches()) == []
    request_payout(settlement=may[1], actor=BEN, at=JUNE)
    confirm_payout(payout=payout, reference="1", actor=BEN, at=JUNE)
    clawed_back(original, 400, JUNE)
    clawed_back(other, 900, JUNE)
    assert list(mismatches()) == []
    for settlement in settle("2026-06", JULY):
        issue_statement(settlement=settlement, at=JULY)
    assert list(mismatches()) == []


def put_in(period: Period, **values: Any) -> Settlement:
    """A settlement that no close wrote: what stands there nobody can change, so a wrong one is put in beside it."""
    zero = dict.fromkeys(("opening", "earned", "clawback", "net", "payout", "closing", "next_opening"), 0)
    amounts = {f"{name}_minor": value for name, value in (zero | values).items()}
    return Settlement.objects.create(
        period=period, partner_ref="par_nobody", partner_name="Nobody", currency="EUR", state="issued",
        drafted_at=JUNE, drafted_by="usr_x", **amounts,
    )  # fmt: skip


def test_the_proof_finds_what_is_wrong_and_where(in_aurora: Any) -> None:
    statement = issued_one(in_aurora)
    wrong = put_in(statement.settlement.period, earned=1, net=1, payout=1)
    Statement.objects.create(
        settlement=wrong, number="ST-2026-000002", snapshot=statement.snapshot, sha256=statement.sha256,
        issued_at=JUNE,
    )  # fmt: skip
    found = {mismatch.check: mismatch.where for mismatch in mismatches()}
    assert found == {
        "payable": "par_nobody EUR", "lines": wrong.public_id, "statement": "ST-2026-000002", "numbers": "Statement",
    }  # fmt: skip


def test_the_proof_finds_lines_that_are_not_their_commissions(in_aurora: Any) -> None:
    """No foreign key refuses them: a line of nothing, in nothing, of another amount, of another partner."""
    settled = issued_one(in_aurora).settlement
    waiting = [earned(Enrollment.objects.get(), amount, JUNE) for amount in (300, 400, 500)]
    others = put_in(settled.period)
    wrong = [
        SettlementLine.objects.create(commission_id=key, settlement_id=settlement, amount_minor=minor).pk
        for key, settlement, minor in (
            (waiting[0].pk, settled.pk + others.pk, 300), (waiting[1].pk, settled.pk, 401),
            (waiting[2].pk, others.pk, 500), (waiting[2].pk + 1, settled.pk, 1),
        )
    ]  # fmt: skip
    assert [each.where for each in mismatches() if each.check == "line"] == [str(key) for key in sorted(wrong)]


def test_the_proof_sees_money_that_no_line_explains(in_aurora: Any) -> None:
    nord = enrolled(in_aurora)
    post(
        cause="mistake", description="by hand", belongs_to=MAY, at=MAY,
        transfers=[Posting(chart.commission_expense(), chart.partner_payable(nord.partner_ref), 5, "EUR")],
    )  # fmt: skip
    assert [mismatch.check for mismatch in mismatches()] == ["payable", "conservation"]


def test_the_command_closes_and_checks(in_aurora: Any) -> None:
    earned(enrolled(in_aurora), 1700, MAY)
    advance_clock(brand=in_aurora, to=JULY + timedelta(days=400), actor=ANNA)
    assert said("periods")["periods"][0]["label"] == "2026-05"
    answer = said("close", "--period", "2026-05")
    assert [(each["partner"], each["payout_minor"]) for each in answer["settlements"]] == [("Nordlicht Media", 1700)]
    assert said("check") == {"brands": [{"brand": "Aurora", "mismatches": []}]}
    with brand_entered(in_aurora):
        put_in(Period.objects.get(), opening=3, closing=3)
    with pytest.raises(SystemExit) as wrong:
        said("check")
    assert wrong.value.code == 1


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("close", "--brand", "Aurora", "--period", "May"), "invalid_input"),
        (("close", "--brand", "Aurora", "--period", "2099-01"), "period_not_ended"),
        (("check", "--brand", "Nobody"), "not_found"),
    ],
)
def test_the_command_refuses_with_a_reason(aurora: Any, asked: tuple[str, ...], code: str) -> None:
    err = io.StringIO()
    with pytest.raises(SystemExit) as refused:
        call_command("settlements", *asked, "--json", stderr=err)
    assert (refused.value.code, json.loads(err.getvalue().splitlines()[-1])["code"]) == (2, code)
    with brand_entered(aurora):
        assert Period.objects.count() == 0


def said(*asked: str) -> Any:
    out = io.StringIO()
    call_command("settlements", *asked, "--brand", "Aurora", "--json", stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue())


def in_thread(brand: Any, call: Callable[[], Any], answers: list[Any]) -> threading.Thread:
    def run() -> None:
        try:
            with brand_entered(brand):
                answers.append(call())
        except Exception as failure:  # noqa: BLE001  (the test looks at it)
            answers.append(failure)
        finally:
            for alias in connections:
                connections[alias].close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_two_simultaneous_closes_make_one_settlement(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        nord = enrolled(brand)
        for _ in range(20):
            earned(nord, 100, MAY)
    answers: list[Any] = []
    threads = [in_thread(brand, lambda: close_period(label="2026-05", actor=ANNA, at=JUNE), answers) for _ in range(4)]
    for thread in threads:
        thread.join()
    assert {getattr(answer, "public_id", repr(answer)) for answer in answers} == {answers[0].public_id}
    with brand_entered(brand):
        assert [(s.net_minor, s.lines.count()) for s in Settlement.objects.all()] == [(2000, 20)]
        assert list(mismatches()) == []


def end_session_of_app(pid: int) -> None:
    """End a session as its own role: an owner that is no superuser may not."""
    app = settings.DATABASES["default"]
    with psycopg.connect(settings.OWNER_URL, user=str(app["USER"]), password=str(app["PASSWORD"])) as same_role:
        same_role.execute("SELECT pg_terminate_backend(%s)", [pid])


def test_a_close_that_is_killed_leaves_nothing_and_the_next_does_all(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        nord = enrolled(brand)
        for _ in range(5):
            earned(nord, 100, MAY)
    owner = connections["owner"]
    owner.set_tenant(brand)
    answers: list[Any] = []
    owner.set_autocommit(False)
    try:
        with owner.cursor() as cursor:
            # The close gets as far as its audit row, after settlements and lines, and waits there.
            cursor.execute("LOCK TABLE audit_auditevent IN EXCLUSIVE MODE")
            thread = in_thread(brand, lambda: close_period(label="2026-05", actor=ANNA, at=JUNE), answers)
            killed = None
            while killed is None:
                cursor.execute("SELECT pg_sleep(0.02)")
                cursor.execute("SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'audit_auditevent'::regclass")
                killed = cursor.fetchone()
            end_session_of_app(killed[0])
            thread.join()
    finally:
        owner.rollback()
        owner.set_autocommit(True)
        owner.set_schema_to_public()
    assert isinstance(answers[0], OperationalError)
    with brand_entered(brand):
        assert (Period.objects.count(), Settlement.objects.count(), SettlementLine.objects.count()) == (0, 0, 0)
        assert {commission.state for commission in Commission.objects.all()} == {"payable"}
        close_period(label="2026-05", actor=ANNA, at=JUNE)
        assert [(s.net_minor, s.lines.count()) for s in Settlement.objects.all()] == [(500, 5)]


def test_simultaneous_statements_are_numbered_without_gaps(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        for index in range(6):
            earned(enrolled(brand, f"Partner {index}"), 100, MAY)
        drafts = settle("2026-05", JUNE)
    answers: list[Any] = []
    threads = [
        in_thread(brand, lambda each=each: issue_statement(settlement=each, at=JUNE).number, answers)
        for each in drafts + drafts
    ]
    for thread in threads:
        thread.join()
    assert sorted(answers) == sorted(2 * [f"ST-2026-{count:06d}" for count in range(1, 7)])
