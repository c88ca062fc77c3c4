"""A closing is killed again and again, two people close at once, printing is killed: one of each, exact."""

import hashlib
import json
import signal
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared_apps.brands.entering import brand_entered
from tenant_apps.commissions.models import Commission
from tenant_apps.console.management.story.browsing import Browser, until
from tenant_apps.console.management.story.setting import Cast
from tenant_apps.settlements.documents import pdf_of
from tenant_apps.settlements.models import Period, Settlement, SettlementLine, Statement
from tenant_apps.settlements.proof import mismatches
from tests.running import PATIENCE, Installation, together
from tests.settlements.books import MAY, earned, enrolled

LABEL, LINES, KILLS = "2026-05", 300, 4
PARTNERS = {"Nordlicht Media": 700, "Studio Sur": 1100, "Hafen Blog": 1300}
MANAGE = Path(__file__).parents[2] / "manage.py"
pytestmark = pytest.mark.slow


def sold_a_lot(installation: Installation, scene: str, lines: int = LINES) -> Cast:
    """Set up a brand with confirmed commissions whose hold ended in May: the closing has to mature each of them."""
    cast = installation.cast(0, scene)
    with brand_entered(cast.brand):
        partners = [enrolled(cast.brand, name, minimum=500) for name in PARTNERS]
        for number in range(lines):
            earned(
                partners[number % len(partners)], list(PARTNERS.values())[number % len(partners)] + number, MAY,
                state="confirmed", confirmed_at=MAY, payable_at=None,
            )  # fmt: skip
    return cast


def expected_sums(lines: int = LINES) -> dict[str, tuple[int, int]]:
    """Return number and sum of the lines of each partner, worked out from what `sold_a_lot` wrote."""
    sums: dict[str, list[int]] = defaultdict(list)
    for number in range(lines):
        name = list(PARTNERS)[number % len(PARTNERS)]
        sums[name].append(PARTNERS[name] + number)
    return {name: (len(amounts), sum(amounts)) for name, amounts in sums.items()}


def start_closing(installation: Installation, cast: Cast) -> "subprocess.Popen[str]":
    """Start the command and return it at the moment it begins to close."""
    closing = subprocess.Popen(
        [sys.executable, str(MANAGE), "settlements", "close", "--brand", cast.domain, "--period", LABEL, "--json"],
        env=installation.stack.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert closing.stderr is not None
    assert LABEL in closing.stderr.readline()
    return closing


def assert_one_exact_settlement_each(cast: Cast, lines: int = LINES) -> None:
    with brand_entered(cast.brand):
        assert Period.objects.get().state == "closed"
        settlements = Settlement.objects.order_by("pk")
        assert {each.partner_name: (each.lines.count(), each.net_minor) for each in settlements} == expected_sums(lines)
        assert len(settlements) == len(PARTNERS)
        assert {(each.currency, each.opening_minor, each.closing_minor) for each in settlements} == {("EUR", 0, 0)}
        settled = list(SettlementLine.objects.values_list("commission_id", flat=True))
        assert sorted(settled) == sorted(Commission.objects.values_list("pk", flat=True))
        assert len(settled) == len(set(settled)) == lines
        assert list(mismatches()) == []


@pytest.fixture(scope="module")
def closed(installation: Installation) -> Cast:
    """A brand whose closing was killed at several points and then let through."""
    cast = sold_a_lot(installation, "closing")
    for turn in range(KILLS):
        closing = start_closing(installation, cast)
        time.sleep(0.15 * turn**2)
        if closing.poll() is None:
            closing.send_signal(signal.SIGKILL)
        closing.communicate()
    return cast


def test_a_killed_closing_is_done_once_by_the_next(installation: Installation, closed: Cast) -> None:
    closing = start_closing(installation, closed)
    out, err = closing.communicate()
    assert closing.returncode == 0, err
    assert len(json.loads(out)["settlements"]) == len(PARTNERS)
    assert_one_exact_settlement_each(closed)
    again = start_closing(installation, closed)
    repeated, _ = again.communicate()
    assert json.loads(repeated) == json.loads(out)
    assert_one_exact_settlement_each(closed)


def press_of(pid: int) -> int | None:
    """Return the process that renders for this worker, if one does."""
    for child in Path(f"/proc/{pid}/task").glob("*/children"):
        for one in child.read_text().split():
            if b"press.py" in Path(f"/proc/{one}/cmdline").read_bytes():
                return int(one)
    return None


def test_a_worker_killed_while_it_prints_leaves_no_half_a_file(installation: Installation, closed: Cast) -> None:
    folder = installation.folder / "media" / "statements" / closed.brand.schema_name
    # Before it starts its next child there must be none: the worker may have printed already.
    installation.kill_worker()
    installation.stack.start_worker()
    approve(installation, closed)
    press = until(lambda: press_of(installation.worker_pid()), what="the printing to begin")
    installation.kill_worker()
    assert list(folder.glob("*.pdf")) == []
    until(lambda: not Path(f"/proc/{press}").exists(), what="the renderer to end with its worker")

    installation.stack.start_worker()
    with brand_entered(closed.brand):
        until(lambda: Statement.objects.count() == len(PARTNERS), what="the statements", seconds=PATIENCE)
    installation.pass_leases(closed)
    installation.ring(closed)
    with brand_entered(closed.brand):
        statements = list(Statement.objects.order_by("pk"))
        paths = [folder / f"{statement.sha256}.pdf" for statement in statements]
        until(lambda: all(path.exists() for path in paths), what="the PDFs", seconds=120)
        for statement, path in zip(statements, paths, strict=True):
            assert digest(path.read_bytes()) == digest(pdf_of(statement.snapshot))
    assert sorted(path.name for path in folder.glob("[!.]*")) == sorted(path.name for path in paths)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def approve(installation: Installation, cast: Cast) -> None:
    with brand_entered(cast.brand):
        period = Period.objects.get()
    with installation.operator(cast, "second finance") as console:
        console.submit(console.get(f"/console/settlements/period/{period.pk}/change/"), to="approve")


def test_two_people_close_at_once(installation: Installation) -> None:
    cast = sold_a_lot(installation, "twoclose", lines=60)
    with installation.operator(cast, "finance") as one, installation.operator(cast, "second finance") as other:
        pages = [console.get(f"/console/periods/close/{LABEL}") for console in (one, other)]
        answers = together(*[closing_call(*pair) for pair in zip((one, other) * 2, pages * 2, strict=True)])
    assert [answer.status_code for answer in answers] == [302] * 4
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert_one_exact_settlement_each(cast, lines=60)


def closing_call(console: Browser, page: httpx.Response) -> Any:
    return lambda: console.submit(page, to="periods/close", typed=LABEL)
