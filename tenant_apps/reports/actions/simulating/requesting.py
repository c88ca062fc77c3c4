from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import record
from shared_apps.outbox.actions import publish
from tenant_apps.commissions.queries import currencies_sold_in, earnings_in, last_key
from tenant_apps.commissions.rules import UNSAVED
from tenant_apps.programs.queries import all_enrollments, all_versions
from tenant_apps.programs.rules import read_terms, unknown_in
from tenant_apps.reports.errors import SimulationsWaiting, UnknownDeal
from tenant_apps.reports.events import SimulationRequested
from tenant_apps.reports.models import Simulation
from tenant_apps.reports.queries.lines import zone
from tenant_apps.reports.queries.replaying import scope_of
from tenant_apps.reports.rules import days_wrong
from tenant_apps.reports.states import Customers, SimulationState
from tenant_apps.settlements.queries import known_to_terms

MOST_WAITING = 5
MOST_SALES = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which terms are tried (versions, or a document), on whose deals, over which days, both inside.

    Versions are tried on their own deals, or one of them on all deals that are named; a document needs deals.
    """

    since: date
    until: date
    versions: Sequence[str] = ()
    terms: object = None
    enrollments: Sequence[str] = ()
    program: str = ""
    customers: str = str(Customers.ALL)


@transaction.atomic
def request_simulation(*, asked: Asked, actor: Actor, at: datetime) -> Simulation:
    """Ask what a time would have cost under other terms; the work is done in the background.

    Nothing but the simulation is ever written for it. Sales are those that are booked by now. Raises InvalidInput
    with every mistake at its field, UnknownDeal, and SimulationsWaiting while too many are open.
    """
    wrong = days_wrong(asked.since, asked.until, at.astimezone(ZoneInfo(zone())).date())
    if asked.customers not in set(Customers):
        wrong.append(
            {"field": "customers", "message": sentence("must be one of %(choices)s", choices=", ".join(Customers))}
        )
    unknown: list[dict[str, str]] = []
    documents, deals = _tried(asked, wrong, unknown)
    if wrong:
        raise InvalidInput(errors=wrong)
    if unknown:
        raise UnknownDeal(unknown[0]["message"], field=unknown[0]["field"], errors=unknown)
    waiting = [SimulationState.QUEUED, SimulationState.RUNNING]
    if Simulation.objects.filter(state__in=waiting).count() >= MOST_WAITING:
        raise SimulationsWaiting(
            sentence(
                "%(most)s simulations are waiting or running; cancel one or let it end.",
                most=MOST_WAITING,
            )
        )
    simulation = Simulation(
        title=_title(deals), terms={"documents": documents, "deals": deals}, customers=asked.customers,
        since=asked.since, until=asked.until, until_key=last_key(), requested_by=actor.id,
        requested_by_label=actor.label, requested_at=at,
    )  # fmt: skip
    simulation.rows_total = _sales(simulation, asked)
    simulation.save(force_insert=True)
    told = {
        "title": simulation.title, "since": str(asked.since), "until": str(asked.until), "customers": asked.customers,
        "deals": [deal["ref"] for deal in deals], "terms": documents, "sales": simulation.rows_total,
    }  # fmt: skip
    record(actor=actor, verb="simulation.requested", subject=simulation, at=at, after=told)
    publish(SimulationRequested(at=at, simulation_ref=simulation.public_id))
    return simulation


def _tried(
    asked: Asked, wrong: list[dict[str, str]], unknown: list[dict[str, str]]
) -> tuple[list[Any], list[dict[str, Any]]]:
    """Return the documents and the deals that try them; what is wrong, or unknown, is told at its field."""
    if bool(asked.versions) == (asked.terms is not None):
        wrong.append({"field": "versions", "message": "give the versions of contracts to try, or terms, not both"})
        return [], []
    named = _named(asked, unknown)
    if asked.terms is not None:
        if not asked.enrollments and not asked.program:
            wrong.append({"field": "enrollments", "message": "name the deals, or a program, that try these terms"})
        return _edited(asked.terms, named, wrong)
    found = {version.public_id: version for version in all_versions().filter(public_id__in=asked.versions)}
    unknown += [
        {"field": f"versions[{place}]", "message": sentence("there is no contract version %(ref)s", ref=ref)}
        for place, ref in enumerate(asked.versions)
        if ref not in found
    ]
    versions = [found[ref] for ref in asked.versions if ref in found]
    deals = [
        _deal(deal, version.currency, number, version.pk if deal.pk == version.enrollment_id else UNSAVED,
              f"v{version.number}")
        for number, version in enumerate(versions)
        for deal in named or [version.enrollment]
    ]  # fmt: skip
    if named and len(asked.versions) > 1:
        wrong.append({"field": "versions", "message": "give one version to try it on deals that are named"})
    elif len({(deal["enrollment"], deal["currency"]) for deal in deals}) < len(deals):
        wrong.append({"field": "versions", "message": "gives one deal two versions in one currency"})
    return [version.document for version in versions], deals


def _edited(terms: object, named: list[Any], wrong: list[dict[str, str]]) -> tuple[list[Any], list[dict[str, Any]]]:
    try:
        # When terms begin is no part of what they would have paid.
        read = read_terms(terms | {"starts_at": None} if isinstance(terms, dict) else terms)
        mistakes = unknown_in(read, known_to_terms())
    except InvalidInput as refused:
        mistakes = refused.errors
    wrong += [{"field": f"terms.{each['field']}".rstrip("."), "message": each["message"]} for each in mistakes]
    if mistakes:
        return [], []
    return [read.document], [_deal(deal, read.currency, 0, UNSAVED, "") for deal in named]


def _named(asked: Asked, unknown: list[dict[str, str]]) -> list[Any]:
    """Return the deals that are named, by themselves or by their program."""
    if asked.program:
        deals = list(all_enrollments().filter(program__public_id=asked.program))
        if not deals:
            unknown.append(
                {
                    "field": "program",
                    "message": sentence("nobody is enrolled in a program %(program)s", program=asked.program),
                }
            )
        return deals
    found = {deal.public_id: deal for deal in all_enrollments().filter(public_id__in=asked.enrollments)}
    unknown += [
        {"field": f"enrollments[{place}]", "message": sentence("there is no enrollment %(ref)s", ref=ref)}
        for place, ref in enumerate(asked.enrollments)
        if ref not in found
    ]
    return list(found.values())


def _deal(deal: Any, currency: str, document: int, version: int, label: str) -> dict[str, Any]:
    return {
        "enrollment": deal.pk, "ref": deal.public_id, "partner": deal.partner_ref, "name": str(deal), "label": label,
        "currency": currency, "document": document, "version": version,
    }  # fmt: skip


def _title(deals: list[dict[str, Any]]) -> str:
    first, more = deals[0], len(deals) - 1
    title = f"{first['name']} {first['label']}".strip()
    return f"{title} + {more}"[:200] if more else title[:200]


def _sales(simulation: Simulation, asked: Asked) -> int:
    """Return how many sales are to be run. Raises InvalidInput for too many, and for deals that sold in others only."""
    scope = scope_of(simulation)
    count = earnings_in(scope.span, scope.deals, scope.currencies).count()
    if count > MOST_SALES:
        message = sentence(
            "there are %(count)s lines; a simulation runs at most %(most)s: choose fewer days or deals",
            count=count,
            most=MOST_SALES,
        )
        raise InvalidInput(field="until", message=message)
    if not count:
        found = sorted(currencies_sold_in(scope.span, scope.own) - scope.currencies)
        if found:
            field = "terms.currency" if asked.terms is not None else "versions[0]"
            tried, others = ", ".join(sorted(scope.currencies)), ", ".join(found)
            raise InvalidInput(
                field=field,
                message=sentence(
                    "is in %(tried)s; in these days the deals sold in %(others)s", tried=tried, others=others
                ),
            )
    return count
