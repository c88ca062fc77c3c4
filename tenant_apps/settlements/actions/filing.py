import hashlib
from datetime import datetime

from django.db import transaction

from kernel.actor import Actor
from kernel.bankaccounts import typed_bic, typed_holder, typed_iban
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from tenant_apps.settlements.actions.batching import execution_day, seal, unseal
from tenant_apps.settlements.banking import Creditor, Debtor, TransferOrder, pain001, schema_errors, transfers_csv
from tenant_apps.settlements.banking.order import unpayable
from tenant_apps.settlements.errors import BatchNotReady, RowsRefused
from tenant_apps.settlements.models import BatchFile, BatchItem, PayingAccount, PayoutBatch
from tenant_apps.settlements.queries import items_of
from tenant_apps.settlements.states import BatchMethod, BatchState


@transaction.atomic
def say_paying_account(*, holder: str, iban: str, bic: str, actor: Actor, at: datetime) -> PayingAccount:
    """Write from which of the brand's accounts partners are paid; it holds for batches made from now on.

    Raises InvalidInput naming each wrong field.
    """
    typed = {"holder": typed_holder(holder), "iban": typed_iban(iban), "bic": typed_bic(bic)}
    errors = [{"field": field, "message": each.wrong} for field, each in typed.items() if each.wrong]
    if errors:
        raise InvalidInput(errors=errors)
    name, account, bank = (each.text for each in typed.values())
    said = PayingAccount.objects.create(
        holder=name, iban_sealed=seal(account), iban_last4=account[-4:], bic=bank, said_at=at, said_by=actor.id
    )
    after = {"holder": name, "last4": said.iban_last4, "bic": bank}
    record(actor=actor, verb="paying_account.said", subject=said, at=at, after=after)
    return said


@transaction.atomic
def write_file(*, batch: PayoutBatch, actor: Actor, at: datetime) -> BatchFile:
    """Write an approved batch as the bank gets it, once; asked again it returns the same file.

    Every row is checked and a SEPA file held against ISO 20022's schema before anything is kept. Raises
    RowsRefused (details: `rows`, each with partner and reason) and BatchNotReady.
    """
    batch = PayoutBatch.objects.select_for_update(of=("self",)).select_related("account").get(pk=batch.pk)
    if batch.state == BatchState.WITHDRAWN:
        raise BatchNotReady("The batch was withdrawn; its payouts may stand in another, so its file is not handed out.")
    written = BatchFile.objects.filter(batch=batch).first()
    if written is not None:
        return written
    method = BatchMethod(batch.method)
    if not method.has_file:
        raise BatchNotReady(sentence("A batch by %(method)s has no file.", method=method))
    order = order_of(batch)
    sepa = method is BatchMethod.SEPA
    rows = [
        {"payout": each.reference, "partner": each.name, "reason": reason}
        for each in order.creditors
        if (reason := unpayable(each, sepa=sepa))
    ]
    if rows:
        raise RowsRefused("Some rows cannot be paid; no file was written.", rows=rows)
    content = pain001(order) if sepa else transfers_csv(order)
    if sepa and (wrong := schema_errors(content)):
        raise RowsRefused("The file would not be valid; none was written.", rows=[{"reason": each} for each in wrong])
    file = BatchFile.objects.create(
        batch=batch, name=f"{batch.public_id}.{'xml' if sepa else 'csv'}", content_sealed=seal(content.decode()),
        sha256=hashlib.sha256(content).hexdigest(), written_at=at, written_by=actor.id,
    )  # fmt: skip
    record(actor=actor, verb="batch.file_written", subject=batch, at=at, after={"sha256": file.sha256})
    return file


def download_file(*, batch: PayoutBatch, actor: Actor, at: datetime) -> tuple[str, bytes]:
    """Return the name and the bytes of a batch's file, written now if it was not; who took it is on record.

    Raises as `write_file` does, and BatchNotReady when the stored bytes are not those of their hash.
    """
    file = write_file(batch=batch, actor=actor, at=at)
    content = unseal(file.content_sealed).encode()
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise BatchNotReady("The stored file is not the one that was written; do not pay by it.")
    record(actor=actor, verb="batch.file_downloaded", subject=batch, at=at, after={"sha256": file.sha256})
    return file.name, content


def order_of(batch: PayoutBatch) -> TransferOrder:
    """Return an approved batch as a bank understands it: from its frozen rows alone, so always the same."""
    execute_on, account = execution_day(batch), batch.account
    debtor = Debtor(name="", iban="")
    if account is not None:
        debtor = Debtor(name=account.holder, iban=unseal(account.iban_sealed), bic=account.bic)
    assert batch.approved_at is not None  # noqa: S101  (its state says so)
    return TransferOrder(
        reference=batch.public_id, made_at=batch.approved_at, execute_on=execute_on, debtor=debtor,
        creditors=tuple(_creditor(item) for item in items_of(batch)),
    )  # fmt: skip


def _creditor(item: BatchItem) -> Creditor:
    return Creditor(
        reference=item.reference, name=item.holder, account=unseal(item.account_sealed) if item.account_sealed else "",
        bic=item.bic, is_iban=item.account_kind == "iban", amount_minor=item.amount_minor, currency=item.currency,
        purpose=item.purpose,
    )  # fmt: skip
