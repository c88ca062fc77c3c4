"""Payment files a bank takes: SEPA credit transfers as ISO 20022 pain.001.001.09, and a plain CSV.

`pain.001.001.09.xsd` is the message definition of ISO 20022 as published by its registration authority
(build R1.6.15 of 2019-02-14), free to use under the ISO 20022 intellectual property policy; unchanged, as
also shipped by the MIT-licensed package `sepaxml` 2.7.0.
"""

from tenant_apps.settlements.banking.order import Creditor, Debtor, TransferOrder, sepa_text, unpayable
from tenant_apps.settlements.banking.pain001 import pain001, schema_errors
from tenant_apps.settlements.banking.plain import transfers_csv

__all__ = [
    "Creditor",
    "Debtor",
    "TransferOrder",
    "pain001",
    "schema_errors",
    "sepa_text",
    "transfers_csv",
    "unpayable",
]
