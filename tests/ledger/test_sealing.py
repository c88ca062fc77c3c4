"""The sealed books: what is sealed and when, who finds a change, and what a stranger can check."""

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection, connections, transaction

from config.schedule import JOBS
from shared_apps.accounts.states import Role
from shared_apps.audit.forever import _writers
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.ledger import chart
from tenant_apps.ledger.actions import Posting, seal_books, sealing
from tenant_apps.ledger.actions.sealing import ENTRIES, _seal_next, watermark
from tenant_apps.ledger.errors import BooksBusy
from tenant_apps.ledger.models import Entry, Seal
from tenant_apps.ledger.queries import flaws, seals
from tenant_apps.ledger.tasks import seal_brand, seal_everywhere
from tests.api.conftest import ask, key_of
from tests.conftest import brand_named
from tests.ledger.test_posting import captured
from tests.ledger.test_proof import told

__all__ = ["key_of"]
NIGHT = datetime(2026, 3, 10, 23, 40, tzinfo=UTC)
SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "proof" / "verify_inclusion.py"


def booked(*numbers: int) -> list[Entry]:
    sale = chart.processor(), chart.sales()
    tax = chart.processor(), chart.tax()
    return [
        captured(f"charge:chg_{n}:captured", [Posting(*sale, 1000 + n, "EUR"), Posting(*tax, 190 + n, "EUR")])
        for n in numbers
    ]


def test_a_seal_covers_what_was_booked_since_the_last_one(in_aurora: Brand) -> None:
    first = booked(1, 2, 3)
    [one] = seal_books(at=NIGHT)
    second = booked(4)
    [two] = seal_books(at=NIGHT + timedelta(days=1))
    assert (one.number, one.first_entry_id, one.last_entry_id, one.entries_count) == (1, first[0].pk, first[2].pk, 3)
    assert (two.number, two.first_entry_id, two.last_entry_id, two.entries_count) == (2, second[0].pk, second[0].pk, 1)
    assert (one.previous_hash, two.previous_hash) == ("0" * 64, one.hash)
    # 23:40 in UTC is the next day in Berlin.
    assert (one.day, two.day) == (date(2026, 3, 11), date(2026, 3, 12))
    assert list(seals()) == [two, one]
    assert list(flaws()) == []


def test_sealing_again_seals_nothing(in_aurora: Brand) -> None:
    assert seal_books(at=NIGHT) == []
    booked(1)
    assert len(seal_books(at=NIGHT)) == 1
    assert seal_books(at=NIGHT) == []
    assert Seal.objects.count() == 1


def test_many_entries_make_several_seals(in_aurora: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "MOST_SEALED", 2)
    booked(1, 2, 3, 4, 5)
    assert [seal.entries_count for seal in seal_books(at=NIGHT)] == [2, 2, 1]
    assert list(flaws()) == []


