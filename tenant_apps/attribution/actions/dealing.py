"""Registered deals: the first that is qualified is protected, and who comes later is told so."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from kernel.actor import Actor, system
from kernel.emails import normalized_email
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from shared_apps.brands.entering import entered_brand
from shared_apps.outbox.actions import publish
from tenant_apps.attribution.errors import DealTaken, ReasonMissing
from tenant_apps.attribution.events import DealQualified, DealSubmitted
from tenant_apps.attribution.models import Deal
from tenant_apps.attribution.queries import deals_run_out, policy_at, rivals_of
from tenant_apps.attribution.rules.deals import normalized_domain, wrong_domain
from tenant_apps.attribution.states import DEAL, DealState
from tenant_apps.customers.queries import contact_phone
from tenant_apps.programs.actions.locking import active_deal

if TYPE_CHECKING:
    from tenant_apps.programs.models import Enrollment

DEALS = system("deals")
TAKEN = "Another partner registered this prospect first."
OWN = "You registered this prospect already."
DEFAULT_DAYS = 90
LONGEST_DAYS = 730


@transaction.atomic
def register_deal(
    *, enrollment: "Enrollment", company: str, email: str, domain: str, phone: str, note: str, expected_minor: int,
    actor: Actor, at: datetime,
) -> Deal:  # fmt: skip
    """Register a prospect for a partner: it waits for the brand's decision.

    A prospect that another deal protects now is rejected at once, with when that protection ends and not
    whose it is. Raises InvalidInput naming every wrong field, EnrollmentNotActive.
    """
    contacts = _contacts(company=company, email=email, domain=domain, phone=phone, note=note, expected=expected_minor)
    _take_turns()
    deal = Deal.objects.create(
        enrollment=active_deal(enrollment.pk), currency=entered_brand().currency, submitted_at=at, **contacts
    )
    record(actor=actor, verb="deal.submitted", subject=deal, at=at, after={"company": deal.company})
    live = next((other for other in rivals_of(deal) if other.is_live(at)), None)
    if live is not None:
        _beat(deal, by=live, actor=DEALS, at=at)
    else:
        publish(DealSubmitted(deal_ref=deal.public_id, at=at))
    return deal


@transaction.atomic
def qualify_deal(*, deal: Deal, reason: str, actor: Actor, at: datetime) -> Deal:
    """Accept a registration: the prospect is protected for the policy's days; other registrations of it are rejected.

    Sales of the prospect since the registration are decided again. Raises DealTaken when another deal
    protects the prospect, EnrollmentNotActive, IllegalTransition, StaleState.
    """
    _take_turns()
    deal.refresh_from_db()  # a rival may have been qualified while we waited
    DEAL.check(DealState(deal.state), DealState.QUALIFIED)
    active_deal(deal.enrollment_id)
    rivals = rivals_of(deal)
    live = next((other for other in rivals if other.is_live(at)), None)
    if live is not None:
        raise DealTaken(
            sentence(
                "%(company)s is registered and protected until %(protected_until)s.",
                company=live.company,
                protected_until=live.protected_until,
            )
        )
    until = at + timedelta(days=_protection_days(at))
    change_state(
        deal, DEAL, DealState.QUALIFIED, actor=actor, at=at, reason=reason.strip(), qualified_at=at,
        protected_until=until, decided_by=actor.label[:120],
    )  # fmt: skip
    Deal.objects.filter(pk=deal.pk).update(reason=reason.strip()[:300])
    for other in rivals:
        if other.state == DealState.SUBMITTED:
            _beat(other, by=deal, actor=actor, at=at)
    publish(DealQualified(deal_ref=deal.public_id, at=at))
    deal.refresh_from_db()
    return deal


@transaction.atomic
def reject_deal(*, deal: Deal, reason: str, actor: Actor, at: datetime) -> Deal:
    """Refuse a registration; the partner reads the reason. Raises ReasonMissing, IllegalTransition, StaleState."""
    _reject(deal, _said(reason), actor, at)
    return deal


@transaction.atomic
def extend_deal(*, deal: Deal, days: int, reason: str, actor: Actor, at: datetime) -> Deal:
    """Protect a qualified deal for some days more, counted from the end it has.

    Raises InvalidInput, ReasonMissing, DealTaken when its protection ran out (another may have come since).
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput(field="days", message=sentence("must be from 1 to %(most)s", most=LONGEST_DAYS))
    said = _said(reason)
    locked = Deal.objects.select_for_update().get(pk=deal.pk)
    if locked.state not in (DealState.QUALIFIED, DealState.WON) or not locked.is_live(at) or not locked.protected_until:
        raise DealTaken(sentence("%(company)s is not protected any more: register it again.", company=locked.company))
    before, locked.protected_until = locked.protected_until, locked.protected_until + timedelta(days=days)
    locked.reason = said
    locked.save(update_fields=["protected_until", "reason"])
    record(
        actor=actor, verb="deal.extended", subject=locked, at=at, reason=said,
        before={"until": before.isoformat()}, after={"until": locked.protected_until.isoformat()},
    )  # fmt: skip
    return locked


