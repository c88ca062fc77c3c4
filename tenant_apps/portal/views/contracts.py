from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from kernel.actor import Actor
from kernel.errors import DomainError
from shared_apps.brands.clock import now
from tenant_apps.commissions.queries import percent_text
from tenant_apps.portal.views.entering import partner_needed, partner_page
from tenant_apps.portal.views.wording import amount, moment
from tenant_apps.programs.actions import accept, decline
from tenant_apps.programs.policies import may_answer_contract
from tenant_apps.programs.queries import Reading, reading_of, version_by_ref, versions_of_partner
from tenant_apps.programs.rules import (
    Amount,
    Rate,
    Saying,
    Voice,
    said_bonus,
    said_level,
    said_rule,
    said_term,
    tell,
)
from tenant_apps.programs.states import ContractState
from tenant_apps.tracking.queries import site_names

if TYPE_CHECKING:
    from tenant_apps.programs.models import ContractVersion

BESIDE = ("converts", "hold_days", "minimum_payout_minor", "negative", "pinning", "manual_lines", "clawback", "reserve")


@dataclass(frozen=True, slots=True)
class Told:
    """A version in the reader's words: each rule, the terms beside them, what differs from those before."""

    rules: list[tuple[str, str]]
    beside: list[str]
    changes: list[tuple[str, str]]


@require_GET
@partner_needed
def contracts(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show every version of the partner's contracts here that was put before it, the latest first."""
    context = {"versions": versions_of_partner(actor.id)}
    return partner_page(request, actor, "portal/contracts.html", "contracts", context)


@require_GET
@partner_needed
def contract(request: HttpRequest, actor: Actor, ref: str) -> HttpResponse:
    """Show one version in plain words beside the one it replaces; a proposal is answered here."""
    return _page(request, actor, _own(actor, ref))


@require_POST
@partner_needed
def accept_contract(request: HttpRequest, actor: Actor, ref: str) -> HttpResponse:
    """Accept a proposal by typing the partner's name."""
    version = _own(actor, ref)
    try:
        accept(
            version=version, read_sha256=request.POST.get("read", ""), signed=request.POST.get("signed", ""),
            actor=actor, at=now(),
        )  # fmt: skip
    except DomainError as refused:
        return _page(request, actor, _own(actor, ref), refused)
    return HttpResponseRedirect(reverse("portal_contract", args=[ref]))


@require_POST
@partner_needed
def decline_contract(request: HttpRequest, actor: Actor, ref: str) -> HttpResponse:
    """Decline a proposal with a reason, which the brand reads."""
    version = _own(actor, ref)
    try:
        decline(version=version, reason=request.POST.get("reason", ""), actor=actor, at=now())
    except DomainError as refused:
        return _page(request, actor, _own(actor, ref), refused)
    return HttpResponseRedirect(reverse("portal_contract", args=[ref]))


def voice() -> Voice:
    """Return how the reader hears contracts: language, amounts, zone, and the names of websites."""
    names = site_names()

    def money(told: Amount) -> str:
        return amount(told.minor, told.currency).text

    def rate(told: Rate) -> str:
        return percent_text(told.value)

    def instant(told: datetime) -> str:
        return moment(told)

    return Voice(gettext, money, rate, instant, lambda named: names.get(named.ref, named.ref))


def _own(actor: Actor, ref: str) -> "ContractVersion":
    version = version_by_ref(ref)
    if version is None or not may_answer_contract(actor, version) or not _was_shown(version):
        raise Http404
    return version


def _was_shown(version: "ContractVersion") -> bool:
    """Whether the partner may see the version: drafts are the brand's own, also after they were dropped."""
    return version.state != ContractState.DRAFT and (version.state != "withdrawn" or version.proposed_at is not None)


def _page(
    request: HttpRequest, actor: Actor, version: "ContractVersion", refused: DomainError | None = None
) -> HttpResponse:
    reading = reading_of(version)
    code = refused.code if refused else ""
    context = {
        "version": version, "reading": reading, "told": _told(reading), "refused": code, "typed": request.POST,
        "answer": getattr(version, "decision", None), "starts": version.starts_at and moment(version.starts_at),
        "name": version.enrollment.partner_name,
    }  # fmt: skip
    answer: dict[str, Any] = {"status": refused.status} if refused else {}
    return partner_page(request, actor, "portal/contract.html", "contracts", context, **answer)


def _told(reading: Reading) -> Told:
    document, heard = reading.version.document, voice()
    currency = document["currency"]

    def say(saying: Saying) -> str:
        return tell(saying, heard)

    beside = [said_term(name, document) for name in BESIDE]
    beside += [said_level(level) for level in document["levels"]]
    beside += [said_bonus(bonus, currency) for bonus in document["bonuses"]]
    return Told(
        [(rule["id"], say(said_rule(rule, currency))) for rule in document["rules"]],
        [say(saying) for saying in beside],
        [(change.kind, say(change.sentence)) for change in reading.changes],
    )
