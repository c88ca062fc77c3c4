"""Every change is told, signed and told again until somebody listens."""

from __future__ import annotations

import json
import socket
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from sandbox.delivery import GIVE_UP_AFTER, wait_before
from tests.sandbox.running import Receiver, Sandbox, a_session, eventually, paid_intent


def listen(client: stripe.StripeClient, receiver: Receiver, *types: str) -> Any:
    wanted: Any = list(types) or ["*"]
    return client.v1.webhook_endpoints.create({"url": receiver.url, "enabled_events": wanted})


def settled(sandbox: Sandbox) -> Any:
    return sandbox.state_now()["deliveries"]["pending"] == 0


def test_a_delivery_verifies_with_the_official_sdk(client: stripe.StripeClient, receiver: Receiver) -> None:
    secret = listen(client, receiver).secret
    customer = client.v1.customers.create({"email": "김@example.com"})
    eventually(lambda: receiver.got)
    (delivered,) = receiver.got
    event = stripe.Webhook.construct_event(delivered.body, delivered.signature, secret)
    assert (event.type, event.data.object["id"]) == ("customer.created", customer.id)
    assert event.data.object["email"] == "김@example.com"
    assert event.id == client.v1.events.list().data[0].id
    assert event.api_version == "2026-10-28.endive"
    assert event.request.id == customer.last_response.headers["Request-Id"]
    for body, name in ((delivered.body + b" ", secret), (delivered.body, "whsec_" + "x" * 32)):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, delivered.signature, name)


def test_the_signature_is_of_now_at_every_attempt(own: Callable[..., Sandbox], receiver: Receiver) -> None:
    client = own().client()
    receiver.answers.put(500)
    receiver.answers.put(302)
    listen(client, receiver)
    client.v1.customers.create()
    eventually(lambda: len(receiver.got) == 3)
    times = [int(d.signature.split(",")[0].removeprefix("t=")) for d in receiver.got]
    assert times == sorted(times)
    assert times[-1] > times[0]
    assert len({d.body for d in receiver.got}) == 1
    gaps = [later.at - sooner.at for sooner, later in zip(receiver.got, receiver.got[1:], strict=False)]
    assert gaps[0] == pytest.approx(0.5, abs=0.4)
    assert gaps[1] == pytest.approx(1.0, abs=0.5)


def test_the_ladder_doubles_to_half_a_minute_for_hours() -> None:
    assert [wait_before(n) for n in range(1, 9)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert wait_before(10_000) == 30
    assert GIVE_UP_AFTER == 6 * 3600


def test_a_payment_tells_its_story(client: stripe.StripeClient, sandbox: Sandbox, receiver: Receiver) -> None:
    listen(client, receiver)
    session = a_session(client)
    sandbox.control(f"sessions/{session.id}/decline", {})
    sandbox.pay(session.id)
    intent = str(client.v1.checkout.sessions.retrieve(session.id).payment_intent)
    client.v1.refunds.create({"payment_intent": intent, "amount": 900})
    story = [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "refund.created",
        "charge.refunded",
    ]
    eventually(lambda: len(receiver.got) == len(story))
    assert sorted(receiver.types()) == sorted(story)
    assert [event.type for event in client.v1.events.list().data] == story[::-1]
    (refunded,) = receiver.of_type("charge.refunded")
    assert refunded.event["data"]["object"]["amount_refunded"] == 900
    assert refunded.event["data"]["previous_attributes"] == {"amount_refunded": 0}
    (completed,) = receiver.of_type("checkout.session.completed")
    assert completed.event["data"]["object"]["payment_intent"] == intent
    assert completed.event["data"]["object"]["payment_status"] == "paid"


@pytest.mark.parametrize(
    ("act", "types"),
    [
        (lambda c: c.v1.checkout.sessions.expire(a_session(c).id), ["checkout.session.expired"]),
        (
            lambda c: c.v1.payment_intents.cancel(c.v1.payment_intents.create({"amount": 100, "currency": "eur"}).id),
            ["payment_intent.canceled", "payment_intent.created"],
        ),
        (lambda c: c.v1.customers.delete(c.v1.customers.create().id), ["customer.deleted", "customer.created"]),
    ],
)
def test_each_change_has_its_event(
    client: stripe.StripeClient, act: Callable[[stripe.StripeClient], Any], types: list[str]
) -> None:
    act(client)
    assert [event.type for event in client.v1.events.list().data] == types


def test_a_refused_request_tells_nothing(client: stripe.StripeClient) -> None:
    intent = paid_intent(client)
    before = len(client.v1.events.list().data)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 999_999})
    assert len(client.v1.events.list().data) == before