def test_the_database_refuses_to_change_a_seal(in_aurora: Brand) -> None:
    booked(1)
    seal_books(at=NIGHT)
    for statement in ("UPDATE ledger_seal SET root = ''", "DELETE FROM ledger_seal", "TRUNCATE ledger_seal"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def booking_elsewhere(brand: Brand) -> AbstractContextManager[Callable[[], None]]:
    """Book `charge:slow:captured` in another session and keep its transaction open until the call."""
    return elsewhere(brand, lambda: captured("charge:slow:captured"))


@contextmanager
def elsewhere(brand: Brand, write: Callable[[], object]) -> Iterator[Callable[[], None]]:
    """Write in another session and keep its transaction open until the call."""
    booked_there, go, failures = Event(), Event(), []

    def work() -> None:
        try:
            with brand_entered(brand), transaction.atomic():
                write()
                booked_there.set()
                go.wait(20)
        except Exception as failure:  # noqa: BLE001  (told to the test below)
            failures.append(failure)
        finally:
            connection.close()

    thread = Thread(target=work)
    thread.start()
    assert booked_there.wait(20)

    def finish() -> None:
        go.set()
        thread.join()

    try:
        yield finish
    finally:
        finish()
    assert failures == []


def test_an_entry_in_flight_is_never_passed_by(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        booked(1)  # opens the accounts, so that the two below do not wait for each other
        with booking_elsewhere(brand) as finish:
            booked(2)
            with pytest.raises(BooksBusy):
                seal_books(at=NIGHT, patience=0.3)
            assert not Seal.objects.exists()
            finish()
        [seal] = seal_books(at=NIGHT)
        slow = Entry.objects.get(cause="charge:slow:captured")
        assert slow.pk < Entry.objects.get(cause="charge:chg_2:captured").pk
        assert [row[0] for row in seal.sealed_rows] == sorted(Entry.objects.values_list("pk", flat=True))
        assert list(flaws()) == []


def test_what_is_booked_above_the_bound_waits_for_the_next_seal(in_aurora: Brand) -> None:
    """Beneath it something may still be in flight, which a seal that took it in would pass by for ever."""
    below = booked(1, 2)
    bound = watermark(1.0)
    above = booked(3)
    seal = _seal_next(bound, NIGHT)
    assert seal is not None
    assert [row[0] for row in seal.sealed_rows] == [entry.pk for entry in below]
    assert _seal_next(bound, NIGHT) is None
    [later] = seal_books(at=NIGHT)
    assert [row[0] for row in later.sealed_rows] == [entry.pk for entry in above]


def test_who_begins_to_book_while_we_wait_is_not_waited_for(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        booked(1)
        with booking_elsewhere(brand):
            writers = _writers([ENTRIES])
        assert len(writers) == 1
        with booking_elsewhere(brand):
            assert len(_writers([ENTRIES])) == 1
            assert not _writers([ENTRIES]) & writers


def test_simultaneous_sealers_make_one_chain(own_database: str) -> None:
    brand, failures = brand_named("Aurora"), []

    def work() -> None:
        try:
            with brand_entered(brand):
                seal_books(at=NIGHT)
        except Exception as failure:  # noqa: BLE001  (told to the test below)
            failures.append(failure)
        finally:
            connection.close()

    with brand_entered(brand):
        booked(*range(20))
        threads = [Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert [seal.entries_count for seal in seals()] == [20]


def by_owner(brand: Brand, *statements: str) -> None:
    owner = connections["owner"]
    owner.set_tenant(brand)
    with transaction.atomic(using="owner"), owner.cursor() as cursor:
        # As the owner can: without the foreign keys' say.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
    owner.set_schema_to_public()


# Entry n has the transfers 2n − 1 (sales) and 2n (tax).
ONE, TWO = (f"charge:chg_{n}:captured" for n in (1, 2))
PUT_IN = "INSERT INTO ledger_transfer (entry_id, position, debit_id, credit_id, amount_minor, currency) "
FORGED = "INSERT INTO ledger_entry SELECT 0, 'ent_0', 'forged', request_hash, '', booked_at, effective_at, NULL, NULL "
TAMPERINGS: dict[str, tuple[list[str], set[tuple[str, str, str]]]] = {
    "an amount changed": (
        ["UPDATE ledger_transfer SET amount_minor = 1 WHERE id = 4"],
        {("sealed_transfer", TWO, "Transfer 4 is not what seal 1 has.")},
    ),
    "an amount changed, and the entry's hash with it": (
        [
            "UPDATE ledger_transfer SET amount_minor = 1 WHERE id = 4",
            f"UPDATE ledger_entry SET request_hash = repeat('a', 64) WHERE cause = '{TWO}'",
        ],
        {
            ("sealed_transfer", TWO, "Transfer 4 is not what seal 1 has."),
            ("sealed_entry", TWO, "Entry 2 is not what seal 1 has."),
        },
    ),
    "a transfer deleted": (
        ["DELETE FROM ledger_transfer WHERE id = 3"],
        {("sealed_transfer", TWO, "Transfer 3 is gone; seal 1 has it.")},
    ),
    "a transfer put in": (
        [PUT_IN + "SELECT entry_id, 9, debit_id, credit_id, 5, currency FROM ledger_transfer WHERE id = 1"],
        {("sealed_transfer", ONE, "Transfer 9 was put in after seal 1.")},
    ),
    "two amounts swapped": (
        ["UPDATE ledger_transfer SET amount_minor = CASE id WHEN 1 THEN 1002 ELSE 1001 END WHERE id IN (1, 3)"],
        {
            ("sealed_transfer", ONE, "Transfer 1 is not what seal 1 has."),
            ("sealed_transfer", TWO, "Transfer 3 is not what seal 1 has."),
        },
    ),
    "an entry said to belong elsewhere": (
        [f"UPDATE ledger_entry SET belongs_to = effective_at - interval '1 day' WHERE cause = '{TWO}'"],
        {("sealed_entry", TWO, "Entry 2 is not what seal 1 has.")},
    ),
    "the last entry removed": (
        ["DELETE FROM ledger_transfer WHERE entry_id = 4", "DELETE FROM ledger_entry WHERE id = 4"],
        {("sealed_entry", "entry 4", "The entry is gone; seal 2 has it.")},
    ),
    "an entry put in beneath": (
        [FORGED + "FROM ledger_entry WHERE id = 1"],
        {("sealed_entry", "forged", "Entry 0 was put in after seal 1.")},
    ),
    "two entries swapped": (
        ["UPDATE ledger_entry SET id = 0 WHERE id = 1", "UPDATE ledger_entry SET id = 1 WHERE id = 2",
         "UPDATE ledger_entry SET id = 2 WHERE id = 0"],
        {("sealed_entry", TWO, "Entry 1 is not what seal 1 has."),
         ("sealed_entry", ONE, "Entry 2 is not what seal 1 has.")},
    ),
    "an account renamed": (
        ["UPDATE ledger_account SET code = 'mine' WHERE code = 'tax'"],
        {("sealed_transfer", f"charge:chg_{n}:captured", f"Transfer {2 * n} is not what seal {s} has.")
         for n, s in ((1, 1), (2, 1), (3, 1), (4, 2))},
    ),
    "a seal's root rewritten": (
        ["UPDATE ledger_seal SET root = repeat('b', 64) WHERE number = 1"],
        {
            ("seal", "seal 1", "What it says is not what was sealed: its own hash differs."),
            ("seal", "seal 1", "Its list of rows does not give its root, count and bounds."),
        },
    ),
    "a seal rewritten with a new hash": (
        ["UPDATE ledger_seal SET hash = repeat('c', 64) WHERE number = 1"],
        {
            ("seal", "seal 1", "What it says is not what was sealed: its own hash differs."),
            ("seal", "seal 2", "It does not continue the seal before it."),
        },
    ),
    "a seal's rows emptied": (
        ["UPDATE ledger_seal SET sealed_rows = '{}' WHERE number = 1"],
        {("seal", "seal 1", "Its list of rows does not give its root, count and bounds.")},
    ),
    "the first seal removed": (
        ["DELETE FROM ledger_seal WHERE number = 1"],
        {("seal", "seal 1", "The chain goes on with seal 2; what is between is gone.")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERINGS)
def test_what_the_owner_tampers_with_is_found_at_its_row(own_database: str, what: str) -> None:
    statements, found = TAMPERINGS[what]
    brand = brand_named("Aurora")
    with brand_entered(brand):
        booked(1, 2, 3)
        seal_books(at=NIGHT)
        booked(4)
        seal_books(at=NIGHT)
    assert told("verify", "--brand", "Aurora")[0] == 0
    by_owner(brand, *statements)
    code, answer = told("verify", "--brand", "Aurora")
    seen = {(flaw["check"], flaw["where"], flaw["message"]) for flaw in answer["brands"][0]["flaws"]}
    assert code == 1
    assert {flaw for flaw in seen if flaw[0].startswith("seal")} == found


def test_a_chain_cut_off_at_its_end_is_found_by_a_head_kept_elsewhere(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        booked(1)
        [kept] = seal_books(at=NIGHT)
    assert told("verify", "--brand", "Aurora", "--head", kept.hash)[0] == 0
    by_owner(brand, "DELETE FROM ledger_seal")
    assert told("verify", "--brand", "Aurora")[0] == 0
    code, answer = told("verify", "--brand", "Aurora", "--head", kept.hash)
    assert (code, [flaw["where"] for flaw in answer["brands"][0]["flaws"]]) == (1, [kept.hash])


def test_the_command_seals_each_brand(aurora: Brand, hanok: Brand) -> None:
    with brand_entered(aurora):
        booked(1)
    code, answer = told("seal", "--all")
    assert code == 0
    assert [(brand["brand"], [seal["number"] for seal in brand["seals"]]) for brand in answer["brands"]] == [
        ("Aurora", [1]), ("Hanok", []), ("the platform", []),
    ]  # fmt: skip
    out = io.StringIO()
    call_command("ledger", "seal", "--all", stdout=out)
    assert out.getvalue().count("Everything is sealed already.") == 3


@pytest.mark.parametrize(
    ("arguments", "refusal", "field"),
    [
        (["proof", "--brand", "Aurora"], "invalid_input", "entry"),
        (["proof", "ent_1", "--all"], "invalid_input", "brand"),
        (["verify", "ent_1", "--brand", "Aurora"], "invalid_input", "entry"),
        (["verify", "--all", "--head", "aa"], "invalid_input", "head"),
        (["verify", "--all", "--on", "2026-05-31"], "invalid_input", "on"),
        (["trial-balance", "--all", "--on", "May"], "invalid_input", "on"),
        (["trial-balance", "--platform"], "invalid_input", "platform"),
        (["proof", "ent_1", "--brand", "Aurora"], "not_found", "entry"),
    ],
)
def test_a_wrong_argument_is_named(aurora: Brand, arguments: list[str], refusal: str, field: str) -> None:
    code, answer = told(*arguments)
    details = answer["details"]
    named = details["errors"][0]["field"] if "errors" in details else details["field"]
    assert (code, answer["code"], named) == (2, refusal, field)


def checked(tmp_path: Path, proof: Any, root: str) -> "subprocess.CompletedProcess[str]":
    file = tmp_path / "proof.json"
    file.write_text(proof if isinstance(proof, str) else json.dumps(proof))
    # -I: alone, without this project or the installed packages on its path.
    command = [sys.executable, "-I", "-S", str(SCRIPT), str(file), "--root", root]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)


def proof_of(entry: Entry) -> dict[str, Any]:
    code, proof = told("proof", entry.public_id, "--brand", "Aurora")
    assert code == 0
    return dict(proof)


def test_a_partner_checks_an_inclusion_offline(aurora: Brand, tmp_path: Path) -> None:
    with brand_entered(aurora):
        entries = booked(*range(1, 8))
        [seal] = seal_books(at=NIGHT)
    for entry in (entries[0], entries[3], entries[6]):
        answer = checked(tmp_path, proof_of(entry), seal.root)
        assert (answer.returncode, answer.stderr) == (0, "")
        assert answer.stdout == f"Entry {entry.public_id} stands in seal 1 of 2026-03-11.\n"
    others = json.dumps(proof_of(entries[3]))
    assert not any(entry.public_id in others for entry in entries if entry != entries[3])


def test_a_forged_proof_is_refused_offline(aurora: Brand, tmp_path: Path) -> None:
    with brand_entered(aurora):
        entries = booked(1, 2, 3)
        [seal] = seal_books(at=NIGHT)
    sound = json.dumps(proof_of(entries[1]))

    def forged(change: Callable[[dict[str, Any]], object]) -> Any:
        proof = json.loads(sound)
        change(proof)
        return proof

    for change in (
        lambda p: p["transfers"][0].update(amount_minor=999_999),
        lambda p: p["transfers"].pop(),
        lambda p: p["entry"].update(effective_at="2020-01-01T00:00:00.000000+00:00"),
        lambda p: p["path"].pop(),
        lambda p: p["path"].reverse(),
        lambda p: p["seal"].update(day="2020-01-01"),
        lambda p: p["seal"].update(root="a" * 64),
    ):
        answer = checked(tmp_path, forged(change), seal.root)
        assert (answer.returncode, bool(answer.stderr)) == (1, True)
    assert checked(tmp_path, sound, "a" * 64).returncode == 1
    for nonsense in ("", "[]", "{}", '{"format": "tributary-inclusion-1"}', '{"format": "other"}'):
        answer = checked(tmp_path, nonsense, seal.root)
        assert (answer.returncode, answer.stderr[:22]) == (2, "This is no proof: " + answer.stderr[18:22])


def test_an_entry_without_a_seal_has_no_proof_yet(aurora: Brand) -> None:
    with brand_entered(aurora):
        [entry] = booked(1)
    code, answer = told("proof", entry.public_id, "--brand", "Aurora")
    assert (code, answer["code"]) == (2, "not_sealed")


def test_the_api_lists_the_seals_to_finance_and_admins_only(aurora: Brand, key_of: Callable[..., str]) -> None:
    with brand_entered(aurora):
        booked(1)
        seal_books(at=NIGHT)
        booked(2)
        [head] = seal_books(at=NIGHT)
    for role in (Role.ADMIN, Role.FINANCE):
        answer = ask(aurora, "/ledger/seals", key_of(aurora, role)).json()
        assert [seal["number"] for seal in answer["items"]] == [2, 1]
        assert (answer["items"][0]["hash"], answer["items"][0]["root"]) == (head.hash, head.root)
    assert ask(aurora, "/ledger/seals", key_of(aurora, Role.OPERATIONS)).status_code == 403


def test_each_night_every_active_brand_seals_its_books(aurora: Brand, hanok: Brand) -> None:
    assert seal_everywhere in JOBS
    for brand in (aurora, hanok):
        with brand_entered(brand):
            captured()
            seal_brand.call_local()
            assert Seal.objects.count() == 1
