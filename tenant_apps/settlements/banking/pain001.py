"""SEPA credit transfers as pain.001.001.09, after the EPC's customer-to-bank implementation guidelines."""

from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from tenant_apps.settlements.banking.order import Creditor, Debtor, TransferOrder, sepa_text

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_XSD = Path(__file__).with_name("pain.001.001.09.xsd")


def pain001(order: TransferOrder) -> bytes:
    """Return the order as a file: one payment block, each transfer booked by its own reference.

    The same order makes the same bytes. Rows are taken as they are; ask `unpayable` before and
    `schema_errors` after.
    """
    root = etree.Element(etree.QName(NAMESPACE, "Document"), nsmap={None: NAMESPACE})
    start = _node(root, "CstmrCdtTrfInitn")
    header = _node(start, "GrpHdr")
    reference = _id(order.reference)
    _leaf(header, "MsgId", reference)
    _leaf(header, "CreDtTm", order.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _sums(header, order)
    _leaf(_node(header, "InitgPty"), "Nm", sepa_text(order.debtor.name, 70))
    block = _node(start, "PmtInf")
    _leaf(block, "PmtInfId", reference)
    _leaf(block, "PmtMtd", "TRF")
    _leaf(block, "BtchBookg", "true")
    _sums(block, order)
    _leaf(_node(block, "PmtTpInf", "SvcLvl"), "Cd", "SEPA")
    _leaf(_node(block, "ReqdExctnDt"), "Dt", order.execute_on.isoformat())
    _debtor(block, order.debtor)
    _leaf(block, "ChrgBr", "SLEV")
    for creditor in order.creditors:
        _transfer(block, creditor)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return written


def schema_errors(xml: bytes) -> list[str]:
    """Return what ISO 20022's own schema finds wrong in a file, each with its line; none when it is valid."""
    schema = _schema()
    document = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))
    schema.validate(document)
    return [f"line {error.line}: {error.message}" for error in schema.error_log]


@cache
def _schema() -> Any:
    return etree.XMLSchema(etree.parse(_XSD))


def _debtor(block: Any, debtor: Debtor) -> None:
    _leaf(_node(block, "Dbtr"), "Nm", sepa_text(debtor.name, 70))
    _leaf(_node(block, "DbtrAcct", "Id"), "IBAN", debtor.iban)
    bank = _node(block, "DbtrAgt", "FinInstnId")
    if debtor.bic:
        _leaf(bank, "BICFI", debtor.bic)
    else:
        _leaf(_node(bank, "Othr"), "Id", "NOTPROVIDED")


def _transfer(block: Any, creditor: Creditor) -> None:
    transfer = _node(block, "CdtTrfTxInf")
    _leaf(_node(transfer, "PmtId"), "EndToEndId", _id(creditor.reference))
    amount = _leaf(_node(transfer, "Amt"), "InstdAmt", _euros(creditor.amount_minor))
    amount.set("Ccy", creditor.currency)
    if creditor.bic:
        _leaf(_node(transfer, "CdtrAgt", "FinInstnId"), "BICFI", creditor.bic)
    _leaf(_node(transfer, "Cdtr"), "Nm", sepa_text(creditor.name, 70))
    _leaf(_node(transfer, "CdtrAcct", "Id"), "IBAN", creditor.account)
    _leaf(_node(transfer, "RmtInf"), "Ustrd", sepa_text(creditor.purpose, 140))


def _sums(parent: Any, order: TransferOrder) -> None:
    _leaf(parent, "NbOfTxs", str(len(order.creditors)))
    _leaf(parent, "CtrlSum", _euros(order.total_minor))


def _node(parent: Any, *names: str) -> Any:
    for name in names:
        parent = etree.SubElement(parent, etree.QName(NAMESPACE, name))
    return parent


def _leaf(parent: Any, name: str, text: str) -> Any:
    leaf = _node(parent, name)
    leaf.text = text
    return leaf


def _euros(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def _id(reference: str) -> str:
    """Return a reference in the characters of a SEPA id: without an underscore."""
    return reference.replace("_", "-")[:35]
