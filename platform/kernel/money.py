"""Money in integer minor units of one currency."""

import copy
import re
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import total_ordering
from typing import Self

from babel import Locale

from kernel.currencies import exponent
from kernel.errors import DomainError, InvalidInput
from kernel.sentences import sentence

_AMOUNT = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,30})(?:\.(?P<decimals>[0-9]{1,10}))?")


class MixedCurrencies(DomainError):
    """Amounts of two currencies never meet without a stored rate."""

    code = "mixed_currencies"

    def __init__(self, *, left: str, right: str) -> None:
        super().__init__(f"{left} and {right} cannot be combined.", left=left, right=right)


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units: `Money(1050, "EUR")` is 10.50 EUR, `Money(1050, "KRW")` 1050 won.

    Refuses floats, bools and unknown currencies when made, other currencies when combined.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            raise TypeError("an amount is an integer in minor units")
        exponent(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing, in a currency."""
        return cls(0, currency)

    @classmethod
    def parse_decimal(cls, text: str, currency: str, *, field: str = "amount") -> Self:
        """Read "10.50" as an exact amount of the currency.

        More decimals than the currency has are refused, not rounded; fewer are filled.
        Raises InvalidInput naming `field`.
        """
        digits = exponent(currency)
        match = _AMOUNT.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise InvalidInput(field=field, message='must be a decimal string such as "10.50"')
        decimals = match["decimals"] or ""
        if len(decimals) > digits:
            raise InvalidInput(
                field=field, message=sentence("%(currency)s has %(digits)s decimals", currency=currency, digits=digits)
            )
        magnitude = int(match["whole"] + decimals.ljust(digits, "0"))
        return cls(-magnitude if match["sign"] else magnitude, currency)

    @property
    def exponent(self) -> int:
        """Return how many decimals the currency has."""
        return exponent(self.currency)

    def to_decimal(self) -> Decimal:
        """Return the amount in major units, exact, with the currency's decimals."""
        sign, digits, _ = Decimal(self.minor).as_tuple()
        return Decimal((sign, digits, -self.exponent))

    def format(self, locale: str = "en") -> str:
        """Write the amount as people of the locale do, always with the currency's own decimals.

        The locale is a BCP 47 or POSIX tag ("de", "ko-KR"). Raises ValueError or babel's
        UnknownLocaleError for a tag that is none.
        """
        parsed = Locale.parse(locale.replace("-", "_"))
        pattern = copy.copy(parsed.currency_formats["standard"])
        pattern.frac_prec = (self.exponent, self.exponent)
        with localcontext(prec=len(str(self.minor)) + 20):  # exact beyond 28 digits too
            text: str = pattern.apply(self.to_decimal(), parsed, currency=self.currency, currency_digits=False)
        return text

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __abs__(self) -> "Money":
        return Money(abs(self.minor), self.currency)

    def __mul__(self, times: int) -> "Money":
        if isinstance(times, bool) or not isinstance(times, int):
            raise TypeError("money is multiplied by whole numbers; use kernel.rates for rates")
        return Money(self.minor * times, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other).minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.to_decimal()} {self.currency}"

    def _same(self, other: object) -> "Money":
        if not isinstance(other, Money):
            raise TypeError(f"money expected, got {type(other).__name__}")
        if other.currency != self.currency:
            raise MixedCurrencies(left=self.currency, right=other.currency)
        return other
