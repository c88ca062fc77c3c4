"""Keys, accounts, unknown addresses, lists and expansion: what every call goes through."""

from __future__ import annotations

import json
from typing import Any

import pytest
import stripe

from tests.sandbox.running import Sandbox, paid_intent

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Bearer sk_test_door"}


@pytest.mark.parametrize("key", ["sk_live_4242", "pk_test_4242", "rk_test_1", "sk_test_", "nonsense", "sk_test_a b"])
def test_only_secret_test_keys_open(sandbox: Sandbox, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError) as caught:
        sandbox.client(key).v1.customers.create()
    assert caught.value.http_status == 401
    assert caught.value.json_body["error"]["type"] == "invalid_request_error"
    assert len(key) < 9 or key not in caught.value.user_message


def test_no_key_is_refused(sandbox: Sandbox) -> None:
    status, _, body = sandbox.http("GET", "/v1/customers")
    assert status == 401
    assert "did not provide an API key" in json.loads(body)["error"]["message"]


def test_a_key_may_come_as_basic_user(sandbox: Sandbox) -> None:
    status, _, _ = sandbox.http("GET", "/v1/customers", headers={"Authorization": "Basic c2tfdGVzdF9kb29yOg=="})
    assert status == 200


def test_each_key_is_an_account_of_its_own(sandbox: Sandbox) -> None:
    one, two = sandbox.client("sk_test_one"), sandbox.client("sk_test_two")
    customer = one.v1.customers.create()
    assert one.v1.accounts.retrieve_current().id != two.v1.accounts.retrieve_current().id
    with pytest.raises(stripe.InvalidRequestError) as caught:
        two.v1.customers.retrieve(customer.id)
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    assert caught.value.user_message == f"No such customer: '{customer.id}'"


def test_the_account_header_partitions_everything(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    mine: Any = {"stripe_account": "acct_aurora"}
    theirs: Any = {"stripe_account": "acct_hanok"}
    intent = client.v1.payment_intents.create(
        {"amount": 1000, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True}, mine
    )
    assert client.v1.accounts.retrieve_current(None, mine).id == "acct_aurora"
    assert [i.id for i in client.v1.payment_intents.list({}, mine).data] == [intent.id]
    for options in (theirs, None):
        assert client.v1.payment_intents.list({}, options).data == []
        assert client.v1.balance_transactions.list({}, options).data == []
        assert client.v1.events.list({}, options).data == []
        with pytest.raises(stripe.InvalidRequestError) as caught:
            client.v1.refunds.create({"payment_intent": intent.id}, options)
        assert caught.value.http_status == 404
    other_key = sandbox.client("sk_test_platform_of_the_same_account")
    assert other_key.v1.payment_intents.retrieve(intent.id, None, mine).amount == 1000
    assert client.v1.events.list({}, mine).data[0].account == "acct_aurora"


def test_an_account_that_cannot_be_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.PermissionError) as caught:
        client.v1.customers.list({}, {"stripe_account": "aurora; drop"})
    assert caught.value.json_body["error"]["code"] == "account_invalid"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/unicorns"), ("DELETE", "/v1/charges/ch_1"), ("POST", "/v1/balance"), ("GET", "/v1/")],
)
def test_unknown_addresses_answer_in_stripes_shape(sandbox: Sandbox, method: str, path: str) -> None:
    status, headers, body = sandbox.http(method, path, headers=FORM)
    assert (status, headers["content-type"]) == (404, "application/json")
    assert json.loads(body)["error"]["message"].startswith(f"Unrecognized request URL ({method}: {path})")


