import secrets
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kernel.actor import Actor
from kernel.errors import DomainError, Forbidden
from kernel.money import Money
from shared_apps.accounts.acting import actor_of
from shared_apps.accounts.wording import refusal_text
from shared_apps.audit.actions import record
from shared_apps.brands.clock import now
from shared_apps.outbox.actions import revive_delivery
from shared_apps.outbox.models import Delivery
from tenant_apps.catalog.actions import archive_offer, publish_offer
from tenant_apps.catalog.models import Offer
from tenant_apps.catalog.policies import may_edit_catalog
from tenant_apps.commissions.actions import cancel_commission, confirm, hold_commission, price_again, release_commission
from tenant_apps.commissions.models import Commission
from tenant_apps.commissions.policies import may_confirm_commission, may_decide_held_commission, may_price_again
from tenant_apps.console.site import site
from tenant_apps.orders.actions import mark_fulfilled, refund_order
from tenant_apps.orders.models import Order
from tenant_apps.orders.policies import may_fulfil_orders, may_refund_orders

Policy = Callable[..., bool]


def door(model: Any, policy: Policy) -> Callable[..., Any]:
    """Make a POST view of a verb: signed-in operator, object of this brand, policy; errors become messages.

    An unknown id is a 404; a refused permission is audited and answered with 403.
    """

    def wrap(verb: Callable[..., str]) -> Callable[..., HttpResponse]:
        @require_POST
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            subject = model.objects.filter(pk=pk).first()
            if subject is None:
                raise Http404
            actor = actor_of(request)
            if not policy(actor):
                return refused(request, actor, verb.__name__, subject)
            try:
                messages.success(request, verb(request, subject, actor))
            except DomainError as failure:
                messages.error(request, refusal_text(failure))
            return redirect(_own_page(request) or _list_of(subject))

        return site.admin_view(view)  # type: ignore[no-any-return]

    return wrap


def _list_of(subject: Any) -> str:
    """Return the list the subject stands in; home where it has none of its own."""
    listed = type(subject) in site._registry
    return f"admin:{subject._meta.label_lower.replace('.', '_')}_changelist" if listed else "admin:index"


def _own_page(request: HttpRequest) -> str:
    """Return the page the verb was pressed on, if it is one of this host; else ''."""
    page = request.headers.get("referer", "")
    own = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    return page if own else ""


def refused(request: HttpRequest, actor: Actor, verb: str, subject: Any) -> HttpResponse:
    """Answer a denied verb and keep that it was tried."""
    with transaction.atomic():
        record(actor=actor, verb=f"denied.{verb}", subject=subject, at=now())
    messages.error(request, refusal_text(Forbidden()))
    return HttpResponse(refusal_text(Forbidden()), status=403, content_type="text/plain")


def _fulfil(request: HttpRequest, order: Order, actor: Actor) -> str:
    mark_fulfilled(order=order, actor=actor, at=now())
    return _("Order %(order)s is fulfilled.") % {"order": order}


def _refund(request: HttpRequest, order: Order, actor: Actor) -> str:
    wished = Money.parse_decimal(request.POST.get("amount", ""), order.currency)
    refund_order(
        order=order, amount_minor=wished.minor, reason=request.POST.get("reason", "").strip(), actor=actor, at=now(),
        idempotency_key=request.POST.get("nonce") or secrets.token_urlsafe(16),
    )  # fmt: skip
    return _("A refund of %(amount)s is on its way.") % {"amount": wished.format(get_language() or "en")}


def _confirm(request: HttpRequest, commission: Commission, actor: Actor) -> str:
    confirm(commission=commission, actor=actor, at=now())
    return _("Commission confirmed.")


def _hold(request: HttpRequest, commission: Commission, actor: Actor) -> str:
    hold_commission(commission=commission, reason=request.POST.get("reason", ""), actor=actor, at=now())
    return _("The commission is on hold.")


def _release(request: HttpRequest, commission: Commission, actor: Actor) -> str:
    release_commission(commission=commission, reason=request.POST.get("reason", ""), actor=actor, at=now())
    return _("The commission goes on.")


def _cancel(request: HttpRequest, commission: Commission, actor: Actor) -> str:
    cancel_commission(commission=commission, reason=request.POST.get("reason", ""), actor=actor, at=now())
    return _("The commission is canceled.")


def _price(request: HttpRequest, commission: Commission, actor: Actor) -> str:
    line = price_again(commission=commission, reason=request.POST.get("reason", ""), actor=actor, at=now())
    earned = Money(line.amount_minor, line.currency).format(get_language() or "en")
    return _("It earns %(amount)s by %(contract)s.") % {"amount": earned, "contract": line.contract_version}


def _revive(request: HttpRequest, delivery: Delivery, actor: Actor) -> str:
    with transaction.atomic():
        revive_delivery(delivery=delivery)
        record(actor=actor, verb="delivery.revived", subject=delivery, at=now())
    return _("The job will be tried again.")


def _publish(request: HttpRequest, offer: Offer, actor: Actor) -> str:
    publish_offer(offer=offer, actor=actor, at=now())
    return _("%(offer)s can be bought now.") % {"offer": offer}


def _archive(request: HttpRequest, offer: Offer, actor: Actor) -> str:
    archive_offer(offer=offer, actor=actor, at=now())
    return _("%(offer)s is archived.") % {"offer": offer}


fulfil_order_view = door(Order, may_fulfil_orders)(_fulfil)
refund_order_view = door(Order, may_refund_orders)(_refund)
confirm_commission_view = door(Commission, may_confirm_commission)(_confirm)
hold_commission_view = door(Commission, may_decide_held_commission)(_hold)
release_commission_view = door(Commission, may_decide_held_commission)(_release)
cancel_commission_view = door(Commission, may_decide_held_commission)(_cancel)
price_commission_view = door(Commission, may_price_again)(_price)
revive_delivery_view = door(Delivery, may_fulfil_orders)(_revive)
publish_offer_view = door(Offer, may_edit_catalog)(_publish)
archive_offer_view = door(Offer, may_edit_catalog)(_archive)
