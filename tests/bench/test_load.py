"""The load generators tell an answer of another brand, and a failure, from a right answer."""

import shutil
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.bench import load
from tests.bench.load import Answers

EXPECTED = {"one.localhost": "canary-of-one", "two.localhost": "canary-of-two"}


class Mixed(BaseHTTPRequestHandler):
    """Answers every host with the canary of the first: what a leak would look like."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = f"{self.headers['Host']} canary-of-one".encode()
        self.send_response(200 if self.path == "/canary" else 500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None: ...  # noqa: A002


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Mixed) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def asked(how: str, **question: object) -> Answers:
    if how == "wrk" and not shutil.which("wrk"):
        pytest.skip("wrk is not installed")
    return {"wrk": load.drive, "plain": load.ask}[how](seconds=1, **question)  # type: ignore[operator]


@pytest.mark.parametrize("how", ["wrk", "plain"])
def test_another_brands_answer_is_counted(how: str, port: int) -> None:
    answers = asked(how, port=port, path="/canary", expected=EXPECTED)
    assert answers.errors == 0
    assert 0 < answers.wrong < answers.operations
    assert answers.examples[0].startswith(("two.localhost canary-of-one", "'two.localhost canary-of-one'"))


@pytest.mark.parametrize("how", ["wrk", "plain"])
def test_right_answers_are_not(how: str, port: int) -> None:
    answers = asked(how, port=port, path="/canary", expected={"one.localhost": "canary-of-one"})
    assert (answers.wrong, answers.errors) == (0, 0)
    assert answers.operations > 0
    assert 0 < answers.p50 <= answers.p99


@pytest.mark.parametrize("how", ["wrk", "plain"])
def test_a_failure_is_an_error(how: str, port: int) -> None:
    answers = asked(how, port=port, path="/broken", expected=EXPECTED)
    assert answers.errors == answers.operations > 0
