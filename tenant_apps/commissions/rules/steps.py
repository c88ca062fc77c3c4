"""Steps from a sale to an amount: kept as a code with its facts, worded when somebody reads them.

What is stored never changes, and readers speak three languages: so no sentence is stored. `STEPS` and `WHYS` are
the English words; `queries.wording` says them in the reader's language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kernel.sentences import Sentence

STEPS: dict[str, tuple[str, str]] = {
    "rule": ("Rule", "%(rule)s"),
    "rule_skipped": ("Rule %(rule)s does not match", "%(why)s"),
    "undecided": ("Cannot be decided", "%(why)s"),
    "window_over": ("Window over", "%(why)s"),
    "share": ("Share of the conversion", "%(share)s"),
    "fixed_per_unit": ("Fixed per unit", "%(amount)s × %(quantity)s"),
    "fixed_per_order": ("Fixed per order", "%(amount)s"),
    "fixed_before": ("Fixed per order", "paid on an earlier line"),
    "gross": ("Gross", "%(amount)s"),
    "net": ("Net", "%(amount)s"),
    "net_of": ("Net", "%(gross)s − %(discount)s − %(tax)s = %(amount)s"),
    "rate": ("Rate", "%(rate)s"),
    "cost": ("Cost", "%(amount)s × %(quantity)s"),
    "margin": ("Margin", "%(amount)s"),
    "revenue_before": ("Period revenue before", "%(amount)s"),
    "revenue_with": ("Period revenue with this line", "%(amount)s"),
    "count_with": ("Lines in the period with this one", "%(count)s"),
    "tier": ("Tier reached", "from %(lower)s: %(rate)s"),
    "tier_each": ("Tier reached", "from %(lower)s: %(amount)s each"),
    "slice": ("Slice from %(lower)s", "%(amount)s × %(rate)s"),
    "due": ("Due for the whole period", "%(amount)s"),
    "earned": ("Already earned in it", "%(amount)s"),
    "before_rounding": ("Before rounding", "%(amount)s"),
    "minimum": ("Raised to the minimum", "%(amount)s"),
    "maximum": ("Lowered to the maximum", "%(amount)s"),
    "cap": ("Cut by the cap", "%(amount)s, of which %(used)s is used"),
    "cap_per": ("Cut by the cap", "%(amount)s per %(each)s, of which %(used)s is used"),
    "cap_per_both": ("Cut by the cap", "%(amount)s per %(each)s and %(span)s, of which %(used)s is used"),
    "commission": ("Commission", "%(amount)s"),
    "period": ("Period", "%(period)s"),
    "revenue_kept": ("Period revenue after refunds", "%(amount)s"),
    "count_kept": ("Lines in the period after refunds", "%(count)s"),
    "beside": ("Due beside the tiers", "%(amount)s"),
    "bonus_from": ("Bonus from", "%(lower)s"),
    "level": ("Level", "%(level)s"),
    "recruit_credited": ("Credited to the recruit", "%(amount)s"),
    "recruit_earned": ("Commission of the recruit", "%(amount)s"),
    "no_contract": ("No contract", "in %(currency)s on %(day)s"),
    "no_exchange_rate": ("No exchange rate", "%(base)s to %(quote)s on %(day)s"),
    "sold_for": ("Sold for", "%(amount)s"),
    "exchange": ("Exchange rate", "1 %(base)s = %(units)s %(quote)s, %(day)s, %(source)s"),
    "held_without_price": ("Held without a price", "%(line)s"),
    "priced_again": ("Priced again on", "%(day)s"),
    "by_contract": ("By the contract", "%(contract)s"),
    "by_contract_recorded": ("By the contract", "%(contract)s, recorded on %(day)s"),
    "recruit_trued_up": ("True-up of the recruit", "%(amount)s"),
    "due_of_true_ups": ("Due for all true-ups of the period", "%(amount)s"),
    "takes_back_from": ("Takes back from", "%(line)s"),
    "paid_by_customer": ("Paid by the customer", "%(amount)s"),
    "returned_on": ("Went back on", "%(day)s"),
    "back_with_customer": ("Back with the customer", "%(amount)s"),
    "to_take_back": ("To take back in all", "%(amount)s"),
    "taken_before": ("Taken back before", "%(amount)s"),
    "split_off": ("Split off from", "%(line)s"),
    "disputed_part": ("Disputed part", "%(amount)s"),
    "by_hand": ("Why", "%(said)s"),
}
WHYS: dict[str, str] = {
    "not_among": "%(what)s %(value)s is not one of %(wanted)s",
    "unknown_not_among": "%(what)s unknown is not one of %(wanted)s",
    "not_first_charge": "charge %(number)s is not the first",
    "not_returning": "the first charge is not a returning one",
    "charge_before": "charge %(number)s is before charge %(bound)s",
    "charge_after": "charge %(number)s is after charge %(bound)s",
    "below": "%(what)s %(value)s is below %(bound)s",
    "above": "%(what)s %(value)s is above %(bound)s",
    "metadata_missing": "%(key)s is not given and should be one of %(wanted)s",
    "metadata_other": "%(key)s %(value)s and should be one of %(wanted)s",
    "partner_unknown": "the partner is not known",
    "country_unknown": "the customer's country is not known",
    "first_charge_unknown": "the customer's first charge is not known",
    "last_paid_charge": "charge %(number)s is after the last paid charge %(bound)s",
    "months_over": "the %(months)s months ended at %(at)s",
}
WORDS: dict[str, str] = {
    "product": "product", "site": "site", "campaign": "campaign", "placement": "placement", "partner": "partner",
    "country": "country", "quantity": "quantity", "line_net": "net of the line in minor units",
    "order_net": "net of the order in minor units", "customer_age": "age of the customer in months",
    "customer": "customer", "order": "order", "month": "month", "quarter": "quarter", "lifetime": "lifetime",
}  # fmt: skip
WORDED = ("what", "each", "span")
"""Facts that are words of `WORDS`; `amount`, `rate`, `day` and the like are written as the reader writes them."""


@dataclass(frozen=True, slots=True)
class Why:
    """A reason with its facts."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a computation: its code and its facts, plain JSON but for a `Why` inside."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the step as it is stored."""
        return {"code": self.code, "facts": {name: _stored(fact) for name, fact in self.facts.items()}}


def sentences_of(step: Mapping[str, Any]) -> tuple[Sentence, Sentence]:
    """Return label and value of a stored step as sentences, for a refusal that tells it."""
    label, value = STEPS[step["code"]]
    facts = {name: _said(name, fact) for name, fact in step["facts"].items()}
    return Sentence(label, facts), Sentence(value, facts)


def in_english(step: Mapping[str, Any]) -> dict[str, str]:
    """Return a stored step as label and value for machines and the command line: always the same plain English."""
    label, value = sentences_of(step)
    return {"label": str(label), "value": str(value)}


def _stored(fact: Any) -> Any:
    return {"code": fact.code, "facts": dict(fact.facts)} if isinstance(fact, Why) else fact


def _said(name: str, fact: Any) -> str:
    if name == "why":
        return Sentence(WHYS[fact["code"]], {inner: _said(inner, value) for inner, value in fact["facts"].items()})
    if isinstance(fact, list | tuple):
        return ", ".join(fact)
    return Sentence(WORDS[fact], {}) if name in WORDED else str(fact)
