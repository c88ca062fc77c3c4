"""The command line: one process, one port, one state file."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from pathlib import Path

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from .api.webhook_endpoints import register
from .application import Application
from .errors import ApiError
from .knobs import Knobs
from .provider import Provider
from .store import StateInUse

HOST = "127.0.0.1"
_ABOUT = """\
A local payment provider that speaks Stripe's API. Point the official SDK at it:

  stripe.StripeClient("sk_test_anything", base_addresses={"api": "http://127.0.0.1:PORT"})

Every secret key that begins with sk_test_ works; each key is an account of its own, and the
Stripe-Account header chooses another. It listens on 127.0.0.1 only and moves no money.
"""
_MORE = """\
hosted page     /c/pay/<session id>   test cards: 4242 4242 4242 4242 pays,
                                      4000 0000 0000 0002 is declined
control         GET  /_sandbox/state          counts, pending deliveries, check of the books
                GET  /_sandbox/knobs          POST {"duplicate": 5, "reorder": true, ...}
                POST /_sandbox/redeliver      {"event": "evt_...", "times": 5, "shuffle": true}
                POST /_sandbox/sessions/<id>/pay | decline | expire
"""


def main(argv: list[str] | None = None) -> int:
    """Run the sandbox until SIGTERM or Ctrl-C; return the exit status."""
    parser = _parser()
    options = parser.parse_args(argv)
    knobs = Knobs()
    try:
        knobs.change(_wanted(options))
        provider = Provider(options.state, knobs)
    except ApiError as wrong:
        parser.error(wrong.message)
    except (StateInUse, OSError) as failed:
        return _refuse(str(failed))
    try:
        endpoints = _register(provider, options)
        application = Application(provider, public_url=options.public_url)
        server = make_server(HOST, options.port, application, threaded=True, request_handler=_Quiet)
    except ApiError as wrong:
        provider.store.close()
        parser.error(wrong.message)
    except (OSError, SystemExit) as failed:
        provider.store.close()
        return _refuse(f"cannot listen on {HOST}:{options.port}: {failed}")
    _serve(provider, server, f"state {options.state}, {endpoints} webhook endpoint(s)")
    return 0


def _serve(provider: Provider, server: BaseWSGIServer, note: str) -> None:
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    provider.start()
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    serving.start()
    print(f"sandbox ready on http://{HOST}:{server.server_port} ({note})", flush=True)
    stopping.wait()
    server.shutdown()
    serving.join()
    server.server_close()
    provider.stop()


def _register(provider: Provider, options: argparse.Namespace) -> int:
    if len(options.endpoint) != len(options.endpoint_secret):
        raise ApiError("give one --endpoint-secret for each --endpoint")
    with provider.store.writing() as tx:
        for url, secret in zip(options.endpoint, options.endpoint_secret, strict=True):
            if not secret.startswith("whsec_") or len(secret) < 12:
                raise ApiError("--endpoint-secret must begin with whsec_ and not be a placeholder")
            register(tx, url, secret, int(time.time()))
        found = tx.sql.execute("SELECT count(*) FROM objects WHERE kind = 'webhook_endpoint'")
        return int(found.fetchone()[0])


def _wanted(options: argparse.Namespace) -> dict[str, object]:
    given = vars(options)
    names = [action.dest for action in _knob_actions(argparse.ArgumentParser())]
    return {name: given[name] for name in names if given[name] is not None}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description=_ABOUT,
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=_port, required=True, help="port on 127.0.0.1; 0 takes any")
    parser.add_argument("--state", type=Path, required=True, metavar="FILE", help="SQLite file, made if missing")
    parser.add_argument("--public-url", metavar="URL", help="address of the hosted page if not the caller's")
    parser.add_argument(
        "--endpoint",
        action="append",
        default=[],
        metavar="URL",
        help="send every account's events there (repeatable)",
    )
    parser.add_argument(
        "--endpoint-secret",
        action="append",
        default=[],
        metavar="whsec_…",
        help="signing secret of the endpoint in the same place",
    )
    _knob_actions(parser)
    return parser


def _knob_actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    knobs = parser.add_argument_group("knobs (also POST /_sandbox/knobs while it runs)")
    add = knobs.add_argument
    return [
        add("--duplicate", type=int, metavar="N", help="deliver every event N times"),
        add("--delay-ms", type=int, metavar="MS", help="deliver every event so much later"),
        add("--reorder", type=float, metavar="S", help="shuffle deliveries within S seconds"),
        add("--pause-webhooks", action="store_true", default=None, help="hold all deliveries"),
        add("--drop-answers", type=float, metavar="PCT", help="lose answers after the commit"),
        add("--drop-next", type=int, metavar="N", help="lose the next N answers"),
        add("--fail-next", type=int, metavar="STATUS", help="fail before anything is done"),
        add("--fail-times", type=int, metavar="N", help="so many requests in a row (default 1)"),
        add("--api-delay-ms", type=int, metavar="MS", help="be slow to write"),
        add("--fee-bps", type=int, metavar="BPS", help="fee on charges in 1/100 percent"),
        add("--fee-fixed", type=int, metavar="N", help="plus so many minor units"),
        add("--session-min-seconds", type=int, metavar="S", help="shortest session (1800)"),
        add("--brand", metavar="NAME", help="name on the hosted page if the session has none"),
        add("--seed", type=int, metavar="N", help="seed of everything random"),
    ]


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError("a port lies between 0 and 65535")
    return port


def _refuse(why: str) -> int:
    print(f"sandbox: {why}", file=sys.stderr)
    return 2


class _Quiet(WSGIRequestHandler):
    """Logs no requests; errors are printed where they happen."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 (their name)
        if type == "error":
            print(f"sandbox: {message % args if args else message}", file=sys.stderr, flush=True)