def test_answers_carry_request_id_and_version(client: stripe.StripeClient) -> None:
    headers = client.v1.customers.list().last_response.headers
    assert headers["Request-Id"].startswith("req_")
    assert headers["Stripe-Version"] == "2026-10-28.endive"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("a[b=1", 400),
        ("a=1&a[b]=2", 400),
        ("a" + "[b]" * 30 + "=1", 400),
        ("[x]=1", 400),
        ("&".join(f"metadata[k{n}]=v" for n in range(6000)), 400),
        ("description=" + "x" * 1_000_001, 413),
    ],
)
def test_malformed_bodies_are_refused(sandbox: Sandbox, body: str, status: int) -> None:
    found, _, text = sandbox.http("POST", "/v1/customers", body, FORM)
    assert found == status
    assert json.loads(text)["error"]["type"] == "invalid_request_error"


def test_json_bodies_are_refused(sandbox: Sandbox) -> None:
    status, _, text = sandbox.http("POST", "/v1/customers", "{}", FORM | {"Content-Type": "application/json"})
    assert (status, "x-www-form-urlencoded" in text) == (400, True)


def test_lists_page_forwards_and_backwards(client: stripe.StripeClient) -> None:
    made = [client.v1.customers.create({"name": str(n)}).id for n in range(7)]
    newest_first = made[::-1]
    page = client.v1.customers.list({"limit": 3})
    assert ([c.id for c in page.data], page.has_more, page.url) == (newest_first[:3], True, "/v1/customers")
    assert [c.id for c in page.auto_paging_iter()] == newest_first
    rest = client.v1.customers.list({"limit": 3, "starting_after": newest_first[5]})
    assert ([c.id for c in rest.data], rest.has_more) == (newest_first[6:], False)
    back = client.v1.customers.list({"limit": 2, "ending_before": newest_first[4]})
    assert ([c.id for c in back.data], back.has_more) == (newest_first[2:4], True)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.list({"starting_after": "cus_none"})
    assert caught.value.param == "starting_after"


def test_lists_filter_by_time(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create()
    listed = client.v1.customers.list
    assert [c.id for c in listed({"created": {"gte": customer.created}}).data] == [customer.id]
    assert listed({"created": {"gt": customer.created}}).data == []
    assert listed({"created": customer.created + 1}).data == []


def test_expansion_goes_deep_and_refuses_what_is_no_object(client: stripe.StripeClient) -> None:
    intent = paid_intent(client)
    charges = client.v1.charges.list({"expand": ["data.payment_intent.payment_method"]})
    assert charges.data[0].payment_intent.payment_method.card.brand == "visa"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        client.v1.payment_intents.retrieve(intent.id, {"expand": ["amount_due"]})
    with pytest.raises(stripe.InvalidRequestError, match="more than 4 levels"):
        client.v1.payment_intents.retrieve(intent.id, {"expand": ["a.b.c.d.e"]})


def test_customers_live_change_and_die(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"email": "ada@example.com", "name": "Ada"})
    assert client.v1.customers.update(customer.id, {"name": "Ada L."}).name == "Ada L."
    assert [c.id for c in client.v1.customers.list({"email": "ada@example.com"}).data] == [customer.id]
    assert client.v1.customers.delete(customer.id).deleted is True
    assert client.v1.customers.retrieve(customer.id).deleted is True
    assert client.v1.customers.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        client.v1.payment_intents.create({"amount": 1000, "currency": "eur", "customer": customer.id})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.create({"email": "not an address"})
    assert caught.value.code == "email_invalid"


def test_an_intent_is_confirmed_and_canceled_once(client: stripe.StripeClient) -> None:
    intents = client.v1.payment_intents
    intent = intents.create({"amount": 1000, "currency": "eur", "metadata": {"order": "1"}})
    assert intent.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        intents.confirm(intent.id)
    assert intents.update(intent.id, {"amount": 1500}).amount == 1500
    done = intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (done.status, done.amount_received) == ("succeeded", 1500)
    for again in (lambda: intents.confirm(intent.id), lambda: intents.cancel(intent.id)):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            again()
        assert caught.value.code == "payment_intent_unexpected_state"
    other = intents.create({"amount": 1000, "currency": "eur"})
    params: Any = {"cancellation_reason": "abandoned"}
    canceled = intents.cancel(other.id, params)
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    assert [i.id for i in intents.list().data] == [other.id, intent.id]
