"""How the console says what the audit log holds: what was done, to what, and by whom."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from tenant_apps.console.showing import word_of

SUBJECTS = {
    "adjustment": gettext_noop("Adjustment"), "agententry": gettext_noop("Entry by an agent"),
    "apikey": gettext_noop("API key"), "attribution": gettext_noop("Attribution"), "award": gettext_noop("Award"),
    "booksclosed": gettext_noop("Closed books"), "brand": gettext_noop("Brand"),
    "cadencechange": gettext_noop("Length of periods"), "commission": gettext_noop("Commission"),
    "contractversion": gettext_noop("Contract"), "correction": gettext_noop("Correction"),
    "creditdispute": gettext_noop("Claim to credit"), "creditnote": gettext_noop("Credit note"),
    "deal": gettext_noop("Registered deal"), "delivery": gettext_noop("Background job"),
    "dispute": gettext_noop("Dispute of a payment"), "disputepolicy": gettext_noop("Terms of claims"),
    "duplicatesuspicion": gettext_noop("Probable duplicate"), "enrollment": gettext_noop("Enrollment"),
    "exchangerate": gettext_noop("Exchange rate"), "export": gettext_noop("Export"), "import": gettext_noop("Import"),
    "inboundevent": gettext_noop("Provider's event"), "lead": gettext_noop("Lead"), "link": gettext_noop("Link"),
    "offer": gettext_noop("Offer"), "order": gettext_noop("Order"), "partner": gettext_noop("Partner"),
    "partnertransfer": gettext_noop("Transfer"), "party": gettext_noop("Side of a claim"),
    "payingaccount": gettext_noop("Paying account"), "paymentintent": gettext_noop("Checkout"),
    "payout": gettext_noop("Payout"), "payoutbatch": gettext_noop("Batch of payouts"),
    "period": gettext_noop("Period"), "policy": gettext_noop("Attribution policy"), "price": gettext_noop("Price"),
    "product": gettext_noop("Product"), "program": gettext_noop("Program"),
    "provideraccount": gettext_noop("Payment account"), "refund": gettext_noop("Refund"),
    "settlement": gettext_noop("Settlement"), "simulation": gettext_noop("Simulation"), "site": gettext_noop("Site"),
    "statement": gettext_noop("Statement"), "user": gettext_noop("Person"), "vatrate": gettext_noop("VAT rate"),
}  # fmt: skip
VERBS = {
    "adjustment.proposed": gettext_noop("Adjustment proposed"),
    "agent.entered": gettext_noop("Sale credited by an agent"),
    "api_key.created": gettext_noop("API key created"),
    "api_key.revoked": gettext_noop("API key revoked"),
    "batch.file_downloaded": gettext_noop("File of a batch downloaded"),
    "batch.file_unused": gettext_noop("File of a batch set aside unused"),
    "batch.file_written": gettext_noop("File of a batch written"),
    "batch.made": gettext_noop("Batch of payouts drawn up"),
    "books.closed": gettext_noop("Books closed"),
    "brand.clock_advanced": gettext_noop("Clock of the brand set forward"),
    "brand.legal_person_set": gettext_noop("Legal person of the brand set"),
    "brand.provisioned": gettext_noop("Brand provisioned"),
    "cadence.changed": gettext_noop("Length of periods changed"),
    "commission.frozen": gettext_noop("Disputed part of a commission frozen"),
    "commission.priced_again": gettext_noop("Commission priced again"),
    "commission.voided": gettext_noop("Commission voided"),
    "commission.written": gettext_noop("Commission written by hand"),
    "contract.drafted": gettext_noop("Contract drafted"),
    "contract.edited": gettext_noop("Draft of a contract edited"),
    "contract.set": gettext_noop("Contract recorded on paper"),
    "conversion.awarded": gettext_noop("Credit awarded by a person"),
    "conversion.redecided": gettext_noop("Attribution decided again"),
    "correction.proposed": gettext_noop("Correction proposed"),
    "credit_dispute.heard": gettext_noop("Side of a claim heard"),
    "credit_dispute.opened": gettext_noop("Claim to credit opened"),
    "credit_dispute.shown": gettext_noop("Evidence added to a claim"),
    "credit_dispute.submitted": gettext_noop("Claim to credit submitted"),
    "deal.extended": gettext_noop("Protection of a deal extended"),
    "deal.submitted": gettext_noop("Deal registered"),
    "delivery.revived": gettext_noop("Background job tried again"),
    "dispute.opened": gettext_noop("Payment disputed by the customer's bank"),
    "dispute_policy.set": gettext_noop("Terms of claims set"),
    "duplicate.suspected": gettext_noop("Probable duplicate found"),
    "enrollment.begun": gettext_noop("Partner enrolled"),
    "enrollment.recruited": gettext_noop("Recruiter of a partner set"),
    "exchange_rate.recorded": gettext_noop("Exchange rate recorded"),
    "export.downloaded": gettext_noop("Export downloaded"),
    "export.requested": gettext_noop("Export asked for"),
    "import.checked": gettext_noop("File checked for import"),
    "lead.asked_again": gettext_noop("Lead asked again"),
    "lead.opened": gettext_noop("Lead opened"),
    "link.created": gettext_noop("Link created"),
    "offer.created": gettext_noop("Offer created"),
    "order.checkout_opened": gettext_noop("Checkout opened"),
    "order.dispute_lost": gettext_noop("Dispute of an order lost"),
    "order.dispute_won": gettext_noop("Dispute of an order won"),
    "order.disputed": gettext_noop("Order disputed"),
    "order.placed": gettext_noop("Order placed"),
    "partner.invited": gettext_noop("Partner invited"),
    "partner.netting_agreed": gettext_noop("Netting agreed to"),
    "partner.netting_withdrawn": gettext_noop("Consent to netting withdrawn"),
    "partner.payout_said": gettext_noop("Payout profile changed"),
    "partner.self_billing_agreed": gettext_noop("Self-billing agreed to"),
    "partner.tax_said": gettext_noop("Tax profile changed"),
    "partner.terms_set": gettext_noop("Terms of a partner set"),
    "partnertransfer.reversed_in_part": gettext_noop("Part of a transfer came back"),
    "paying_account.said": gettext_noop("Paying account set"),
    "payment_account.connected": gettext_noop("Payment account connected"),
    "payment_account.rotated": gettext_noop("Keys of the payment account rotated"),
    "payout.planned": gettext_noop("Payout put into a batch"),
    "payout.requested": gettext_noop("Payout requested"),
    "period.settled": gettext_noop("Settlements of a period drawn up"),
    "permission.denied": gettext_noop("Refused: not allowed"),
    "policy.set": gettext_noop("Attribution policy set"),
    "price.set": gettext_noop("Price set"),
    "product.created": gettext_noop("Product created"),
    "program.on_paper": gettext_noop("Rule for contracts on paper changed"),
    "refund.requested": gettext_noop("Refund requested"),
    "refund.told": gettext_noop("Refund told by another system"),
    "simulation.requested": gettext_noop("Simulation asked for"),
    "site.created": gettext_noop("Site created"),
    "transfer.requested": gettext_noop("Transfer requested"),
    "user.added": gettext_noop("Person added"),
    "vat_rate.ended": gettext_noop("VAT rate ended"),
    "vat_rate.said": gettext_noop("VAT rate set"),
}
ACTORS = {
    "customer": gettext_lazy("customer"), "operator": gettext_lazy("operator"), "partner": gettext_lazy("partner"),
    "platform": gettext_lazy("platform"), "provider": gettext_lazy("provider"), "site": gettext_lazy("site"),
    "system": gettext_lazy("system"),
}  # fmt: skip
PARTS = {
    "attribution": gettext_noop("attribution"), "commissions": gettext_noop("commissions"),
    "deals": gettext_noop("deals"), "demo": gettext_noop("demo"), "disputes": gettext_noop("disputes"),
    "exports": gettext_noop("exports"), "imports": gettext_noop("imports"), "orders": gettext_noop("orders"),
    "payments": gettext_noop("payments"), "programs": gettext_noop("programs"),
    "simulations": gettext_noop("simulations"), "statements": gettext_noop("statements"),
}  # fmt: skip
NOBODY = {"a visitor": gettext_noop("a visitor"), "the command line": gettext_noop("the command line")}
_SYSTEM = re.compile(r"System \(([a-z]+)\)")


def verb_text(verb: str) -> str:
    """Return what was done: a deed's own sentence, or the state that something came to."""
    if verb in VERBS:
        return _(VERBS[verb])
    kind, _dot, end = verb.partition(".")
    if kind == "denied":
        return _("Refused: not allowed (%(verb)s)") % {"verb": end}
    word = word_of(end, kind)
    return f"{subject_text(kind)}: {word[:1].lower()}{word[1:]}"


def subject_text(kind: str) -> str:
    """Return the noun of what something was done to."""
    return _(SUBJECTS[kind]) if kind in SUBJECTS else kind


def actor_text(label: str) -> str:
    """Return who did it: people and providers by their names, our own parts by what they do."""
    if found := _SYSTEM.fullmatch(label):
        part = found[1]
        return _("System (%(part)s)") % {"part": _(PARTS[part]) if part in PARTS else part}
    return _(NOBODY[label]) if label in NOBODY else label