def test_only_subscribed_types_are_sent(client: stripe.StripeClient, sandbox: Sandbox, receiver: Receiver) -> None:
    listen(client, receiver, "charge.succeeded", "charge.refunded")
    intent = paid_intent(client)
    client.v1.refunds.create({"payment_intent": intent.id})
    eventually(lambda: len(receiver.got) == 2 and settled(sandbox))
    assert sorted(receiver.types()) == ["charge.refunded", "charge.succeeded"]


def test_an_endpoint_hears_only_of_its_account(
    client: stripe.StripeClient, sandbox: Sandbox, receiver: Receiver
) -> None:
    listen(client, receiver)
    sandbox.client("sk_test_somebody_else").v1.customers.create()
    client.v1.customers.create({"name": "mine"})
    eventually(lambda: receiver.got and settled(sandbox))
    assert [d.event["data"]["object"]["name"] for d in receiver.got] == ["mine"]


def test_the_secret_is_shown_once(client: stripe.StripeClient, receiver: Receiver) -> None:
    endpoint = listen(client, receiver)
    assert endpoint.secret.startswith("whsec_")
    assert "secret" not in client.v1.webhook_endpoints.retrieve(endpoint.id).to_dict()
    assert "secret" not in client.v1.webhook_endpoints.list().data[0].to_dict()
    assert "secret" not in client.v1.webhook_endpoints.update(endpoint.id, {"description": "ours"}).to_dict()


def test_endpoints_are_switched_off_moved_and_deleted(
    client: stripe.StripeClient, sandbox: Sandbox, receiver: Receiver
) -> None:
    endpoints = client.v1.webhook_endpoints
    endpoint = listen(client, receiver)
    assert endpoints.update(endpoint.id, {"disabled": True}).status == "disabled"
    client.v1.customers.create({"name": "unheard"})
    endpoints.update(endpoint.id, {"disabled": False, "url": receiver.url + "/moved"})
    client.v1.customers.create({"name": "heard"})
    eventually(lambda: receiver.got and settled(sandbox))
    assert [(d.path, d.event["data"]["object"]["name"]) for d in receiver.got] == [("/hooks/moved", "heard")]
    assert endpoints.delete(endpoint.id).deleted is True
    client.v1.customers.create({"name": "too late"})
    time.sleep(0.3)
    assert len(receiver.got) == 1
    assert endpoints.list().data == []


def test_pending_webhooks_are_counted_down(own: Callable[..., Sandbox], receiver: Receiver) -> None:
    sandbox = own("--pause-webhooks")
    client = sandbox.client()
    listen(client, receiver)
    client.v1.customers.create()
    (event,) = client.v1.events.list().data
    assert event.pending_webhooks == 1
    sandbox.knobs(pause_webhooks=False)
    eventually(lambda: client.v1.events.retrieve(event.id).pending_webhooks == 0)
    assert len(receiver.got) == 1


def test_subdomains_of_localhost_are_this_machine(client: stripe.StripeClient, receiver: Receiver) -> None:
    port = receiver.server.server_port
    url = f"http://aurora.localhost:{port}/hooks?brand=aurora"
    client.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})
    client.v1.customers.create()
    eventually(lambda: receiver.got)
    assert (receiver.got[0].host, receiver.got[0].path) == (f"aurora.localhost:{port}", "/hooks?brand=aurora")


def test_duplicates_are_the_same_event_again(own: Callable[..., Sandbox], receiver: Receiver) -> None:
    sandbox = own("--duplicate", "5")
    client = sandbox.client()
    listen(client, receiver, "charge.succeeded", "payment_intent.succeeded")
    paid_intent(client)
    eventually(lambda: len(receiver.got) == 10 and settled(sandbox))
    assert sorted(Counter(d.event["id"] for d in receiver.got).values()) == [5, 5]
    assert len({d.body for d in receiver.got}) == 2


def test_delay_holds_a_delivery_back(own: Callable[..., Sandbox], receiver: Receiver) -> None:
    sandbox = own("--delay-ms", "800")
    client = sandbox.client()
    listen(client, receiver)
    asked = time.monotonic()
    client.v1.customers.create()
    eventually(lambda: receiver.got)
    assert receiver.got[0].at - asked >= 0.75


def test_reordering_mixes_events(own: Callable[..., Sandbox], receiver: Receiver) -> None:
    sandbox = own("--seed", "7")
    assert sandbox.knobs(reorder=True)["reorder"] == 1.0
    client = sandbox.client()
    listen(client, receiver)
    names = [str(n) for n in range(12)]
    for name in names:
        client.v1.customers.create({"name": name})
    eventually(lambda: len(receiver.got) == 12)
    came = [d.event["data"]["object"]["name"] for d in receiver.got]
    assert sorted(came) == sorted(names)
    assert came != names


