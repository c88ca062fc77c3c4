"""The preview of an attribution: strict JSON in, the whole decision as JSON out."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from re import compile as pattern
from typing import Any

from kernel.payload import Payload, unique
from kernel.rates import round_half_away
from kernel.sentences import sentence
from tenant_apps.attribution.rules.decision import Decision, decision_for
from tenant_apps.attribution.rules.explanation import explanation_of, verdict_in_english
from tenant_apps.attribution.rules.facts import Award, Awarded, Conversion, Touch
from tenant_apps.attribution.rules.policy import Channel, Policy, parse_override, parse_policy

_RATIO = pattern(r"[0-9]{1,400}/[1-9][0-9]{0,400}")


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that a decision looks at, as `decision_for` takes it."""

    policy: Policy
    programs: Mapping[str, Policy]
    conversion: Conversion
    touches: tuple[Touch, ...]
    award: Award | None

    def decision(self) -> Decision:
        """Return the decision that these inputs lead to."""
        return decision_for(
            policy=self.policy, conversion=self.conversion, touches=self.touches, programs=self.programs,
            award=self.award,
        )  # fmt: skip


def preview_attribution(payload: object) -> dict[str, Any]:
    """Decide an attribution without booking it.

    The shape is the preview contract's: `{policy, conversion, touches}` in, shares, rejected
    touches and a verdict for every touch out. Raises InvalidInput naming the field.
    """
    asked = parse_decision_input(Payload(payload))
    told = decision_as_dict(asked.decision(), asked)
    for verdict in told["verdicts"]:
        verdict["explanation"] = verdict_in_english(verdict["why"])
    return told


def parse_decision_input(root: Payload) -> Asked:
    """Read a preview's body, and the evidence a decision keeps.

    `{policy, conversion, touches}`, and optionally `programs` (`[{program, policy}]`: terms of programs
    that have their own) and `award` (`[{participant, role, weight}]`, a weight being a decimal or `1/3`).
    Raises InvalidInput naming the field.
    """
    root.only("policy", "programs", "conversion", "touches", "award")
    policy = parse_policy(root.required("policy"))
    programs, award = root.fact("programs"), root.fact("award")
    conversion = _conversion(root.required("conversion"))
    read = [(_touch(item), item) for item in root.required("touches").items()]
    unique((touch.id, item.required("id")) for touch, item in read)
    return Asked(
        policy=policy,
        programs=_programs(programs, root.required("policy")) if programs else {},
        conversion=conversion,
        touches=tuple(touch for touch, _ in read),
        award=parse_award(award, policy) if award else None,
    )


def parse_award(payload: Payload, policy: Policy) -> Award:
    """Read an award: each participant once, together at most what the policy's pools may share.

    An empty list credits nobody. Raises InvalidInput naming the field.
    """
    award, named = [], []
    for item in payload.items():
        item.only("participant", "role", "weight")
        participant = item.required("participant")
        named.append((participant.text(), participant))
        award.append(Awarded(participant.text(), item.required("role").text(), parse_fraction(item.required("weight"))))
    unique(named)
    most = sum((Fraction(pool.weight) for pool in policy.pools), Fraction(0))
    if sum((each.fraction for each in award), Fraction(0)) > most:
        raise payload.wrong(sentence("must not share more than %(most)s of the conversion", most=most))
    return tuple(award)


def parse_fraction(payload: Payload) -> Fraction:
    """Read an exact part of a whole: a plain decimal, or a ratio such as `1/3`."""
    if isinstance(payload.value, str) and _RATIO.fullmatch(payload.value):
        numerator, _, denominator = payload.value.partition("/")
        return Fraction(int(numerator), int(denominator))
    return Fraction(payload.rate())


def decision_as_dict(decision: Decision, asked: Asked) -> dict[str, Any]:
    """Return the decision as JSON: what the preview prints and the record keeps."""
    return {
        "shares": [
            {
                "participant": share.participant,
                "amount_minor": share.amount_minor,
                "role": share.role,
                "fraction": _decimal(share.fraction),
                "touches": list(share.touches),
            }
            for share in decision.shares
        ],
        "rejected": [{"touch": verdict.touch.id, "reason": str(verdict.reason)} for verdict in decision.rejected],
        "verdicts": [
            {
                "touch": verdict.touch.id,
                "participant": verdict.touch.participant,
                "reason": str(verdict.reason) if verdict.reason else None,
                "weight": _decimal(verdict.weight),
                "why": explanation_of(verdict, asked.conversion, awarded=asked.award is not None),
            }
            for verdict in decision.verdicts
        ],
        "pools": [
            {
                "roles": list(pool.roles),
                "weight": _decimal(pool.weight),
                "amount_minor": pool.amount_minor,
                "unclaimed_minor": pool.unclaimed_minor,
            }
            for pool in decision.pools
        ],
    }


def _programs(payload: Payload, brand: Payload) -> dict[str, Policy]:
    read = []
    for item in payload.items():
        item.only("program", "policy")
        program = item.required("program")
        read.append((program.text(), program, parse_override(item.required("policy"), brand)))
    unique((name, program) for name, program, _ in read)
    return {name: policy for name, _, policy in read}


def _conversion(payload: Payload) -> Conversion:
    payload.only("at", "amount_minor", "currency", "checkout_opened_at", *_CONTACTS_OF_CUSTOMER)
    opened = payload.fact("checkout_opened_at")
    email, phone, card = (_text(payload, name) for name in _CONTACTS_OF_CUSTOMER)
    return Conversion(
        at=payload.required("at").utc(),
        amount_minor=payload.required("amount_minor").integer(),
        currency=payload.required("currency").currency(),
        customer_email=email,
        checkout_opened_at=opened.utc() if opened else None,
        customer_phone=phone,
        customer_card=card,
    )


def _touch(payload: Payload) -> Touch:
    payload.only(
        "id", "participant", "role", "channel", "at", "participant_email", "participant_phone", "participant_cards",
        "program", "site", "campaign", "placement",
    )  # fmt: skip
    channel = payload.required("channel").choice(Channel)
    is_direct = channel is Channel.DIRECT
    if is_direct and (given := payload.fact("participant")):
        raise given.wrong("must be absent: nobody brought a direct visit")
    cards = payload.fact("participant_cards")
    return Touch(
        id=payload.required("id").text(),
        participant=None if is_direct else payload.required("participant").text(),
        role="" if is_direct else payload.required("role").text(),
        channel=channel,
        at=payload.required("at").utc(),
        participant_email=_text(payload, "participant_email"),
        participant_phone=_text(payload, "participant_phone"),
        participant_cards=frozenset(card.text() for card in cards.items()) if cards else frozenset(),
        program=_text(payload, "program") or "",
        site=_text(payload, "site") or "",
        campaign=_text(payload, "campaign") or "",
        placement=_text(payload, "placement") or "",
    )


_CONTACTS_OF_CUSTOMER = ("customer_email", "customer_phone", "customer_card")


def _text(payload: Payload, name: str) -> str | None:
    field = payload.fact(name)
    return field.text() if field else None


def _decimal(fraction: Fraction) -> str:
    # Twelve decimals for people and records; the amounts come from the exact fraction.
    return f"{Decimal(round_half_away(fraction * 10**12)).scaleb(-12):f}"
