"""The record of a schema: every row that is for ever is sealed, and whoever changes one is found at it."""

import io
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import call_command

from config.schedule import JOBS
from kernel.actor import system
from shared_apps.audit.actions import record, seal_record, sealing
from shared_apps.audit.forever import recorded_tables
from shared_apps.audit.models import AuditEvent, RecordSeal
from shared_apps.audit.proof import record_flaws
from shared_apps.audit.queries import record_seals
from shared_apps.audit.tasks import seal_record_everywhere, seal_record_of_brand, verify_everywhere
from shared_apps.audit.verifying import Flaw, all_flaws, checks, verifies
from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.brands.models import Brand
from shared_apps.brands.roles import append_only_tables
from tests.audit.rows import as_owner, change, columns_of, lift_constraints, put_in
from tests.conftest import brand_named
from tests.ledger.test_posting import captured
from tests.ledger.test_sealing import elsewhere

NIGHT = datetime(2026, 3, 10, 23, 40, tzinfo=UTC)
FIRST = 1001
OWN_CHAINS = {"audit_recordseal", "ledger_entry", "ledger_seal", "ledger_transfer"}


def done(*verbs: str) -> list[AuditEvent]:
    brand = brand_named("Aurora")
    return [record(actor=system("tests"), verb=verb, subject=brand, at=NIGHT) for verb in verbs]


def found() -> list[tuple[str, str, str]]:
    return [(flaw.check, flaw.where, flaw.message) for flaw in record_flaws()]


def test_what_is_for_ever_is_in_the_record_or_in_a_chain_of_its_own(aurora: Brand) -> None:
    with brand_entered(aurora):
        of_brand = {table.name for table in recorded_tables()}
    with public_entered():
        of_public = {table.name for table in recorded_tables()}
    assert of_brand | of_public | OWN_CHAINS == set(append_only_tables())
    assert of_brand & of_public == {"audit_auditevent"}
    assert "partners_taxversion" in of_public


def test_a_seal_covers_what_was_written_since_the_last_one(in_aurora: Brand) -> None:
    [first] = done("first")
    [one] = seal_record(at=NIGHT)
    [second] = done("second")
    [two] = seal_record(at=NIGHT)
    assert seal_record(at=NIGHT) == []
    # 23:40 in UTC is the next day in Berlin.
    assert (one.number, one.day, two.number, two.previous_hash) == (1, date(2026, 3, 11), 2, one.hash)
    assert (one.bounds["audit_auditevent"], two.bounds["audit_auditevent"]) == (first.pk, second.pk)
    assert [[key for key, _ in part["rows"]] for part in two.parts] == [[second.pk]]
    assert list(record_seals()) == [two, one]
    assert found() == []