def test_events_are_redelivered_on_demand(own: Callable[..., Sandbox], receiver: Receiver) -> None:
    sandbox = own()
    client = sandbox.client()
    listen(client, receiver)
    intent = paid_intent(client)
    eventually(lambda: len(receiver.got) == 3)
    assert sandbox.control("redeliver", {"times": 4, "shuffle": True}) == {"deliveries": 12}
    eventually(lambda: len(receiver.got) == 15)
    assert set(Counter(d.event["id"] for d in receiver.got).values()) == {5}
    (one,) = receiver.of_type("charge.succeeded")[:1]
    assert sandbox.control("redeliver", {"event": one.event["id"], "times": 2}) == {"deliveries": 2}
    eventually(lambda: len(receiver.of_type("charge.succeeded")) == 7)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_what_is_owed_survives_a_kill(own: Callable[..., Sandbox], receiver: Receiver) -> None:
    sandbox = own()
    client = sandbox.client()
    secret = listen(client, receiver).secret
    receiver.down = True
    session = a_session(client)
    sandbox.pay(session.id)
    eventually(lambda: len(receiver.got) >= 2)
    sandbox.kill()
    receiver.down = False
    receiver.got.clear()
    sandbox.start()
    eventually(lambda: len(receiver.got) >= 4 and settled(sandbox))
    assert set(receiver.types()) == {
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    }
    for delivered in receiver.got:
        stripe.Webhook.construct_event(delivered.body, delivered.signature, secret)


def test_an_unreachable_endpoint_is_reported(own: Callable[..., Sandbox]) -> None:
    sandbox = own()
    client = sandbox.client()
    client.v1.webhook_endpoints.create({"url": "http://127.0.0.1:1/nobody", "enabled_events": ["*"]})
    client.v1.customers.create()
    failing = eventually(lambda: sandbox.state_now()["deliveries"]["failing"])
    assert failing[0]["last_error"].startswith("ConnectionRefusedError")
    assert sandbox.state_now()["deliveries"]["pending"] == 1


@pytest.mark.parametrize(
    "url",
    [
        "hooks",
        "ftp://a/h",
        "http://",
        "http://[::1/h",
        "http://a:99999/h",
        "http://a:b/h",
        "http://a/ h",
        "http://a/\nh",
    ],
)
def test_an_address_that_cannot_be_is_refused(client: stripe.StripeClient, url: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})
    assert (caught.value.code, caught.value.param) == ("url_invalid", "url")
    assert client.v1.webhook_endpoints.list().data == []


def test_a_host_that_is_no_name_is_tried_again_with_patience(own: Callable[..., Sandbox], receiver: Receiver) -> None:
    client = own().client()
    for url in ("http://" + "a" * 70 + ".example/h", receiver.url):
        client.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})
    client.v1.customers.create()
    eventually(lambda: receiver.got)
    (event,) = client.v1.events.list().data
    assert event.pending_webhooks == 1


def test_endpoints_from_the_command_line_hear_every_account(own: Callable[..., Sandbox], receiver: Receiver) -> None:
    secret = "whsec_" + "c" * 32
    sandbox = own("--endpoint", receiver.url, "--endpoint-secret", secret)
    sandbox.client("sk_test_one").v1.customers.create({"name": "one"})
    sandbox.client("sk_test_two").v1.customers.create({"name": "two"}, {"stripe_account": "acct_two"})
    eventually(lambda: len(receiver.got) == 2)
    events = [stripe.Webhook.construct_event(d.body, d.signature, secret) for d in receiver.got]
    found = {json.loads(str(e))["data"]["object"]["name"]: json.loads(str(e)).get("account") for e in events}
    assert found == {"one": None, "two": "acct_two"}
    sandbox.stop()
    sandbox.start()  # the same URL is not registered twice
    assert sandbox.state_now()["counts"]["webhook_endpoint"] == 1


def test_a_receiver_that_hangs_does_not_hold_up_the_end(own: Callable[..., Sandbox]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts and never answers
        sandbox = own()
        client = sandbox.client()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        client.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})
        client.v1.customers.create()
        held, _ = silent.accept()
        began = time.monotonic()
        assert sandbox.stop() == 0
        assert time.monotonic() - began < 5
        held.close()
    sandbox.start()
    assert sandbox.state_now()["deliveries"]["pending"] == 1
