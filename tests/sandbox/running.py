"""The real sandbox process, the real SDK and a real receiver of webhooks."""

from __future__ import annotations

import http.client
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import stripe

ROOT = Path(__file__).parents[2]


class Sandbox:
    """A running process; `kill` is -9, `start` takes up the same state and port again."""

    def __init__(self, state: Path, *flags: str) -> None:
        self.state, self.flags, self.port = state, flags, 0
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> Sandbox:
        command = [sys.executable, "-m", "sandbox", "--port", str(self.port), "--state", str(self.state)]
        self.process = subprocess.Popen(
            [*command, *self.flags],
            env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("sandbox ready on http://127.0.0.1:"), line
        self.port = int(line.split("127.0.0.1:")[1].split()[0])
        return self

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(timeout=20)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, key: str = "sk_test_aurora", **options: Any) -> stripe.StripeClient:
        options.setdefault("max_network_retries", 0)
        return stripe.StripeClient(key, base_addresses={"api": self.url}, **options)

    def http(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], str]:
        """Ask without the SDK; return status, headers in lower case and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body=body.encode(), headers=headers or {})
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, found, answer.read().decode()
        finally:
            connection.close()

    def control(self, path: str, wanted: dict[str, Any] | None = None) -> dict[str, Any]:
        """Use the side door; it must answer 200."""
        method = "GET" if wanted is None else "POST"
        body = "" if wanted is None else json.dumps(wanted)
        status, _, text = self.http(method, f"/_sandbox/{path}", body, {"Content-Type": "application/json"})
        assert status == 200, text
        answer: dict[str, Any] = json.loads(text)
        return answer

    def knobs(self, **wanted: Any) -> dict[str, Any]:
        return self.control("knobs", wanted)

    def pay(self, session_id: str, **wanted: Any) -> dict[str, Any]:
        return self.control(f"sessions/{session_id}/pay", wanted)

    def state_now(self) -> dict[str, Any]:
        return self.control("state")


@dataclass(frozen=True)
class Delivered:
    """One webhook as it came over the wire."""

    body: bytes
    signature: str
    path: str
    host: str
    at: float = field(default_factory=time.monotonic)

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


class Receiver:
    """Takes webhooks and answers what `answers` says, 200 when it is empty."""

    def __init__(self) -> None:
        self.got: list[Delivered] = []
        self.answers: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.down = False
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hooks"

    def types(self) -> list[str]:
        return [delivered.event["type"] for delivered in self.got]

    def of_type(self, type_: str) -> list[Delivered]:
        return [delivered for delivered in self.got if delivered.event["type"] == type_]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = 503 if receiver.down else 200
                if not receiver.answers.empty():
                    status = receiver.answers.get()
                receiver.got.append(Delivered(body, self.headers["Stripe-Signature"], self.path, self.headers["Host"]))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        return Handler


def a_session(client: stripe.StripeClient, **changes: Any) -> Any:
    """Open a checkout session over 2 × 49.50 EUR and 1 × 10.00 EUR."""
    params: dict[str, Any] = {
        "mode": "payment",
        "line_items": [
            {"price_data": price("Consulting hour", 4950), "quantity": 2},
            {"price_data": price("Travel", 1000), "quantity": 1},
        ],
        "customer_email": "kim@example.com",
        "client_reference_id": "ord_1",
        "success_url": "https://shop.example/thanks?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.example/basket",
    }
    return client.v1.checkout.sessions.create(params | changes)  # type: ignore[arg-type]


def price(name: str, amount: int, currency: str = "eur") -> dict[str, Any]:
    return {"currency": currency, "unit_amount": amount, "product_data": {"name": name}}


def paid_intent(client: stripe.StripeClient, amount: int = 2000, currency: str = "eur") -> Any:
    """Charge a card at once and return the intent."""
    return client.v1.payment_intents.create(
        {"amount": amount, "currency": currency, "payment_method": "pm_card_visa", "confirm": True}
    )


def eventually[T](look: Callable[[], T], *, within: float = 10.0) -> T:
    """Return the first truthy look; fail when there is none in time."""
    until = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < until, f"not within {within} s"
        time.sleep(0.03)
    return found
