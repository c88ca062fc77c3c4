from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max

from tenant_apps.ledger.actions.sealing import watermark
from tenant_apps.ledger.models import Transfer

LEAST_NEW = 500

_WRITE = """
    INSERT INTO ledger_checkpoint (account_id, up_to_transfer_id, debit_minor, credit_minor, written_at)
    SELECT a.id, %(bound)s, COALESCE(last.debit_minor, 0) + d.total, COALESCE(last.credit_minor, 0) + c.total, %(at)s
    FROM ledger_account a
    LEFT JOIN LATERAL (
        SELECT up_to_transfer_id, debit_minor, credit_minor FROM ledger_checkpoint
        WHERE account_id = a.id ORDER BY up_to_transfer_id DESC LIMIT 1
    ) last ON true
    CROSS JOIN LATERAL (
        SELECT count(*) AS count, COALESCE(sum(amount_minor), 0)::bigint AS total FROM ledger_transfer
        WHERE debit_id = a.id AND id > COALESCE(last.up_to_transfer_id, %(lowest)s) AND id <= %(bound)s
    ) d
    CROSS JOIN LATERAL (
        SELECT count(*) AS count, COALESCE(sum(amount_minor), 0)::bigint AS total FROM ledger_transfer
        WHERE credit_id = a.id AND id > COALESCE(last.up_to_transfer_id, %(lowest)s) AND id <= %(bound)s
    ) c
    WHERE d.count + c.count >= %(least)s
    ON CONFLICT (account_id, up_to_transfer_id) DO NOTHING
"""


def write_checkpoints(*, at: datetime, patience: float = 10.0, least_new: int = LEAST_NEW) -> int:
    """Write down the sums of each account that moved at least `least_new` times since its last checkpoint.

    Up to a safe bound only, as seals: the highest transfer is read first, then all who were booking are
    waited for, so no transfer can come to lie at or below it. Returns how many were written. `patience`
    is in seconds. Raises BooksBusy.
    """
    bound = Transfer.objects.aggregate(highest=Max("pk"))["highest"]
    if bound is None:
        return 0
    watermark(patience)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_WRITE, {"bound": bound, "at": at, "least": least_new, "lowest": -(2**63)})
        return int(cursor.rowcount)
