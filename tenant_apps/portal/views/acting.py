"""Who acts on the partner host: the user, and the partner they chose to act for."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from kernel.actor import Actor
from shared_apps.accounts.acting import partner_host_user
from shared_apps.accounts.models import User
from shared_apps.partners.queries import partners_of_user

if TYPE_CHECKING:
    from shared_apps.partners.models import Partner

    type PartnerView = Callable[..., HttpResponse]


def partner_chosen(view: "PartnerView") -> "PartnerView":
    """Call the view with the partner the user acts for; ask which one where there are several, refuse who has none."""

    @never_cache
    @login_required
    @wraps(view)
    def asked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        partners = partners_of(request)
        if not partners:
            return render(request, "portal/nobody.html", status=403)
        partner = chosen_of(request, partners)
        if partner is None:
            return render(request, "portal/choose.html", {"partners": partners})
        return view(request, partner, *args, **kwargs)

    return asked


def partners_of(request: HttpRequest) -> "list[Partner]":
    """Return the partners the user may act for."""
    return partners_of_user(user_of(request))


def user_of(request: HttpRequest) -> User:
    """Return the signed-in user; 404 for anybody else."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def chosen_of(request: HttpRequest, partners: "list[Partner]") -> "Partner | None":
    """Return the partner the user acts for: the only one, or the one chosen in this session."""
    if len(partners) == 1:
        return partners[0]
    return next((partner for partner in partners if partner.public_id == request.session.get("acts_for")), None)


def actor_for(request: HttpRequest) -> Actor:
    """Return the user as the one who acts for a partner."""
    actor = partner_host_user(request)
    if actor is None:
        raise Http404
    return actor