def test_many_rows_make_several_seals(in_aurora: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    seal_record(at=NIGHT)
    monkeypatch.setattr(sealing, "MOST_SEALED", 2)
    done(*"abcde")
    assert [sum(len(part["rows"]) for part in seal.parts) for seal in seal_record(at=NIGHT)] == [2, 2, 1]
    assert found() == []


def test_the_platform_has_a_record_of_its_own(db: None) -> None:
    with public_entered():
        done("signed in")
        [seal] = seal_record(at=NIGHT)
        assert seal.day == date(2026, 3, 10)
        assert (found(), checks()) == ([], ["record"])
    assert "books" not in checks()


def test_a_table_that_somebody_writes_into_waits_for_the_next_night(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        seal_record(at=NIGHT)
        with elsewhere(brand, lambda: done("slow")) as finish:
            done("quick")
            captured()  # opens accounts
            [seal] = seal_record(at=NIGHT, patience=0.2)
            assert [part["table"] for part in seal.parts] == ["ledger_account"]
            finish()
        [seal] = seal_record(at=NIGHT)
        slow, quick = AuditEvent.objects.order_by("pk").filter(verb__in=["slow", "quick"])
        assert [[key for key, _ in part["rows"]] for part in seal.parts] == [[slow.pk, quick.pk]]
        assert (slow.verb, found()) == ("slow", [])


def test_every_column_of_every_table_that_is_for_ever(own_database: str) -> None:
    """As the owner, in each table: a row changed for each column, one removed, one put in. Each is found, no other."""
    brand = brand_named("Aurora")
    for place, way_in in ((brand, lambda: brand_entered(brand)), (None, public_entered)):
        with way_in():
            tables = recorded_tables()
        with as_owner(place) as cursor:
            all_columns = {table.name: columns_of(cursor, table.name) for table in tables}
            for table in tables:
                lift_constraints(cursor, table.name)
                for key in range(FIRST, FIRST + len(all_columns[table.name]) + 3):
                    put_in(cursor, table.name, all_columns[table.name], key)
        with way_in():
            assert seal_record(at=NIGHT) != []
            assert found() == []
        expected = set()
        with as_owner(place) as cursor:
            for table in tables:
                columns = all_columns[table.name]
                for key, column in enumerate(columns, start=FIRST):
                    change(cursor, table.name, columns, key, column)
                    if column in table.columns:
                        expected.add(("record", f"{table.name} {key}", "The row is not what seal 1 has."))
                removed = FIRST + len(columns)
                cursor.execute(f"DELETE FROM {table.name} WHERE id = {removed}")
                expected.add(("record", f"{table.name} {removed}", "The row is gone; seal 1 has it."))
                put_in(cursor, table.name, columns, -1)
                expected.add(("record", f"{table.name} -1", "The row was put in after seal 1."))
        with way_in():
            assert set(found()) == expected


CHAIN: dict[str, tuple[str, set[tuple[str, str]]]] = {
    "a root rewritten": (
        "UPDATE audit_recordseal SET root = repeat('b', 64) WHERE number = 1",
        {("record seal 1", "What it says is not what was sealed: its own hash differs."),
         ("record seal 1", "Its list of rows does not give its root and bounds.")},
    ),
    "a seal rewritten with a new hash": (
        "UPDATE audit_recordseal SET hash = repeat('c', 64) WHERE number = 1",
        {("record seal 1", "What it says is not what was sealed: its own hash differs."),
         ("record seal 2", "It does not continue the seal before it.")},
    ),
    "its rows emptied": (
        "UPDATE audit_recordseal SET parts = '{}' WHERE number = 1",
        {("record seal 1", "Its list of rows does not give its root and bounds.")},
    ),
    "its bounds moved": (
        "UPDATE audit_recordseal SET bounds = '{\"audit_auditevent\": 0}' WHERE number = 2",
        {("record seal 2", "What it says is not what was sealed: its own hash differs."),
         ("record seal 2", "Its list of rows does not give its root and bounds.")},
    ),
    "the first seal removed": (
        "DELETE FROM audit_recordseal WHERE number = 1",
        {("record seal 1", "The chain goes on with 2; some are gone.")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CHAIN)
def test_a_chain_that_was_tampered_with_is_named_at_its_seal(own_database: str, what: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        for verb in ("first", "second"):
            done(verb)
            seal_record(at=NIGHT)
    statement, expected = CHAIN[what]
    with as_owner(brand) as cursor:
        cursor.execute(statement)
    with brand_entered(brand):
        assert {(where, message) for check, where, message in found() if check == "record_seal"} == expected


def test_verify_says_what_was_looked_at_and_leaves_with_one(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        [event] = done("paid")
    with public_entered():
        done("signed in")
    assert told("seal", "--all")[0] == 0
    code, answer = told("verify", "--all")
    assert code == 0
    assert [(each["brand"], each["flaws"]) for each in answer["brands"]] == [
        ("Aurora", []), ("Hanok", []), ("the platform", []),
    ]  # fmt: skip
    assert set(answer["brands"][0]["checks"]) == {"record", "books", "decisions", "statements"}
    assert answer["brands"][2]["checks"] == ["record"]
    with as_owner(brand) as cursor:
        cursor.execute("UPDATE audit_auditevent SET actor_label = 'nobody' WHERE id = %s", [event.pk])
    with as_owner(None) as cursor:
        cursor.execute("DELETE FROM audit_auditevent")
    code, answer = told("verify", "--all")
    assert (code, [len(each["flaws"]) > 0 for each in answer["brands"]]) == (1, [True, False, True])
    assert answer["brands"][0]["flaws"] == [
        {"check": "record", "where": f"audit_auditevent {event.pk}", "message": "The row is not what seal 1 has."}
    ]
    assert told("verify", "--brand", "Hanok")[0] == 0
    assert told("verify", "--platform")[0] == 1


def test_a_look_that_breaks_off_is_a_flaw(in_aurora: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Any:
        yield Flaw("torn", "here", "One was seen.")
        raise LookupError("no such page")

    monkeypatch.setattr("shared_apps.audit.verifying._looks", {})
    verifies("torn")(broken)
    assert [(flaw.where, flaw.message) for flaw in all_flaws()] == [
        ("here", "One was seen."), ("unread", "The look broke off: LookupError: no such page"),
    ]  # fmt: skip


def test_each_night_everybodys_record_is_sealed_and_looked_at(aurora: Brand, hanok: Brand) -> None:
    assert {seal_record_everywhere, verify_everywhere} <= set(JOBS)
    with brand_entered(aurora):
        done("paid")
        seal_record_of_brand.call_local()
        assert RecordSeal.objects.count() == 1
    with public_entered():
        done("signed in")
        seal_record_everywhere.call_local()
        assert RecordSeal.objects.count() == 1
    verify_everywhere.call_local()


def told(*arguments: str) -> tuple[int, Any]:
    out, code = io.StringIO(), 0
    try:
        call_command("ledger", *arguments, "--json", stdout=out, stderr=out)
    except SystemExit as left:
        code = int(left.code or 0)
    return code, json.loads(out.getvalue())
