from collections.abc import Iterator

from shared_apps.audit.verifying import Flaw, verifies
from tenant_apps.settlements.proof import settlement_mismatches


@verifies("statements")
def statement_flaws() -> Iterator[Flaw]:
    """Yield every settlement and statement that is not what the books, the lines and the time of issue say."""
    for mismatch in settlement_mismatches():
        yield Flaw(mismatch.check, mismatch.where, mismatch.message)
