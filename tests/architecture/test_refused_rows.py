"""What no code can write about money: each constraint of its tables refuses a row made for it, by its own name.

Rules and actions refuse first and say why. These are for the day when one of them is wrong.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from tests.rows import Row, row

MONEY = (
    "catalog", "programs", "payments", "orders", "attribution", "commissions", "ledger", "settlements", "disputes",
)  # fmt: skip
AT, LATER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
# Rows a CHECK refuses: one for each thing that it says.
CHECKED: dict[str, tuple[str, list[Row]]] = {
    "price_positive": ("catalog.Price", [{"amount_minor": 0}, {"cost_minor": -1}]),
    "price_tax_rate": ("catalog.Price", [{"tax_rate": -1}, {"tax_rate": 1}]),
    "contract_version_agreed": ("programs.ContractVersion", [
        {"state": "effective", "effective_from": None}, {"state": "accepted", "effective_from": None},
        {"state": "ended", "effective_from": None}, {"state": "draft", "effective_from": AT},
        {"state": "proposed", "effective_to": AT},
    ]),
    "contract_version_times": ("programs.ContractVersion", [
        {"state": "ended", "effective_from": AT, "effective_to": AT},
    ]),
    "intent_positive": ("payments.PaymentIntent", [{"amount_minor": 0, "tax_minor": 0}, {"tax_minor": -1},
                                                   {"tax_minor": 6}]),
    "charge_never_over_taken": ("payments.Charge", [
        {"refunded_minor": -1}, {"refunding_minor": -1}, {"disputed_minor": -1},
        {"amount_minor": 5, "refunded_minor": 2, "refunding_minor": 2, "disputed_minor": 2},
    ]),
    "refund_positive": ("payments.Refund", [{"amount_minor": 0}]),
    "partner_transfer_positive": ("payments.PartnerTransfer", [{"amount_minor": 0}]),
    "partner_transfer_never_over_reversed": ("payments.PartnerTransfer", [
        {"reversed_minor": -1}, {"amount_minor": 5, "reversed_minor": 6},
    ]),
    "transfer_reversal_positive": ("payments.TransferReversal", [{"amount_minor": 0}]),
    "dispute_positive": ("payments.Dispute", [{"amount_minor": 0}]),
    "dispute_funds_within_amount": ("payments.Dispute", [
        {"reinstated_minor": -1}, {"amount_minor": 5, "withdrawn_minor": 6}, {"amount_minor": 5, "withdrawn_minor": 4,
                                                                             "reinstated_minor": 5},
    ]),
    "order_taken_within_total": ("orders.Order", [
        {"refunded_minor": -1}, {"disputed_minor": -1},
        {"total_minor": 5, "refunded_minor": 3, "disputed_minor": 3},
    ]),
    "order_total_positive": ("orders.Order", [{"total_minor": 0}]),
    "line_taken_within_gross": ("orders.Line", [
        {"refunded_minor": -1}, {"disputed_minor": -1},
        {"gross_minor": 5, "discount_minor": 2, "refunded_minor": 2, "disputed_minor": 2},
    ]),
    "line_refund_not_negative": ("orders.LineRefund", [{"amount_minor": -1}]),
    "outside_refund_within_told": ("orders.OutsideRefund", [
        {"amount_minor": 0, "applied_minor": 0}, {"applied_minor": -1}, {"applied_minor": 6},
    ]),
    "line_dispute_signed": ("orders.LineDispute", [
        {"amount_minor": -1}, {"step": "won", "amount_minor": 1}, {"step": "lost", "amount_minor": 1},
        {"step": "lost", "amount_minor": -1}, {"step": "else", "amount_minor": 0},
    ]),
    "deal_names_somebody": ("attribution.Deal", [{"email": "", "domain": "", "phone": ""}]),
    "deal_protected_once_qualified": ("attribution.Deal", [
        {"qualified_at": AT, "protected_until": AT}, {"protected_until": None, "qualified_at": AT},
    ]),
    "attribution_versions_chained": ("attribution.Attribution", [
        {"version": 2, "previous_id": None}, {"version": 1, "previous_id": 1}, {"version": 0, "previous_id": None},
    ]),
    "agent_entry_is_about_one": ("attribution.AgentEntry", [
        {"customer_ref": "", "order_ref": ""}, {"customer_ref": "cus_1", "order_ref": "ord_1"},
    ]),
    "imported_touch_names_somebody": ("attribution.ImportedTouch", [{"visitor_ref": "", "customer_key": ""}]),
    "import_within_its_rows": ("attribution.Import", [{"rows_total": 5, "rows_done": 6}]),
    "commission_kind_fits": ("commissions.Commission", [
        {"amount_minor": -1}, {"kind": "bonus", "amount_minor": -1},
        {"kind": "level", "amount_minor": -1, "period": ""},
        {"reverses_id": 1}, {"kind": "true_up", "reverses_id": 1}, {"kind": "adjustment", "reverses_id": 1},
        {"kind": "manual", "reverses_id": 1}, {"kind": "level", "period": "2026-03", "reverses_id": 1},
        {"kind": "reversal", "amount_minor": -1}, {"kind": "clawback", "amount_minor": -1},
        {"kind": "reversal", "amount_minor": 1, "reverses_id": 1}, {"kind": "reinstatement"},
        {"kind": "clawback", "amount_minor": 1, "reverses_id": 1},
        {"kind": "reinstatement", "amount_minor": 0, "reverses_id": 1}, {"kind": "gift"},
    ]),
    "exchange_rate_positive": ("commissions.ExchangeRate", [{"rate": 0}]),
    "exchange_rate_of_two": ("commissions.ExchangeRate", [{"base": "EUR", "quote": "EUR"}]),
    "transfer_positive": ("ledger.Transfer", [{"amount_minor": 0}, {"amount_minor": -1}]),
    "transfer_two_accounts": ("ledger.Transfer", [{"debit_id": 7, "credit_id": 7}]),
    "settlement_two_persons": ("settlements.Settlement", [{"drafted_by": "usr_1", "approved_by": "usr_1"}]),
    "settlement_net_adds_up": ("settlements.Settlement", [
        {"earned_minor": 5, "clawback_minor": -2, "net_minor": 5, "closing_minor": 5},
        {"earned_minor": 5, "net_minor": 4, "closing_minor": 4},
    ]),
    "settlement_closing_adds_up": ("settlements.Settlement", [
        {name: 1} for name in ("opening_minor", "adjustment_minor", "vat_minor", "withholding_minor",
                               "reserve_released_minor", "payout_minor", "closing_minor")
    ] + [{"reserve_held_minor": 1, "reserve_until": AT}, {"net_minor": 1, "earned_minor": 1}]),
    "settlement_payout_not_negative": ("settlements.Settlement", [{"payout_minor": -1, "closing_minor": 1}]),
    "settlement_reserve_ends": ("settlements.Settlement", [
        {"reserve_held_minor": 1, "closing_minor": -1}, {"reserve_held_minor": -1, "closing_minor": 1,
                                                         "reserve_until": AT},
    ]),
    "adjustment_not_zero": ("settlements.Adjustment", [{"amount_minor": 0}]),
    "adjustment_two_persons": ("settlements.Adjustment", [
        {"proposed_by": "usr_1", "decided_by": "usr_1", "state": "approved"},
    ]),
    "adjustment_settled_when_approved": ("settlements.Adjustment", [{"settlement_id": 1}]),
    "adjustment_set_off_with_a_brand": ("settlements.Adjustment", [
        {"kind": "set_off"}, {"kind": "write_off", "other_brand": "brd_1"},
    ]),
    "payout_positive": ("settlements.Payout", [{"amount_minor": 0}]),
    "payout_never_over_returned": ("settlements.Payout", [
        {"returned_minor": -1}, {"amount_minor": 5, "returned_minor": 6},
    ]),
    "batch_two_persons": ("settlements.PayoutBatch", [{"made_by": "usr_1", "approved_by": "usr_1"}]),
    "batch_not_empty": ("settlements.PayoutBatch", [{"count": 0}, {"total_minor": 0}]),
    "batch_item_positive": ("settlements.BatchItem", [{"amount_minor": 0}]),
    "correction_two_persons": ("settlements.Correction", [
        {"proposed_by": "usr_1", "decided_by": "usr_1", "state": "approved"},
    ]),
    "vat_rate_is_a_share": ("settlements.VatRate", [{"rate": -1}, {"rate": 2}]),
    "credit_dispute_outcome_fits": ("disputes.CreditDispute", [
        {"state": "decided"}, {"state": "expired"},
        *({"state": state, "outcome": "rejected"} for state in ("submitted", "opened", "hearing", "withdrawn")),
    ]),
    "evidence_file_or_link": ("disputes.Evidence", [
        {"url": "", "sha256": ""}, {"url": "https://x.example", "sha256": "00"},
    ]),
}  # fmt: skip

# What two rows may not share, and what one of them may say to be allowed beside the other.
ONCE: dict[str, tuple[str, Row, list[Row]]] = {
    "price_one_active_per_currency": (
        "catalog.Price", {"offer_id": 1, "currency": "EUR", "active": True}, [{"active": False}],
    ),
    "enrollment_once_per_role": (
        "programs.Enrollment", {"program_id": 1, "partner_ref": "par_1", "role": "affiliate"}, [{"role": "agent"}],
    ),
    "contract_version_number_once": ("programs.ContractVersion", {"enrollment_id": 1, "number": 1}, [{"number": 2}]),
    "contract_version_one_open": (
        "programs.ContractVersion",
        {"enrollment_id": 1, "currency": "EUR", "state": "effective", "effective_from": AT},
        [{"effective_to": LATER}, {"currency": "USD"}, {"effective_from": None, "state": "draft"}],
    ),
    "contract_version_one_proposed": (
        "programs.ContractVersion", {"enrollment_id": 1, "currency": "EUR", "state": "proposed"}, [{"state": "draft"}],
    ),
    "provider_one_active": ("payments.ProviderAccount", {"provider": "stripe", "active": True}, [{"active": False}]),
    "provider_account_once": (
        "payments.ProviderAccount", {"provider": "stripe", "account_id": "acct_1", "active": False},
        [{"account_id": "acct_2"}],
    ),
    "intent_one_live_per_order": (
        "payments.PaymentIntent", {"order_ref": "ord_1", "state": "succeeded"}, [{"state": "canceled"}],
    ),
    "transfer_attempt_once": ("payments.PartnerTransfer", {"payout_ref": "pay_1", "attempt": 1}, [{"attempt": 2}]),
    "inbound_event_once": (
        "payments.InboundEvent", {"provider": "stripe", "account_id": "acct_1", "event_id": "evt_1"},
        [{"account_id": "acct_2"}],
    ),
    "order_once_per_source": ("orders.Order", {"source": "shop", "external_id": "1"}, [{"source": "other"}]),
    "line_position_once": ("orders.Line", {"order_id": 1, "position": 1}, [{"position": 2}]),
    "line_refund_once": ("orders.LineRefund", {"line_id": 1, "refund_ref": "ref_1"}, [{"line_id": 2}]),
    "outside_refund_once_per_source": (
        "orders.OutsideRefund", {"source": "shop", "external_id": "1"}, [{"source": "other"}],
    ),
    "line_dispute_step_once": (
        "orders.LineDispute", {"line_id": 1, "dispute_ref": "dp_1", "step": "opened"}, [{"dispute_ref": "dp_2"}],
    ),
    "line_dispute_closed_once": (
        "orders.LineDispute", {"line_id": 1, "dispute_ref": "dp_1", "step": "won", "amount_minor": 0},
        [{"step": "opened"}],
    ),
    "policy_number_once": ("attribution.Policy", {"program_id": None, "number": 1}, [{"program_id": 1}]),
    "attribution_version_once": ("attribution.Attribution", {"order_ref": "ord_1"}, [{"order_ref": "ord_2"}]),
    "share_position_once": ("attribution.Share", {"attribution_id": 1, "position": 1}, [{"position": 2}]),
    "share_once_per_enrollment": (
        "attribution.Share", {"attribution_id": 1, "enrollment_id": 1}, [{"enrollment_id": 2}],
    ),
    "suspicion_once_per_pair": (
        "attribution.DuplicateSuspicion", {"earlier_ref": "ord_1", "later_ref": "ord_2"}, [{"later_ref": "ord_3"}],
    ),
    "import_row_once": ("attribution.ImportRow", {"file_id": 1, "number": 1}, [{"number": 2}]),
    "commission_once_per_share_and_line": (
        "commissions.Commission",
        {"attribution_ref": "att_1", "enrollment_id": 1, "line_ref": "lin_1", "voided_by": ""},
        [{"voided_by": "att_2"}, {"kind": "level"}, {"line_ref": "lin_2"}],
    ),
    "reversal_once_per_cause": (
        "commissions.Commission",
        {"kind": "reversal", "amount_minor": -1, "reverses_id": 1, "cause_ref": "ref_1"}, [{"cause_ref": "ref_2"}],
    ),
    "manual_line_once_per_key": ("commissions.Commission", {"kind": "manual", "cause_ref": "key"}, [{"kind": "bonus"}]),
    "account_once": ("ledger.Account", {"code": "sales", "currency": "EUR"}, [{"currency": "USD"}]),
    "transfer_position_once": ("ledger.Transfer", {"entry_id": 1, "position": 1}, [{"position": 2}]),
    "checkpoint_once": ("ledger.Checkpoint", {"account_id": 1, "up_to_transfer_id": 1}, [{"up_to_transfer_id": 2}]),
    "periods_never_overlap": (
        "settlements.Period", {"starts_at": AT, "ends_at": LATER},
        [{"starts_at": LATER, "ends_at": datetime(2026, 5, 1, tzinfo=UTC)}],
    ),
    "settlement_once": (
        "settlements.Settlement", {"period_id": 1, "partner_ref": "par_1", "currency": "EUR"}, [{"currency": "USD"}],
    ),
    "adjustment_once_per_cause": (
        "settlements.Adjustment", {"kind": "payout_returned", "cause_ref": "trr_1"}, [{"kind": "correction"}],
    ),
    "batch_item_attempt_once": ("settlements.BatchItem", {"payout_id": 1, "attempt": 1}, [{"attempt": 2}]),
    "batch_item_position": ("settlements.BatchItem", {"batch_id": 1, "position": 1}, [{"position": 2}]),
    "statement_version_once": ("settlements.Statement", {"settlement_id": 1, "version": 1}, [{"version": 2}]),
    "correction_one_of_a_version": ("settlements.Correction", {"statement_id": 1}, [{"state": "declined"}]),
    "credit_dispute_one_open": (
        "disputes.CreditDispute", {"order_ref": "ord_1", "claimant_id": 1, "state": "hearing"},
        [{"state": "withdrawn"}, {"claimant_id": 2}],
    ),
    "credit_dispute_one_submitted": (
        "disputes.CreditDispute", {"order_named": "77", "claimant_id": 1, "state": "submitted"},
        [{"state": "withdrawn"}],
    ),
    "party_once": ("disputes.Party", {"dispute_id": 1, "enrollment_id": 1}, [{"enrollment_id": 2}]),
}  # fmt: skip
# What the second one says, where another rule would refuse it first.
ELSE: dict[str, Row] = {"line_dispute_closed_once": {"step": "lost"}}

# Columns no two rows share; every public id is one.
ALONE = {
    "catalog.Product": "code", "catalog.Offer": "slug", "programs.Program": "name", "programs.Link": "code",
    "programs.ContractDecision": "version_id", "payments.PaymentIntent": "idempotency_key",
    "payments.Charge": "intent_id provider_charge_id", "payments.Refund": "idempotency_key provider_refund_id",
    "payments.PartnerTransfer": "provider_transfer_id", "payments.TransferReversal": "provider_reversal_id",
    "payments.Dispute": "provider_dispute_id", "orders.Order": "number", "orders.OutsideRefund": "idempotency_key",
    "attribution.Attribution": "previous_id", "attribution.ImportedTouch": "external_id", "ledger.Entry": "cause",
    "ledger.BooksClosed": "until", "ledger.Seal": "number previous_hash hash", "settlements.Period": "label",
    "settlements.CadenceChange": "starts_at", "settlements.SettlementLine": "commission_id",
    "settlements.Payout": "settlement_id", "settlements.BatchFile": "batch_id",
    "settlements.StatementCounter": "series", "settlements.Statement": "number",
    "settlements.CreditNote": "statement_id number", "settlements.VatRateEnd": "rate_id",
    "disputes.DisputePolicy": "number",
}  # fmt: skip

UNSIGNED = models.PositiveIntegerField | models.PositiveSmallIntegerField


def refusal_of(*rows: models.Model) -> str:
    """Write rows and take them back; return which constraint refused the last one, '' where none did."""
    try:
        with transaction.atomic():
            for each in rows:
                each.save(force_insert=True)
            transaction.set_rollback(True)
    except IntegrityError as refused:
        return str(refused.__cause__.diag.constraint_name)  # type: ignore[union-attr]
    return ""


def money_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in MONEY]


def kept() -> Iterator[tuple[str, str, list[str]]]:
    """Yield what the database keeps of the brand's money tables: table, name, columns of each rule."""
    tables = [model._meta.db_table for model in money_models()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.relname, c.conname, ARRAY(SELECT attname FROM pg_attribute "
            "WHERE attrelid = t.oid AND attnum = ANY (c.conkey)) FROM pg_constraint c "
            "JOIN pg_class t ON t.oid = c.conrelid WHERE t.relnamespace = current_schema()::regnamespace "
            "AND c.contype IN ('c', 'u', 'x') AND t.relname = ANY (%(tables)s) UNION "
            "SELECT t.relname, i.relname, '{}' FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid "
            "JOIN pg_class t ON t.oid = x.indrelid WHERE t.relnamespace = current_schema()::regnamespace "
            "AND x.indisunique AND NOT x.indisprimary AND x.indpred IS NOT NULL AND t.relname = ANY (%(tables)s)",
            {"tables": tables},
        )
        yield from cursor.fetchall()


def test_every_rule_that_the_database_keeps_about_money_has_rows_made_for_it(in_aurora: Any) -> None:
    named, by_column = set(CHECKED) | set(ONCE), set()
    for table, name, columns in kept():
        if name not in named:
            assert len(columns) == 1, name
            by_column.add((table, columns[0]))
    alone = {(apps.get_model(label)._meta.db_table, name) for label, names in ALONE.items() for name in names.split()}
    own = {
        (model._meta.db_table, field.column)
        for model in money_models() for field in model._meta.concrete_fields
        if field.name == "public_id" or isinstance(field, UNSIGNED)
    }  # fmt: skip
    assert by_column == alone | own
    assert {name for _, name, _ in kept()} >= named


def test_a_check_refuses_each_row_made_for_it_and_no_good_one(in_aurora: Any) -> None:
    for name, (label, wrong) in CHECKED.items():
        assert (label, refusal_of(row(label, {}))) == (label, "")
        assert [(each, refusal_of(row(label, each))) for each in wrong] == [(each, name) for each in wrong]


def test_what_there_may_be_once_is_refused_twice_and_only_then(in_aurora: Any) -> None:
    for name, (label, same, free) in ONCE.items():
        again = same | ELSE.get(name, {})
        assert (name, refusal_of(row(label, same), row(label, again))) == (name, name)
        allowed = [refusal_of(row(label, same), row(label, same | other)) for other in free]
        assert (name, allowed) == (name, [""] * len(free))


@pytest.mark.parametrize("app", MONEY)
def test_no_two_rows_share_an_id_or_a_key(in_aurora: Any, app: str) -> None:
    # The second decision on an order follows the first.
    also: dict[str, Row] = {"previous_id": {"version": 2, "previous_id": 1}}
    for model in apps.get_app_config(app).get_models():
        label, table = model._meta.label, model._meta.db_table
        ids = [field.attname for field in model._meta.concrete_fields if field.name == "public_id"]
        for name in [*ids, *ALONE.get(label, "").split()]:
            first = row(label, also.get(name, {}))
            if getattr(first, name) in (None, ""):
                setattr(first, name, "x")
            again = row(label, also.get(name, {}) | {name: getattr(first, name)})
            assert (label, name, refusal_of(first, again).startswith(f"{table}_")) == (label, name, True)


def test_what_is_counted_is_never_less_than_nothing(in_aurora: Any) -> None:
    for model in money_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, UNSIGNED):
                refused = refusal_of(row(model._meta.label, {field.attname: -1}))
                assert (model._meta.label, field.attname, refused) > (model._meta.label, field.attname, "")
