"""The door for the provider's events: what is stored, and what is not even looked at."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from stripe import WebhookSignature

from kernel.clock import utc_now
from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.outbox.models import Message
from tenant_apps.payments.errors import PlaceholderSecret
from tenant_apps.payments.models import InboundEvent, ProviderAccount
from tests.payments.selling import WEBHOOK_SECRET, connect, signed

KEY = "sk_test_aurorawebhooks"
FAILED = {"object": "charge", "id": "ch_1", "paid": False, "captured": False, "status": "failed"}
EVENT = {"id": "evt_1", "object": "event", "type": "charge.failed", "livemode": False, "data": {"object": FAILED}}


@pytest.fixture
def connected(aurora: Any) -> Any:
    with brand_entered(aurora):
        connect(KEY)
    return aurora


def post(payload: bytes, header: str | None, host: str = "aurora.localhost") -> int:
    headers = {"host": host} | ({"stripe-signature": header} if header is not None else {})
    return Client(enforce_csrf_checks=True).post(
        "/webhooks/stripe", payload, content_type="application/json", headers=headers
    ).status_code  # fmt: skip


def stored(brand: Any) -> int:
    with brand_entered(brand):
        return InboundEvent.objects.count()


def test_a_signed_event_is_stored_with_its_raw_body_once_and_published_once(connected: Any) -> None:
    payload, header = signed(EVENT)
    assert [post(payload, header) for _ in range(3)] == [200, 200, 200]
    with brand_entered(connected):
        inbound = InboundEvent.objects.get()
        assert (bytes(inbound.body), inbound.event_id, inbound.type) == (payload, "evt_1", "charge.failed")
        assert Message.objects.filter(name="provider_event.stored").count() == 1


def header_of(payload: bytes, *, secret: str = WEBHOOK_SECRET, stamp: int | None = None) -> str:
    return WebhookSignature.generate_signature_header(
        payload.decode(), secret, timestamp=int(utc_now().timestamp()) if stamp is None else stamp
    )


def forgeries() -> dict[str, tuple[bytes, str | None]]:
    payload, good = signed(EVENT)
    stamp, signature = good.split(",")
    return {
        "unsigned": (payload, None),
        "empty header": (payload, ""),
        "wrong secret": (payload, header_of(payload, secret="whsec_not1Th3Right0ne")),
        "empty secret": (payload, header_of(payload, secret="")),
        "altered body": (payload.replace(b"charge.failed", b"charge.succee"), good),
        "re-serialised body": (json.dumps(EVENT, indent=1).encode(), good),
        "wrong scheme": (payload, f"{stamp},{signature.replace('v1=', 'v0=')}"),
        "two wrong signatures": (payload, f"{stamp},v1={'0' * 64},v1={'1' * 64}"),
        "two timestamps": (payload, f"t=1,{good}"),
        "no timestamp": (payload, signature),
        "timestamp is no number": (payload, f"t=now,{signature}"),
        "header too long": (payload, f"{good},{'v1=' + '0' * 9000}"),
        "not utf-8": (b"\xff\xfe{}", good),
        "301 s old": signed(EVENT, age=302),
        "301 s ahead": signed(EVENT, age=-302),
        "a day ahead": signed(EVENT, age=-86_400),
        "no json": signed(b"signed but no json"),
        "no event": signed(b'{"object":"charge","id":"ch_1","type":"x"}'),
        "id too long": signed(EVENT | {"id": "e" * 121}),
    }


@pytest.mark.parametrize("forgery", forgeries())
def test_what_the_provider_did_not_sign_now_is_refused_and_not_stored(connected: Any, forgery: str) -> None:
    payload, header = forgeries()[forgery]
    assert post(payload, header) == 400
    assert stored(connected) == 0


@pytest.mark.parametrize("age", [0, 290, -290])
def test_five_minutes_of_difference_either_way_are_taken(connected: Any, age: int) -> None:
    assert post(*signed(EVENT, age=age)) == 200


def test_the_brands_test_clock_does_not_make_a_fresh_event_stale(connected: Any) -> None:
    with public_entered():
        from shared_apps.brands.models import Brand

        Brand.objects.filter(pk=connected.pk).update(clock_offset=timedelta(days=40))
    assert post(*signed(EVENT)) == 200
    with brand_entered(connected):
        told = Message.objects.get(name="provider_event.stored").payload["at"]
    assert told[:7] == (utc_now() + timedelta(days=40)).isoformat()[:7]


def test_a_body_above_one_megabyte_is_refused(connected: Any) -> None:
    assert post(*signed(b'{"x":"' + b"y" * 1_000_001 + b'"}')) == 413
    assert stored(connected) == 0


def test_an_event_of_another_brand_is_refused_at_this_ones_door(connected: Any, hanok: Any) -> None:
    with brand_entered(hanok):
        connect("sk_test_hanokwebhooks", webhook_secret="whsec_hAn0kS3cr3tKeyZz")
    payload, header = signed(EVENT)
    assert post(payload, header, host="hanok.localhost") == 400
    assert (stored(hanok), stored(connected)) == (0, 0)


def test_a_brand_without_an_account_takes_no_events(aurora: Any) -> None:
    assert post(*signed(EVENT)) == 400


def test_after_a_rotation_both_secrets_are_taken_for_a_day(connected: Any) -> None:
    with brand_entered(connected):
        connect(KEY, webhook_secret="whsec_n3wS3cr3tAfterwards")
    assert post(*signed(EVENT)) == 200
    assert post(*signed(EVENT | {"id": "evt_2"}, secret="whsec_n3wS3cr3tAfterwards")) == 200
    with brand_entered(connected):
        ProviderAccount.objects.update(rotated_at=utc_now() - timedelta(hours=25))
    assert post(*signed(EVENT | {"id": "evt_3"})) == 400
    assert stored(connected) == 2


def test_unknown_types_are_stored_and_ignored(connected: Any, drain: Any) -> None:
    strange = EVENT | {"type": "moon.rose", "api_version": "2031-01-01", "data": {"object": {"object": "moon"}}}
    assert post(*signed(strange)) == 200
    with brand_entered(connected):
        drain()
        assert InboundEvent.objects.get().state == "ignored"


def test_an_object_that_is_not_as_documented_is_parked(connected: Any, drain: Any) -> None:
    assert post(*signed(EVENT | {"data": {"object": {"object": "charge", "id": "ch_2"}}})) == 200
    with brand_entered(connected):
        drain()
        assert InboundEvent.objects.get().state == "parked"


@pytest.mark.parametrize(
    ("secret_key", "webhook_secret", "field"),
    [
        ("", WEBHOOK_SECRET, "secret_key"),
        ("sk_test_", WEBHOOK_SECRET, "secret_key"),
        ("pk_test_4f9aK2mQ7rT1vX8z", WEBHOOK_SECRET, "secret_key"),
        ("sk_test_xxxxxxxxxxxxxxxx", WEBHOOK_SECRET, "secret_key"),
        ("sk_live_your_secret_key", WEBHOOK_SECRET, "secret_key"),
        (KEY, "", "webhook_secret"),
        (KEY, "whsec_", "webhook_secret"),
        (KEY, "whsec_changemechangeme", "webhook_secret"),
        (KEY, "whsec_aaaaaaaaaaaaaaaa", "webhook_secret"),
    ],
)
def test_empty_and_made_up_secrets_are_refused(
    in_aurora: Any, secret_key: str, webhook_secret: str, field: str
) -> None:
    with pytest.raises(PlaceholderSecret) as refusal:
        connect(secret_key, account_id="acct_1", webhook_secret=webhook_secret)
    assert refusal.value.details == {"field": field}
    assert ProviderAccount.objects.count() == 0


def test_start_up_refuses_placeholders_in_the_environment(settings: Any) -> None:
    from tenant_apps.payments.checks import refuse_placeholder_secrets

    assert refuse_placeholder_secrets() == []
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_live_changeme", "whsec_xxxxxxxxxxxxxxxx"
    assert [error.id for error in refuse_placeholder_secrets()] == ["payments.E001", "payments.E001"]


def test_secrets_are_stored_encrypted(connected: Any) -> None:
    with brand_entered(connected):
        account = ProviderAccount.objects.get()
    assert KEY not in account.secret_key
    assert WEBHOOK_SECRET not in account.webhook_secret


def test_a_live_key_is_never_sent_to_a_sandbox(in_aurora: Any, settings: Any) -> None:
    from tenant_apps.payments.errors import LiveKeyAtSandbox
    from tenant_apps.payments.providers.stripe.client import client_of

    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    account = connect("sk_live_4f9aK2mQ7rT1vX8z", account_id="acct_live")
    with pytest.raises(LiveKeyAtSandbox):
        client_of(account)
