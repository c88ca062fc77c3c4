"""The words people read for states, in the gender of what is in them where a language has genders."""

from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_noop as _

STATES = {
    "pending": _("Pending"), "checked": _("Checked"), "dropped": _("Dropped"), "confirmed": _("Confirmed"),
    "payable": _("Payable"), "paid": _("Paid"), "hold": _("On hold"), "canceled": _("Canceled"),
    "refunded": _("Refunded"), "partly_refunded": _("Partly refunded"), "earning": _("Earning"),
    "reversal": _("Reversal"), "clawback": _("Clawback"), "reinstatement": _("Given back"),
    "adjustment": _("Adjustment"), "level": _("Level"), "bonus": _("Bonus"), "manual": _("Written by hand"),
    "true_up": _("Tier correction"), "unpaid": _("Unpaid"), "open": _("Open"), "fulfilled": _("Fulfilled"),
    "new": _("New"), "contacted": _("Contacted"), "won": _("Won"), "lost": _("Lost"), "draft": _("Draft"),
    "published": _("Published"), "archived": _("Archived"), "created": _("Created"), "requested": _("Requested"),
    "unknown": _("Being checked"), "succeeded": _("Succeeded"), "expired": _("Expired"), "refused": _("Refused"),
    "failed": _("Failed"), "active": _("Active"), "paused": _("Paused"), "ended": _("Ended"),
    "effective": _("In force"), "closed": _("Closed"), "approved": _("Approved"), "issued": _("Issued"),
    "carried": _("Carried forward"), "in_transit": _("In transit"), "suspended": _("Suspended"),
    "disputed": _("Disputed"), "stored": _("Received"), "applied": _("Applied"), "ignored": _("Ignored"),
    "parked": _("Set aside"), "accepted": _("Accepted"), "declined": _("Declined"), "proposed": _("Proposed"),
    "withdrawn": _("Withdrawn"), "hearing": _("Being heard"), "opened": _("Opened"),
    "partly_failed": _("Partly failed"), "queued": _("Queued"), "running": _("Running"), "done": _("Done"),
    "sent": _("Sent"), "settled": _("Settled"), "needs_response": _("Needs a response"),
    "under_review": _("Under review"), "partly_accepted": _("Partly accepted"), "partly": _("Partly accepted"),
    "rejected": _("Rejected"), "decided": _("Decided"), "submitted": _("Submitted"), "qualified": _("Qualified"),
    "dismissed": _("Dismissed"), "confirmed_duplicate": _("Duplicate"), "planned": _("Planned"),
    "reversed": _("Reversed"),
}  # fmt: skip
GENDER = "grammatical gender"
"""The context in which a catalogue names the gender of a noun (a model's name), itself a context of words."""


def state_text(state: str, noun: str = "") -> str:
    """Return the word of a state, agreeing with the noun of what is in it; a code without words stays."""
    text = STATES.get(state)
    if text is None:
        return state
    gender = pgettext(GENDER, noun) if noun else ""
    agreeing = pgettext(gender, text) if gender != noun else text
    return gettext(text) if agreeing == text else agreeing
