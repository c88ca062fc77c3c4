"""The only writers of the books."""

from tenant_apps.ledger.actions.checkpointing import write_checkpoints
from tenant_apps.ledger.actions.closing import close_books
from tenant_apps.ledger.actions.posting import post
from tenant_apps.ledger.actions.posting_all import post_all
from tenant_apps.ledger.actions.reversing import reverse
from tenant_apps.ledger.actions.sealing import seal_books
from tenant_apps.ledger.rules import Booking, Posting

__all__ = [
    "Booking",
    "Posting",
    "close_books",
    "post",
    "post_all",
    "reverse",
    "seal_books",
    "write_checkpoints",
]
