from shared_apps.audit.verifying import verifies
from tenant_apps.ledger.queries import flaws

verifies("books")(flaws)
