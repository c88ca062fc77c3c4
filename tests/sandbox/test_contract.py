"""Requests are held to the SDK's own parameter types, answers to its own object types."""

from __future__ import annotations

import typing
from typing import Any

import pytest
import stripe
from stripe.checkout import Session

from sandbox.application import _RESOURCES
from sandbox.contract import _fields, load
from tests.sandbox.running import Sandbox, a_session, paid_intent, price

OK = "https://shop.example/ok"
LINE = {"price_data": price("Book", 900), "quantity": 1}


def refusal(client: stripe.StripeClient, **changes: Any) -> tuple[str | None, str | None]:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        a_session(client, **changes)
    assert caught.value.http_status == 400
    assert client.v1.checkout.sessions.list().data == []
    return caught.value.code, caught.value.param


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"line_items": [LINE | {"size": "L"}]}, "parameter_unknown", "line_items[0][size]"),
        (
            {"line_items": [LINE, {"price_data": price("B", 900) | {"vat": 19}, "quantity": 1}]},
            "parameter_unknown",
            "line_items[1][price_data][vat]",
        ),
        ({"payment_intent_data": {"meta": {"a": "b"}}}, "parameter_unknown", "payment_intent_data[meta]"),
        ({"mode": "pay"}, None, "mode"),
        ({"ui_mode": "window"}, None, "ui_mode"),
        ({"locale": "tlh"}, None, "locale"),
        ({"submit_type": "buy"}, None, "submit_type"),
        ({"customer_creation": "never"}, None, "customer_creation"),
        ({"expires_at": "tomorrow"}, "parameter_invalid_integer", "expires_at"),
        ({"line_items": "book"}, None, "line_items"),
        ({"line_items": {"a": LINE}}, None, "line_items"),
        ({"line_items": ["book"]}, None, "line_items[0]"),
        ({"metadata": "order"}, None, "metadata"),
        ({"metadata": {"a": {"b": "c"}}}, None, "metadata[a]"),
        ({"payment_intent_data": "x"}, None, "payment_intent_data"),
        ({"customer_email": ""}, "parameter_invalid_empty", "customer_email"),
        ({"customer_email": {"a": "b"}}, None, "customer_email"),
        ({"allow_promotion_codes": "maybe"}, "parameter_invalid_boolean", "allow_promotion_codes"),
        ({"line_items": [{"price_data": price("B", 900)}]}, "parameter_missing", "line_items[0][quantity]"),
        (
            {"line_items": [{"price_data": {"currency": "eur", "unit_amount": 9, "product_data": {"images": ["x"]}}}]},
            "parameter_missing",
            "line_items[0][price_data][product_data][name]",
        ),
        (
            {"line_items": [{"price_data": {"unit_amount": 9}, "quantity": 1}]},
            "parameter_missing",
            "line_items[0][price_data][currency]",
        ),
        ({"line_items": []}, "parameter_missing", "line_items"),
        ({"success_url": "thanks.html"}, "url_invalid", "success_url"),
        ({"cancel_url": "javascript:alert(1)"}, "url_invalid", "cancel_url"),
        ({"expires_at": 1}, None, "expires_at"),
        ({"line_items": [LINE | {"quantity": 0}]}, None, "line_items[0][quantity]"),
        ({"metadata": {"k" * 41: "v"}}, None, "metadata"),
        ({"metadata": {"k": "v" * 501}}, None, "metadata[k]"),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, None, "metadata"),
        ({"customer_email": "kim at example"}, "email_invalid", "customer_email"),
        ({"client_reference_id": "x" * 201}, None, "client_reference_id"),
    ],
)
def test_a_wrong_parameter_is_named(
    client: stripe.StripeClient, changes: dict[str, Any], code: str | None, param: str
) -> None:
    assert refusal(client, **changes) == (code, param)


@pytest.mark.parametrize(
    "changes",
    [
        {"automatic_tax": {"enabled": True}},
        {"mode": "subscription"},
        {"ui_mode": "embedded_page"},
        {"billing_address_collection": "required"},
        {"submit_type": "donate"},
        {"payment_intent_data": {"capture_method": "manual"}},
        {"branding_settings": {"font_family": "inter"}},
        {"line_items": [{"price_data": price("A", 900) | {"recurring": {"interval": "month"}}, "quantity": 1}]},
    ],
)
def test_what_stripe_can_and_the_sandbox_cannot_is_said(client: stripe.StripeClient, changes: dict[str, Any]) -> None:
    assert refusal(client, **changes)[0] == "sandbox_unsupported"


