"""What a payment file says, and which rows no bank would take. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

from kernel.bankaccounts import typed_bic, typed_iban
from kernel.sentences import sentence

# The characters every SEPA bank takes (EPC 217-08, Best Practices: Latin character set).
_TAKEN = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]")
_WRITTEN = {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "æ": "ae", "Æ": "Ae",
            "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "å": "a", "Å": "A", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
            "þ": "th", "Þ": "Th", "ð": "d", "&": "+", "–": "-", "—": "-", "’": "'", "_": "-"}  # fmt: skip
MOST_MINOR = 99_999_999_999  # 999,999,999.99: the rulebook's highest amount of one transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class Debtor:
    """Whose account pays: the brand's."""

    name: str
    iban: str
    bic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Creditor:
    """One transfer; `reference` is its end-to-end id, which comes back with a return; amount in minor units."""

    reference: str
    name: str
    account: str
    bic: str
    is_iban: bool
    amount_minor: int
    currency: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferOrder:
    """All transfers of one batch; the same order makes the same bytes."""

    reference: str
    made_at: datetime
    execute_on: date
    debtor: Debtor
    creditors: tuple[Creditor, ...]

    @property
    def total_minor(self) -> int:
        """The control sum, in minor units."""
        return sum(each.amount_minor for each in self.creditors)


def sepa_text(text: str, most: int) -> str:
    """Return the text in the characters every SEPA bank takes, at most so many; what has no letter there is lost."""
    spelled = "".join(_WRITTEN.get(char, char) for char in unicodedata.normalize("NFC", text))
    letters = (char for char in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(char))
    return " ".join("".join(char if _TAKEN.match(char) else " " for char in letters).split())[:most].strip()


def unpayable(creditor: Creditor, *, sepa: bool) -> str:
    """Return why no bank would take this row, or an empty string.

    A name is refused when its own letters are lost: what is not Latin cannot be written in a SEPA file.
    """
    if creditor.is_iban and typed_iban(creditor.account).wrong:
        return sentence("the IBAN is not valid")
    if typed_bic(creditor.bic).wrong:
        return sentence("the BIC is not valid")
    if creditor.amount_minor < 1:
        return sentence("the amount is not positive")
    if not sepa:
        return "" if creditor.is_iban or creditor.bic else sentence("the account number has no BIC")
    if not creditor.is_iban:
        return sentence("SEPA needs an IBAN")
    if creditor.currency != "EUR":
        return sentence("SEPA pays EUR, not %(currency)s", currency=creditor.currency)
    if creditor.amount_minor > MOST_MINOR:
        return sentence("the amount is more than a SEPA transfer takes")
    if not any(char.isalpha() for char in sepa_text(creditor.name, 70)):
        return sentence("the name has no letters a SEPA file can hold")
    return ""
