from shared_apps.outbox.subscribing import subscribe
from tenant_apps.attribution import actions, queries
from tenant_apps.attribution.actions.deciding import ATTRIBUTION
from tenant_apps.attribution.events import (
    AgentEntered,
    ConversionAttributed,
    ConversionReattributed,
    DealQualified,
    ImportAdvanced,
    ImportStarted,
    TouchesImported,
)
from tenant_apps.orders.events import OrderPaid
from tenant_apps.orders.queries import orders_of_visitor_paid_since
from tenant_apps.payments.events import PaymentIdentified
from tenant_apps.tracking.events import TouchRecorded
from tenant_apps.tracking.queries import touched_at


@subscribe(OrderPaid)
def decide_attribution(event: OrderPaid) -> None:
    """Decide who brought the order as soon as it is paid."""
    actions.decide(order_ref=event.order_ref, at=event.at)


@subscribe(OrderPaid)
def look_for_duplicates(event: OrderPaid) -> None:
    """Ask whether another source told of the same sale."""
    actions.suspect_duplicates(order_ref=event.order_ref, actor=ATTRIBUTION, at=event.at)


@subscribe(TouchRecorded)
def weigh_late_touch(event: TouchRecorded) -> None:
    """A touch that reached us after the payment it came before: the orders it belongs to are decided again.

    Now, not when it happened: what follows is dated by when we heard of it, never in a period that is closed.
    """
    for order_ref in orders_of_visitor_paid_since(event.visitor_ref, touched_at(event.touch_ref)):
        actions.redecide(order_ref=order_ref, cause=f"touch:{event.touch_ref}", actor=ATTRIBUTION, at=event.at)


@subscribe(PaymentIdentified)
def weigh_card(event: PaymentIdentified) -> None:
    """The card that paid is known now: it may be the partner's own."""
    actions.redecide(order_ref=event.order_ref, cause=f"card:{event.charge_ref}", actor=ATTRIBUTION, at=event.at)


@subscribe(DealQualified)
def weigh_deal(event: DealQualified) -> None:
    """Sales to the prospect since it was registered are decided again."""
    for order_ref in queries.orders_a_deal_bears_on(event.deal_ref):
        actions.redecide(order_ref=order_ref, cause=f"deal:{event.deal_ref}", actor=ATTRIBUTION, at=event.at)


@subscribe(AgentEntered)
def weigh_agent_entry(event: AgentEntered) -> None:
    """Paid sales that an operator credits a partner with are decided again."""
    for order_ref in queries.orders_an_entry_bears_on(event.entry_ref):
        actions.redecide(order_ref=order_ref, cause=f"agent:{event.entry_ref}", actor=ATTRIBUTION, at=event.at)


@subscribe(TouchesImported)
def weigh_imports(event: TouchesImported) -> None:
    """An import knows of touches before this payment."""
    actions.redecide(order_ref=event.order_ref, cause="import", actor=ATTRIBUTION, at=event.at)


@subscribe(ImportStarted)
def take_first_rows(event: ImportStarted) -> None:
    """Take the first rows of a file; each chunk then asks for the next."""
    actions.advance_import(import_ref=event.import_ref, step=0, at=event.at)


@subscribe(ImportAdvanced)
def take_next_rows(event: ImportAdvanced) -> None:
    """Take the rows after those, or end."""
    actions.advance_import(import_ref=event.import_ref, step=event.step, at=event.at)


@subscribe(ConversionAttributed)
def note_won_deal(event: ConversionAttributed) -> None:
    """A deal that is credited with a sale is won."""
    _win(event.attribution_ref, event)


@subscribe(ConversionReattributed)
def note_deal_won_later(event: ConversionReattributed) -> None:
    """A deal that a later decision credits with a sale is won."""
    _win(event.attribution_ref, event)


def _win(attribution_ref: str, event: ConversionAttributed | ConversionReattributed) -> None:
    for deal_ref in queries.deals_credited_by(attribution_ref):
        actions.win_deal(deal_ref=deal_ref, order_ref=event.order_ref, at=event.at)