@transaction.atomic
def withdraw_deal(*, deal: Deal, reason: str, actor: Actor, at: datetime) -> Deal:
    """Take a registration back; from now on it protects nobody. Raises IllegalTransition, StaleState."""
    change_state(deal, DEAL, DealState.WITHDRAWN, actor=actor, at=at, reason=reason.strip(), closed_at=at)
    return deal


@transaction.atomic
def win_deal(*, deal_ref: str, order_ref: str, at: datetime) -> None:
    """Note that a sale came of a deal; one that is won already, or not qualified, stays as it is."""
    deal = Deal.objects.select_for_update().filter(public_id=deal_ref, state=DealState.QUALIFIED).first()
    if deal is not None:
        change_state(deal, DEAL, DealState.WON, actor=DEALS, at=at, reason=order_ref, closed_at=at, order_ref=order_ref)


@transaction.atomic
def expire_deals(*, at: datetime) -> int:
    """Say of every deal whose clock ran out that it expired; return how many."""
    run_out = list(deals_run_out(at).select_for_update(skip_locked=True))
    for deal in run_out:
        change_state(deal, DEAL, DealState.EXPIRED, actor=DEALS, at=at, closed_at=deal.protected_until)
    return len(run_out)


def _beat(deal: Deal, *, by: Deal, actor: Actor, at: datetime) -> None:
    own = deal.enrollment.partner_ref == by.enrollment.partner_ref
    _reject(deal, OWN if own else TAKEN, actor, at, beaten_by=by)


def _reject(deal: Deal, reason: str, actor: Actor, at: datetime, beaten_by: Deal | None = None) -> None:
    change_state(
        deal, DEAL, DealState.REJECTED, actor=actor, at=at, reason=reason, closed_at=at, beaten_by=beaten_by,
        decided_by=actor.label[:120],
    )  # fmt: skip
    Deal.objects.filter(pk=deal.pk).update(reason=reason[:300])
    deal.reason = reason[:300]


def _contacts(*, company: str, email: str, domain: str, phone: str, note: str, expected: int) -> dict[str, Any]:
    errors: list[dict[str, str]] = []
    company, domain = company.strip(), normalized_domain(domain)
    for field, text, most in (("company", company, 160), ("note", note, 2000)):
        if len(text) > most or "\0" in text:
            errors.append({"field": field, "message": sentence("must have at most %(most)s characters", most=most)})
    if not company:
        errors.append({"field": "company", "message": "is missing"})
    if domain and (wrong := wrong_domain(domain)):
        errors.append({"field": "domain", "message": wrong})
    if not 0 <= expected <= 10**15:
        errors.append({"field": "expected_minor", "message": "must not be below zero"})
    for field, normalize, text in (("email", normalized_email, email), ("phone", contact_phone, phone)):
        try:
            normalized = normalize(text) if text.strip() else ""
        except InvalidInput as refused:
            errors += [{"field": field, "message": error["message"]} for error in refused.errors]
            continue
        email, phone = (normalized, phone) if field == "email" else (email, normalized)
    if not (email.strip() or domain or phone.strip()):
        errors.append({"field": "email", "message": "or domain or phone must say who the prospect is"})
    if errors:
        raise InvalidInput(errors=errors)
    return {
        "company": company, "email": email, "domain": domain, "phone": phone, "note": note.strip(),
        "expected_minor": expected,
    }  # fmt: skip


def _protection_days(at: datetime) -> float:
    policy = policy_at(at)
    return float(policy.terms.get("deal_days", DEFAULT_DAYS)) if policy else DEFAULT_DAYS


def _said(reason: str) -> str:
    if not reason.strip():
        raise ReasonMissing("Say why: the partner reads it.", field="reason")
    return reason.strip()[:300]


def _take_turns() -> None:
    """Let one decision about deals at a time pass: of two registrations of a prospect only one is qualified."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{entered_brand().schema_name}:deals"]
        )
