from kernel.sentences import sentence
from shared_apps.brands.entering import entered_brand
from shared_apps.outbox.errors import RetryLater
from shared_apps.outbox.subscribing import subscribe
from shared_apps.partners.actions import record_statement
from tenant_apps.payments.events import TransferFailed, TransferReversed, TransferSucceeded
from tenant_apps.settlements.actions import follow_failure, follow_reversal, follow_success, issue_statement
from tenant_apps.settlements.calendar import brand_zone
from tenant_apps.settlements.errors import EarlierSettlementOpen
from tenant_apps.settlements.events import CreditNoteIssued, SettlementApproved, StatementIssued, StatementPartsPrinted
from tenant_apps.settlements.printing import go_on_printing, print_statement
from tenant_apps.settlements.queries import credit_note_by_ref, settlement_by_ref, statement_by_ref, statement_to_print


@subscribe(SettlementApproved)
def issue(event: SettlementApproved) -> None:
    settlement = settlement_by_ref(event.settlement_ref)
    if settlement is None:
        raise RetryLater(sentence("Settlement %(settlement)s is not there yet.", settlement=event.settlement_ref))
    try:
        issue_statement(settlement=settlement, at=event.at)
    except EarlierSettlementOpen as earlier:
        raise RetryLater(earlier.message) from earlier


@subscribe(StatementIssued)
def list_for_partner(event: StatementIssued) -> None:
    statement = statement_by_ref(event.statement_ref)
    if statement is None:
        raise RetryLater(sentence("Statement %(statement)s is not there yet.", statement=event.statement_ref))
    settlement, zone = statement.settlement, brand_zone()
    record_statement(
        brand=entered_brand(), partner_ref=settlement.partner_ref, settlement_ref=settlement.public_id,
        statement_ref=statement.public_id, number=statement.number, version=statement.version,
        period_label=settlement.period.label, first_on=settlement.period.first_on(zone),
        last_on=settlement.period.last_on(zone), currency=settlement.currency, net_minor=settlement.net_minor,
        payout_minor=settlement.payout_minor,
        closing_minor=settlement.closing_minor, sha256=statement.sha256, issued_at=statement.issued_at,
    )  # fmt: skip


@subscribe(StatementIssued, effect=True)
def print_pdf(event: StatementIssued) -> None:
    statement = statement_to_print(event.statement_ref)
    if statement is not None:
        go_on_printing(statement)


@subscribe(StatementPartsPrinted, effect=True)
def print_next_parts(event: StatementPartsPrinted) -> None:
    """Print what follows; each step then asks for the next, so no delivery outlasts its lease."""
    statement = statement_to_print(event.statement_ref)
    if statement is not None:
        go_on_printing(statement)


@subscribe(TransferSucceeded)
def confirm_transferred(event: TransferSucceeded) -> None:
    """Mark a payout as paid whose transfer arrived."""
    follow_success(
        payout_ref=event.payout_ref, attempt=event.attempt, transfer_ref=event.transfer_ref, at=event.at
    )  # fmt: skip


@subscribe(TransferFailed)
def fail_transferred(event: TransferFailed) -> None:
    """Let a payout be paid again whose transfer was refused."""
    follow_failure(
        payout_ref=event.payout_ref, attempt=event.attempt, transfer_ref=event.transfer_ref, at=event.at
    )  # fmt: skip


@subscribe(TransferReversed)
def return_transferred(event: TransferReversed) -> None:
    """Owe again what came back of a transfer: the payout, or a part of it."""
    follow_reversal(
        payout_ref=event.payout_ref, attempt=event.attempt, reversal_ref=event.reversal_ref,
        amount_minor=event.amount_minor, is_whole=event.is_whole, at=event.at,
    )  # fmt: skip


@subscribe(CreditNoteIssued, effect=True)
def print_credit_note(event: CreditNoteIssued) -> None:
    credit_note = credit_note_by_ref(event.credit_note_ref)
    if credit_note is not None:
        print_statement(credit_note)
