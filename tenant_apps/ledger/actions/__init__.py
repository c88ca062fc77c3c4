"""The only writers of the books."""

from tenant_apps.ledger.actions.checkpointing import write_checkpoints
from tenant_apps.ledger.actions.closing import close_books
from tenant_apps.ledger.actions.posting import post
from tenant_apps.ledger.actions.reversing import reverse
from tenant_apps.ledger.actions.sealing import seal_books
from tenant_apps.ledger.rules import Posting

__all__ = ["Posting", "close_books", "post", "reverse", "seal_books", "write_checkpoints"]
