"""What a claim asks for, who loses by it, and what the clock decides. Pure: no database, no clock."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kernel.errors import InvalidInput
from kernel.payload import Payload
from kernel.sentences import sentence
from tenant_apps.disputes.states import Outcome

_RATIO = re.compile(r"[0-9]{1,6}/[0-9]{1,6}")
_DECIMAL = re.compile(r"[0-9]{1,3}(\.[0-9]{1,12})?")
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,10})?) ?%")
_MOST_DAYS = 730


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The brand's terms: how long claims are taken and heard, and what the clock decides.

    `without_evidence`: the claimant showed nothing. `unheard`: there is evidence, there are counterparties,
    and none of them spoke. `contested`: somebody did, or there is nobody but the brand to answer.
    """

    claim_days: int = 60
    hearing_days: int = 14
    without_evidence: Outcome = Outcome.REJECTED
    unheard: Outcome = Outcome.ACCEPTED
    contested: Outcome = Outcome.REJECTED

    def as_dict(self) -> dict[str, Any]:
        """Return the terms as they are stored and shown."""
        return {
            "claim_days": self.claim_days, "hearing_days": self.hearing_days,
            "without_evidence": str(self.without_evidence), "unheard": str(self.unheard),
            "contested": str(self.contested),
        }  # fmt: skip


def parse_terms(payload: Payload) -> Terms:
    """Read terms; what is absent keeps its default. Raises InvalidInput naming the field."""
    names = tuple(Terms.__dataclass_fields__)
    payload.only(*names)
    given: dict[str, Any] = {}
    for name in names:
        found = payload.optional(name)
        if found is None:
            continue
        if name.endswith("_days"):
            days = found.integer(at_least=1)
            if days > _MOST_DAYS:
                raise found.wrong(sentence("must be at most %(most)s", most=_MOST_DAYS))
            given[name] = days
        elif found.value not in (Outcome.ACCEPTED, Outcome.REJECTED):
            raise found.wrong("must be accepted or rejected")
        else:
            given[name] = Outcome(str(found.value))
    return Terms(**given)


def order_name(text: str) -> str:
    """Return a sale's name as people write it, the same for one number however it is written: `#12`, or as it is."""
    name = text.strip().removeprefix("#")
    return f"#{int(name)}" if name.isascii() and name.isdigit() else name


def parse_part(text: object, *, field: str) -> Fraction:
    """Read a part of the whole, 0 to 1: `1/3`, `0.5`, `50 %`. Raises InvalidInput naming the field."""
    told = text.strip() if isinstance(text, str) else ""
    percent = _PERCENT.fullmatch(told)
    if percent:
        part = Fraction(Decimal(percent[1])) / 100
    elif _RATIO.fullmatch(told) and int(told.partition("/")[2]):
        part = Fraction(*(int(number) for number in told.split("/")))
    elif _DECIMAL.fullmatch(told):
        part = Fraction(Decimal(told))
    else:
        raise InvalidInput(field=field, message="must be a part of the whole such as 1/3, 0.5 or 50 %")
    if part > 1:
        raise InvalidInput(field=field, message="must not be more than the whole")
    return part


def shares_after(shares: Mapping[str, Fraction], claimant: str, part: Fraction) -> dict[str, Fraction]:
    """Return everybody's part of a conversion when the claimant's is `part`; those who have none are left out.

    What nobody has is given first; the rest comes from the others in proportion to what they have, so a
    claim favours none of them. The sum stays what it was, or grows up to the whole by what nobody had.
    Raises ValueError when the part is less than the claimant has, or more than there is.
    """
    own = shares.get(claimant, Fraction(0))
    others = {name: share for name, share in shares.items() if name != claimant}
    total = sum(others.values(), Fraction(0))
    free = max(Fraction(0), 1 - total - own)
    missing = max(Fraction(0), part - own - free)
    if part < own or missing > total:
        raise ValueError("the part must be between what the claimant has and what there is")
    left = (total - missing) / total if total else Fraction(0)
    after = {name: share * left for name, share in others.items()} | {claimant: part}
    return {name: share for name, share in after.items() if share}


def losses(shares: Mapping[str, Fraction], claimant: str, part: Fraction) -> dict[str, Fraction]:
    """Return which part of its own share each counterparty would lose: above 0, at most 1."""
    after = shares_after(shares, claimant, part)
    return {
        name: (share - after.get(name, Fraction(0))) / share
        for name, share in shares.items()
        if after.get(name, Fraction(0)) < share
    }


def outcome_of(granted: Fraction, *, had: Fraction, claimed: Fraction) -> Outcome:
    """Return the word for what is granted: no more than the claimant had, all of the claim, or something between."""
    if granted <= had:
        return Outcome.REJECTED
    return Outcome.ACCEPTED if granted >= claimed else Outcome.PARTLY


def automatic_outcome(*, terms: Terms, has_evidence: bool, counterparties: int, heard: int) -> Outcome:
    """Return what the clock decides when nobody has."""
    if not has_evidence:
        return terms.without_evidence
    return terms.unheard if counterparties and not heard else terms.contested
