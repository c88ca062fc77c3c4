"""The side door: knobs, state, paying without a browser; and the process itself."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from tests.sandbox.running import ROOT, Sandbox, a_session, paid_intent

JSON = {"Content-Type": "application/json"}


def refused(sandbox: Sandbox, path: str, body: Any, headers: dict[str, str] | None = None) -> tuple[int, str]:
    text = body if isinstance(body, str) else json.dumps(body)
    status, _, answer = sandbox.http("POST", f"/_sandbox/{path}", text, headers or JSON)
    return status, json.loads(answer)["error"]["message"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"speed": 9}, "Unknown knob: speed"),
        ({"_chance": 1}, "Unknown knob: _chance"),
        ({"duplicate": "5"}, "Knob duplicate must be of type int"),
        ({"duplicate": True}, "Knob duplicate must be of type int"),
        ({"duplicate": 0}, "Knob duplicate must lie between 1 and 100"),
        ({"drop_answers": 101}, "Knob drop_answers must lie between 0 and 100"),
        ({"fail_next": 200}, "Knob fail_next must be 0 or an HTTP status from 400 to 599"),
        ({"pause_webhooks": 1}, "Knob pause_webhooks must be of type bool"),
        ({"delay_ms": 5, "duplicate": -1}, "Knob duplicate must lie between 1 and 100"),
    ],
)
def test_a_wrong_knob_turns_nothing(sandbox: Sandbox, wanted: dict[str, Any], message: str) -> None:
    before = sandbox.control("knobs")
    status, said = refused(sandbox, "knobs", wanted)
    assert (status, said[: len(message)]) == (400, message)
    assert sandbox.control("knobs") == before


def test_knobs_answer_with_all_settings(own: Callable[..., Sandbox]) -> None:
    sandbox = own("--duplicate", "3", "--brand", "Aurora")
    assert sandbox.knobs(delay_ms=20)["duplicate"] == 3
    assert {"duplicate": 3, "delay_ms": 20, "brand": "Aurora", "reorder": 0.0}.items() <= sandbox.control(
        "knobs"
    ).items()


def test_injected_failures_do_nothing_and_can_be_retried(own: Callable[..., Sandbox]) -> None:
    sandbox = own()
    client = sandbox.client()
    sandbox.knobs(fail_next=503, fail_times=2)
    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            client.v1.customers.create({}, {"idempotency_key": "k"})
        assert caught.value.http_status == 503
    assert client.v1.customers.list().data == []
    assert client.v1.customers.create({}, {"idempotency_key": "k"}).id.startswith("cus_")
    sandbox.knobs(fail_next=429)
    with pytest.raises(stripe.RateLimitError):
        client.v1.customers.list()


def test_a_lost_answer_is_an_unknown_outcome_that_happened(own: Callable[..., Sandbox]) -> None:
    sandbox = own("--drop-next", "1")
    client = sandbox.client()
    with pytest.raises(stripe.APIConnectionError):
        paid_intent(client)
    assert [intent.status for intent in client.v1.payment_intents.list().data] == ["succeeded"]


def test_a_share_of_answers_is_lost(own: Callable[..., Sandbox]) -> None:
    sandbox = own("--drop-answers", "50", "--seed", "3")
    client, lost = sandbox.client(), 0
    for _ in range(40):
        try:
            client.v1.customers.create()
        except stripe.APIConnectionError:
            lost += 1
    assert 8 <= lost <= 32
    assert sandbox.state_now()["counts"]["customer"] == 40


def test_state_counts_what_there_is(own: Callable[..., Sandbox]) -> None:
    sandbox = own()
    client = sandbox.client()
    paid_intent(client)
    state = sandbox.state_now()
    assert state["counts"] == {
        "balance_transaction": 1,
        "charge": 1,
        "event": 3,
        "payment_intent": 1,
        "payment_method": 1,
    }
    assert state["events"] == {
        "charge.succeeded": 1,
        "payment_intent.created": 1,
        "payment_intent.succeeded": 1,
    }
    assert state["accounts"] == {client.v1.accounts.retrieve_current().id: 8 - 1}
    assert state["books"] == {"balanced": True, "sums": {"eur": 0}, "problems": []}
    assert state["deliveries"] == {"pending": 0, "delivered": 0, "given_up": 0, "failing": []}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("nothing", {}, 404),
        ("sessions/cs_test_none/pay", {}, 404),
        ("sessions/cs_test_none/steal", {}, 404),
        ("redeliver", {"event": "evt_none"}, 404),
        ("redeliver", {"times": 0}, 400),
        ("redeliver", {"times": "all"}, 400),
        ("redeliver", {"colour": "red"}, 400),
        ("knobs", "[1]", 400),
        ("knobs", "{", 400),
    ],
)
def test_bad_control_requests_are_refused(sandbox: Sandbox, path: str, body: Any, status: int) -> None:
    assert refused(sandbox, path, body)[0] == status


def test_other_sites_cannot_use_the_side_door(sandbox: Sandbox) -> None:
    assert refused(sandbox, "knobs", {"duplicate": 9}, JSON | {"Origin": "https://evil.example"})[0] == 403
    assert refused(sandbox, "knobs", '{"duplicate": 9}', {"Content-Type": "text/plain"})[0] == 400
    assert sandbox.control("knobs")["duplicate"] == 1


def test_a_card_that_is_no_test_card_is_refused(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = a_session(client)
    status, _ = refused(sandbox, f"sessions/{session.id}/pay", {"card": "4111111111111111"})
    assert status == 400
    assert client.v1.charges.list().data == []


def test_two_payments_at_once_charge_once(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    session = a_session(client)

    def once(_: int) -> int:
        return sandbox.http("POST", f"/_sandbox/sessions/{session.id}/pay", "{}", JSON)[0]

    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(once, range(8)))
    assert sorted(answers) == [200] + [400] * 7
    assert [charge.amount for charge in client.v1.charges.list().data] == [10_900]


def test_a_kill_loses_nothing_that_was_acknowledged(own: Callable[..., Sandbox]) -> None:
    sandbox = own()
    acknowledged: list[str] = []

    def write(worker: int) -> None:
        client = sandbox.client()
        for n in range(200):
            try:
                acknowledged.append(client.v1.customers.create({"name": f"{worker}:{n}"}).id)
            except stripe.APIConnectionError:
                return

    with ThreadPoolExecutor(4) as many:
        running = [many.submit(write, worker) for worker in range(4)]
        while len(acknowledged) < 40:
            time.sleep(0.01)
        sandbox.kill()
        for each in running:
            each.result()
    sandbox.start()
    kept = {c.id for c in sandbox.client().v1.customers.list({"limit": 100}).auto_paging_iter()}
    assert set(acknowledged) - kept == set()
    assert len(kept) - len(acknowledged) <= 4
    state = sandbox.state_now()
    assert state["counts"]["event"] == state["counts"]["customer"] == len(kept)


def test_sigterm_ends_cleanly_and_state_stays(own: Callable[..., Sandbox]) -> None:
    sandbox = own()
    intent = paid_intent(sandbox.client())
    assert sandbox.stop() == 0
    sandbox.start()
    assert sandbox.client().v1.payment_intents.retrieve(intent.id).amount_received == 2000


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sandbox", *arguments],
        env={"PYTHONPATH": str(ROOT / "platform"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_help_explains_itself() -> None:
    done = run("--help")
    assert done.returncode == 0
    for word in ("--port", "--state", "--endpoint-secret", "--duplicate", "/_sandbox/knobs", "4242 4242", "127.0.0.1"):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--port", "70000"], "between 0 and 65535"),
        (["--port", "0", "--duplicate", "0"], "Knob duplicate"),
        (["--port", "0", "--endpoint", "http://127.0.0.1:9/h"], "one --endpoint-secret for each"),
        (["--port", "0", "--endpoint", "http://127.0.0.1:9/h", "--endpoint-secret", "changeme"], "begin with whsec_"),
        (["--port", "0", "--endpoint", "ftp://x/h", "--endpoint-secret", "whsec_12345678"], "Invalid URL"),
    ],
)
def test_wrong_flags_are_named(tmp_path: Any, flags: list[str], message: str) -> None:
    done = run("--state", str(tmp_path / "s.sqlite3"), *flags)
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_or_state_is_refused(sandbox: Sandbox, tmp_path: Any) -> None:
    taken = run("--port", str(sandbox.port), "--state", str(tmp_path / "s.sqlite3"))
    assert (taken.returncode, "cannot listen" in taken.stderr) == (2, True), taken.stderr
    shared = run("--port", "0", "--state", str(sandbox.state))
    assert (shared.returncode, "in use by another sandbox" in shared.stderr) == (2, True), shared.stderr
