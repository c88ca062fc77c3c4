"""Load over keep-alive connections from another process: wrk where it is installed, else the plain client below.

Both send GET to one path on 127.0.0.1 with a Host header drawn from a list, and check every answer: status
200 and a body that says `<host> <what that host must answer>`.
"""

import json
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.bench.samples import percentile

SCRIPT = Path(__file__).with_name("load.lua")
CONNECTIONS = 16


@dataclass
class Answers:
    """What a load found: counts, the time it took, latencies in seconds."""

    operations: int
    seconds: float
    errors: int
    wrong: int
    p50: float
    p99: float
    examples: list[str] = field(default_factory=list)


def drive(*, port: int, path: str, expected: Mapping[str, str], seconds: float) -> Answers:
    """Ask for `seconds` from 16 connections; `expected` maps each host to what it must answer."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as hosts:
        hosts.write("".join(f"{host} {answer}\n" for host, answer in expected.items()))
        hosts.flush()
        if shutil.which("wrk"):
            command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", "-s", str(SCRIPT)]
            command += [f"http://127.0.0.1:{port}{path}", "--", hosts.name]
        else:
            command = [sys.executable, "-m", "tests.bench.load", str(port), path, f"{seconds:g}", hosts.name]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Answers(**json.loads(done.stdout.splitlines()[-1]))


def ask(*, port: int, path: str, expected: Mapping[str, str], seconds: float) -> Answers:
    """Do the same in this process, one thread a connection; the host asked is checked, not only the one echoed."""
    deadline = time.perf_counter() + seconds
    found: list[tuple[float, str]] = []
    threads = [
        threading.Thread(target=_ask_until, args=(port, path, dict(expected), deadline, found, number))
        for number in range(CONNECTIONS)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    latencies = sorted(latency for latency, _ in found) or [0.0]
    failures = [said for _, said in found if said]
    errors = sum(said.startswith("status") for said in failures)
    return Answers(
        operations=len(found), seconds=took, errors=errors, wrong=len(failures) - errors,
        p50=percentile(latencies, 50), p99=percentile(latencies, 99), examples=failures[:3],
    )  # fmt: skip


def _ask_until(
    port: int, path: str, expected: dict[str, str], deadline: float, found: list[tuple[float, str]], seed: int
) -> None:
    hosts, dice = list(expected), random.Random(seed)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection, connection.makefile("rb") as reader:
        while (began := time.perf_counter()) < deadline:
            host = dice.choice(hosts)
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            status, length = int(reader.readline().split()[1]), 0
            while (line := reader.readline().strip()) != b"":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            body = reader.read(length).decode()
            latency = time.perf_counter() - began
            found.append((latency, _complaint(host, expected[host], status, body)))


def _complaint(host: str, answer: str, status: int, body: str) -> str:
    if status != 200:
        return f"status {status} from {host}"
    wanted = f"{host} {answer}"
    return "" if body == wanted else f"{body!r} for {wanted!r}"


def main() -> None:
    """Read port, path, seconds and the file of hosts from the command line; print the answers as one line of JSON."""
    port, path, seconds, hosts = sys.argv[1:]
    expected = dict(line.split(" ", 1) for line in Path(hosts).read_text().splitlines())
    print(json.dumps(asdict(ask(port=int(port), path=path, expected=expected, seconds=float(seconds)))))


if __name__ == "__main__":
    main()
