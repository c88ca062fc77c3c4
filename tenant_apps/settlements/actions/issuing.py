from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from kernel.actor import Actor, system
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state
from shared_apps.outbox.actions import publish
from tenant_apps.settlements.actions.paying import settle_chain
from tenant_apps.settlements.calendar import brand_zone
from tenant_apps.settlements.documents import Snapshot, sha256_of
from tenant_apps.settlements.documents.snapshot import snapshot_of
from tenant_apps.settlements.errors import EarlierSettlementOpen, NotApproved
from tenant_apps.settlements.events import StatementIssued
from tenant_apps.settlements.models import Settlement, Statement, StatementCounter
from tenant_apps.settlements.queries import settlements_before
from tenant_apps.settlements.states import SETTLEMENT, SettlementState

NUMBER = "{series}-{year}-{count:06d}"
Series = StatementCounter.Series


@transaction.atomic
def issue_statement(*, settlement: Settlement, at: datetime, actor: Actor | None = None) -> Statement:
    """Freeze an approved settlement as a numbered, hashed statement; return the one it has already.

    Numbers have no gaps: the counter is locked until the statement is committed with it. A settlement
    that pays nothing is carried, or closed when it balances to zero. Raises NotApproved, and
    EarlierSettlementOpen while the one whose balance it opens with has no statement.
    """
    settlement = Settlement.objects.select_for_update(of=("self",)).select_related("period").get(pk=settlement.pk)
    issued = Statement.objects.filter(settlement=settlement).order_by("-version").first()
    if issued is not None:
        return issued
    if settlement.state != SettlementState.APPROVED:
        raise NotApproved(
            sentence("The settlement is %(state)s; a statement is issued from an approved one.", state=settlement.state)
        )
    if settlements_before(settlement).filter(state__in=[SettlementState.DRAFT, SettlementState.APPROVED]).exists():
        raise EarlierSettlementOpen(
            sentence(
                "An earlier settlement of %(partner_name)s has no statement yet.", partner_name=settlement.partner_name
            )
        )
    snapshot = snapshot_of(settlement, number=next_number(Series.STATEMENT, at), version=1, issued_at=at)
    statement = freeze(settlement, snapshot, at)
    actor = actor or system("statements")
    change_state(settlement, SETTLEMENT, SettlementState.ISSUED, actor=actor, at=at)
    _put_away_unpaid(settlement, actor, at)
    return statement


def freeze(settlement: Settlement, snapshot: Snapshot, at: datetime) -> Statement:
    """Write a statement's version as its snapshot says it, and tell of it."""
    statement = Statement.objects.create(
        settlement=settlement, number=snapshot["number"], version=snapshot["version"], snapshot=snapshot,
        vat_minor=snapshot["vat_minor"], vat_rate=snapshot["vat_rate"], vat_treatment=snapshot["vat_treatment"],
        vat_place=snapshot["vat_place"], sha256=sha256_of(snapshot), issued_at=at,
    )  # fmt: skip
    publish(StatementIssued(statement_ref=statement.public_id, partner_ref=settlement.partner_ref, at=at))
    return statement


def next_number(series: StatementCounter.Series, at: datetime) -> str:
    """Take the next number of a range; its counter stays locked until what bears the number is committed."""
    StatementCounter.objects.bulk_create([StatementCounter(series=series)], ignore_conflicts=True)
    counter = StatementCounter.objects.select_for_update().get(series=series)
    counter.last += 1
    counter.save(update_fields=["last"])
    year = at.astimezone(ZoneInfo(brand_zone())).year
    return NUMBER.format(series=series.value, year=year, count=counter.last)


def _put_away_unpaid(settlement: Settlement, actor: Actor, at: datetime) -> None:
    if settlement.payout_minor:
        return
    if settlement.next_opening_minor:
        change_state(settlement, SETTLEMENT, SettlementState.CARRIED, actor=actor, at=at)
    else:
        settle_chain(settlement, actor=actor, at=at)
