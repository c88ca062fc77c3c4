"""The first answer to a key is the answer to that key, through errors, losses and kills."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import stripe

from sandbox.answers import KEPT, forget_old
from sandbox.store import Store
from tests.sandbox.running import Sandbox, eventually, paid_intent

KEY = "order-1:charge"


def create(client: stripe.StripeClient, key: str = KEY, **changes: Any) -> Any:
    params: dict[str, Any] = {"email": "kim@example.com"} | changes
    return client.v1.customers.create(params, {"idempotency_key": key})  # type: ignore[arg-type]


def test_a_repeated_request_gets_the_first_answer(client: stripe.StripeClient) -> None:
    first, second = create(client), create(client)
    assert second.to_dict() == first.to_dict()
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert second.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    assert len(client.v1.customers.list().data) == 1
    assert len(client.v1.events.list().data) == 1


def test_the_answer_is_the_one_of_then_not_of_now(client: stripe.StripeClient) -> None:
    first = create(client, name="Kim")
    client.v1.customers.update(first.id, {"name": "Lee"})
    assert create(client, name="Kim").name == "Kim"


def test_without_a_key_every_request_counts(client: stripe.StripeClient) -> None:
    assert client.v1.customers.create().id != client.v1.customers.create().id


def test_other_parameters_under_the_same_key_are_refused(client: stripe.StripeClient) -> None:
    create(client)
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as caught:
        create(client, email="lee@example.com")
    assert caught.value.http_status == 400
    assert [c.email for c in client.v1.customers.list().data] == ["kim@example.com"]


def test_another_endpoint_under_the_same_key_is_refused(client: stripe.StripeClient) -> None:
    create(client)
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.v1.payment_intents.create({"amount": 1000, "currency": "eur"}, {"idempotency_key": KEY})


def test_an_error_after_the_start_is_replayed_too(client: stripe.StripeClient) -> None:
    intent = paid_intent(client, 1000)
    bodies = []
    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            client.v1.refunds.create({"payment_intent": intent.id, "amount": 2000}, {"idempotency_key": KEY})
        bodies.append(caught.value.http_body)
    assert bodies[0] == bodies[1]
    assert caught.value.headers is not None
    assert caught.value.headers["Idempotent-Replayed"] == "true"


def test_a_decline_is_replayed_and_charged_once(client: stripe.StripeClient) -> None:
    params: Any = {"amount": 1000, "currency": "eur", "payment_method": "pm_card_chargeDeclined", "confirm": True}
    for _ in range(3):
        with pytest.raises(stripe.CardError) as caught:
            client.v1.payment_intents.create(params, {"idempotency_key": KEY})
        assert (caught.value.http_status, caught.value.code) == (402, "card_declined")
    assert len(client.v1.charges.list().data) == 1


def test_a_failed_validation_stores_nothing(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        create(client, colour="red")
    assert create(client).email == "kim@example.com"


def test_a_key_may_have_255_characters_and_no_more(client: stripe.StripeClient) -> None:
    assert create(client, "k" * 255).email == "kim@example.com"
    with pytest.raises(stripe.InvalidRequestError, match="at most 255"):
        create(client, "k" * 256)
    assert len(client.v1.customers.list().data) == 1


def test_a_key_belongs_to_its_account(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    other = sandbox.client("sk_test_another_account_of_this_test")
    assert create(client).id != create(other).id


def test_a_key_on_a_read_means_nothing(client: stripe.StripeClient) -> None:
    options: Any = {"idempotency_key": KEY}
    assert client.v1.customers.list({}, options).data == []
    create(client)
    assert len(client.v1.customers.list({}, options).data) == 1


def test_the_twin_of_a_running_request_is_told_to_wait(own: Callable[..., Sandbox]) -> None:
    sandbox = own("--api-delay-ms", "700")
    client, made = sandbox.client(), []
    first = threading.Thread(target=lambda: made.append(create(client)))
    first.start()
    time.sleep(0.25)
    with pytest.raises(stripe.APIError) as caught:
        create(client)
    first.join()
    assert caught.value.http_status == 409
    assert caught.value.json_body["error"]["code"] == "idempotency_key_in_use"
    assert create(client).id == made[0].id


def test_the_sdk_finds_its_answer_after_losing_it(own: Callable[..., Sandbox]) -> None:
    """The answer is lost after the commit; the SDK's own retry gets it replayed."""
    sandbox = own("--drop-next", "1")
    client = sandbox.client(max_network_retries=2)
    intent = paid_intent(client)
    assert intent.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(client.v1.charges.list().data) == 1


def test_a_key_survives_a_kill(own: Callable[..., Sandbox]) -> None:
    sandbox = own()
    first = create(sandbox.client())
    sandbox.kill()
    sandbox.start()
    again = create(sandbox.client())
    assert (again.id, again.last_response.headers["Idempotent-Replayed"]) == (first.id, "true")


def test_a_lost_answer_is_found_again_after_a_kill(own: Callable[..., Sandbox]) -> None:
    sandbox = own("--drop-answers", "100")
    with pytest.raises(stripe.APIConnectionError):
        create(sandbox.client())
    sandbox.kill()
    sandbox.flags = ()
    sandbox.start()
    found = create(sandbox.client())
    assert found.last_response.headers["Idempotent-Replayed"] == "true"
    assert [c.id for c in sandbox.client().v1.customers.list().data] == [found.id]


def test_keys_are_kept_for_a_day_and_then_forgotten(own: Callable[..., Sandbox]) -> None:
    sandbox = own()
    create(sandbox.client())
    eventually(lambda: sandbox.state_now()["idempotency_keys"] == 1)
    sandbox.stop()
    store = Store(Path(sandbox.state))
    now = time.time()
    try:
        assert KEPT >= 24 * 3600
        assert forget_old(store, now=now + 24 * 3600) == 0
        assert forget_old(store, now=now + KEPT + 60) == 1
    finally:
        store.close()
