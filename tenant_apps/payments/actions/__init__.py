"""The only writers of payments' tables."""

from tenant_apps.payments.actions.charging import look_up_payment, record_charge
from tenant_apps.payments.actions.checkout import open_intent, record_session, settle_intent
from tenant_apps.payments.actions.connecting import connect_account
from tenant_apps.payments.actions.disputing import record_dispute
from tenant_apps.payments.actions.inbox import dismiss_event, receive, retry_event, work_off
from tenant_apps.payments.actions.refunding import record_refund, request_refund, settle_refund
from tenant_apps.payments.actions.transferring import (
    TransferWish,
    look_up_reversals,
    record_transfer,
    request_transfers,
    settle_transfer,
)

__all__ = [
    "TransferWish",
    "connect_account",
    "dismiss_event",
    "look_up_payment",
    "look_up_reversals",
    "open_intent",
    "receive",
    "record_charge",
    "record_dispute",
    "record_refund",
    "record_session",
    "record_transfer",
    "request_refund",
    "request_transfers",
    "retry_event",
    "settle_intent",
    "settle_refund",
    "settle_transfer",
    "work_off",
]
