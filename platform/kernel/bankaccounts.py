"""How a bank account is written and what is wrong with it: whose it is, its IBAN, its bank. Numbers by stdnum. Pure."""

from dataclasses import dataclass

from stdnum import bic as bics
from stdnum import iban as ibans

from kernel.sentences import sentence

LONGEST_HOLDER = 70


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed, as it is kept, and what is wrong with it; empty when nothing is."""

    text: str
    wrong: str


def typed_holder(text: str) -> Typed:
    """Read the account's holder: one line of printable characters, its blanks as one each."""
    name = one_line(text)
    return Typed(name, "" if 0 < len(name) <= LONGEST_HOLDER else sentence("must have 1 to 70 characters"))


def typed_bic(text: str) -> Typed:
    """Read a BIC, which may be left out."""
    bic = _letters(text)
    wrong = sentence("is no BIC: 8 or 11 characters such as COBADEFFXXX")
    return Typed(bic, "" if not bic or bics.is_valid(bic) else wrong)


def typed_iban(text: str) -> Typed:
    """Read an IBAN."""
    iban = _letters(text)
    return Typed(iban, "" if ibans.is_valid(iban) else sentence("is no IBAN: its check digits do not fit"))


def one_line(text: str) -> str:
    """Return one line of printable characters, its blanks as one each."""
    return " ".join("".join(char for char in text if char.isprintable() or char.isspace()).split())


def _letters(text: str) -> str:
    return "".join(text.upper().split())