@pytest.mark.parametrize("name", ["mode", "success_url", "line_items"])
def test_a_session_needs_its_parts(client: stripe.StripeClient, name: str) -> None:
    params: dict[str, Any] = {"mode": "payment", "success_url": OK, "line_items": [LINE]}
    del params[name]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.checkout.sessions.create(params)  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.param) == ("parameter_missing", name)


def test_required_parameters_come_from_the_sdk(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.create({"amount": 1000})  # type: ignore[typeddict-item]
    assert (caught.value.code, caught.value.param) == ("parameter_missing", "currency")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.webhook_endpoints.create({"url": OK})  # type: ignore[typeddict-item]
    assert (caught.value.code, caught.value.param) == ("parameter_missing", "enabled_events")


def test_quoted_literals_are_closed_sets(client: stripe.StripeClient) -> None:
    params: Any = {"payment_intent": paid_intent(client).id, "reason": "changed_mind"}
    with pytest.raises(stripe.InvalidRequestError, match="must be one of duplicate, fraudulent, or") as caught:
        client.v1.refunds.create(params)
    assert caught.value.param == "reason"
    bad: Any = {"url": OK, "enabled_events": ["checkout.session.completed", "order.paid"]}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.webhook_endpoints.create(bad)
    assert caught.value.param == "enabled_events[1]"


def test_reads_are_checked_too(client: stripe.StripeClient) -> None:
    for params, param in (({"colour": "red"}, "colour"), ({"limit": "many"}, "limit"), ({"limit": 101}, "limit")):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            client.v1.charges.list(params)  # type: ignore[arg-type]
        assert caught.value.param == param


def test_every_route_names_a_contract_that_the_sdk_has() -> None:
    routes = [route for resource in _RESOURCES for route in resource.ROUTES]
    fields = {route.params: _fields(load(route.params)) for route in routes if route.params}
    assert len(routes) == 45
    assert [spec for spec, found in fields.items() if "expand" not in found] == [
        "_customer_delete_params:CustomerDeleteParams",
        "_webhook_endpoint_delete_params:WebhookEndpointDeleteParams",
    ]


def test_metadata_is_merged_and_unset(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"metadata": {"a": "1", "b": "2", "0": "zero"}})
    assert customer.metadata.to_dict() == {"a": "1", "b": "2", "0": "zero"}
    customer = client.v1.customers.update(customer.id, {"metadata": {"a": "", "c": "3"}})
    assert customer.metadata.to_dict() == {"b": "2", "0": "zero", "c": "3"}
    assert client.v1.customers.update(customer.id, {"metadata": ""}).metadata.to_dict() == {}


def declared(cls: Any) -> dict[str, Any]:
    return {name: hint for name, hint in cls.__annotations__.items() if typing.get_origin(hint) is not typing.ClassVar}


def never_null(hint: Any) -> bool:
    return type(None) not in typing.get_args(hint)


def test_answers_have_the_fields_that_the_sdk_declares(client: stripe.StripeClient, sandbox: Sandbox) -> None:
    session = a_session(client, customer_creation="always", expand=["line_items"])
    sandbox.pay(session.id)
    intent = paid_intent(client)
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    line = session.line_items.data[0]
    samples: list[tuple[Any, Any]] = [
        (Session, client.v1.checkout.sessions.retrieve(session.id)),
        (stripe.PaymentIntent, intent),
        (stripe.Charge, client.v1.charges.retrieve(str(intent.latest_charge))),
        (stripe.Refund, refund),
        (stripe.BalanceTransaction, client.v1.balance_transactions.list().data[0]),
        (stripe.Event, client.v1.events.list().data[0]),
        (stripe.Customer, client.v1.customers.list().data[0]),
        (stripe.WebhookEndpoint, client.v1.webhook_endpoints.create({"url": OK, "enabled_events": ["*"]})),
        (stripe.LineItem, line),
        (stripe.Price, line.price),
        (stripe.Balance, client.v1.balance.retrieve()),
    ]
    for cls, sample in samples:
        given, fields = sample.to_dict(), declared(cls)
        assert type(sample) is cls
        assert set(given) - set(fields) == set(), cls.__name__
        lacking = {name for name, hint in fields.items() if never_null(hint) and name not in given}
        assert lacking - {"deleted"} == set(), cls.__name__
        wrong = {name for name, hint in fields.items() if hint is int and type(given.get(name, 0)) is not int}
        assert wrong == set(), cls.__name__
