"""Whether a touch may compete at all, judged by the policy of its own program."""

from datetime import timedelta
from fractions import Fraction

from tenant_apps.attribution.rules.facts import Conversion, Reason, Touch
from tenant_apps.attribution.rules.policy import Channel, CodeCredit, Direct, Guard, Policy

LATE_CHANNELS = frozenset({Channel.CLICK, Channel.VIEW, Channel.CODE})
_WRITTEN = str.maketrans("", "", " -()./")


def own_reason(touch: Touch, policy: Policy, conversion: Conversion) -> Reason | None:
    """Return why a touch cannot compete, whatever the others are; None when it may."""
    if touch.at > conversion.at:
        return Reason.AFTER_CONVERSION
    if age_in_days(touch, conversion) > Fraction(policy.window_days):
        return Reason.OUTSIDE_WINDOW
    if policy.self_referral is Guard.REFUSE and is_same_person(touch, conversion):
        return Reason.SELF_REFERRAL
    opened = conversion.checkout_opened_at
    is_late = opened is not None and touch.channel in LATE_CHANNELS and touch.at >= opened
    if is_late and policy.late_click is Guard.REFUSE:
        return Reason.LATE_CLICK
    if touch.channel is Channel.DIRECT and policy.direct is Direct.IGNORE:
        return Reason.DIRECT_IGNORED
    if touch.channel is Channel.CODE and policy.code is CodeCredit.NONE:
        return Reason.CODE_NOT_CREDITED
    return None


def is_same_person(touch: Touch, conversion: Conversion) -> bool:
    """Return whether participant and customer share an e-mail, a phone number or a card."""
    pairs = (
        (_folded(touch.participant_email), _folded(conversion.customer_email)),
        (_folded(touch.participant_phone).translate(_WRITTEN), _folded(conversion.customer_phone).translate(_WRITTEN)),
    )
    if any(ours and ours == theirs for ours, theirs in pairs):
        return True
    return bool(conversion.customer_card) and conversion.customer_card in touch.participant_cards


def age_in_days(touch: Touch, conversion: Conversion) -> Fraction:
    """Return how long before the conversion a touch was, exactly."""
    # Counted in whole microseconds: dividing timedeltas would go through a float.
    return Fraction((conversion.at - touch.at) // timedelta(microseconds=1), 86_400_000_000)


def _folded(contact: str | None) -> str:
    return (contact or "").strip().casefold()
