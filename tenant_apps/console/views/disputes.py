from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kernel.actor import Actor
from kernel.errors import InvalidInput
from shared_apps.brands.clock import now
from tenant_apps.console.site import site
from tenant_apps.console.views.verbs import door
from tenant_apps.disputes.actions import decide_dispute, open_submitted, withdraw_dispute
from tenant_apps.disputes.downloading import evidence_file
from tenant_apps.disputes.models import CreditDispute, Evidence
from tenant_apps.disputes.policies import may_decide_disputes, may_open_disputes


def _decide(request: HttpRequest, dispute: CreditDispute, actor: Actor) -> str:
    """Decide as it was typed; the id's last letters confirm that this claim is meant."""
    if request.POST.get("typed", "").strip().lower() != dispute.public_id[-4:]:
        wanted = dispute.public_id[-4:]
        raise InvalidInput(field="typed", message=_("Type %(wanted)s to confirm.") % {"wanted": wanted})
    done = decide_dispute(
        dispute=dispute, granted=request.POST.get("granted", ""), reason=request.POST.get("reason", ""), actor=actor,
        at=now(),
    )  # fmt: skip
    return _("Decided: %(outcome)s. Both sides see it now.") % {"outcome": done.outcome}


def _open(request: HttpRequest, dispute: CreditDispute, actor: Actor) -> str:
    open_submitted(dispute=dispute, actor=actor, at=now())
    return _("The claim is opened up: the other side is told and heard.")


def _withdraw(request: HttpRequest, dispute: CreditDispute, actor: Actor) -> str:
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise InvalidInput(field="reason", message=_("Say why the claim is taken back."))
    withdraw_dispute(dispute=dispute, reason=reason, actor=actor, at=now())
    return _("The claim is withdrawn; what it froze goes on.")


@require_GET
def download_evidence(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send a file that a party showed."""
    evidence = Evidence.objects.select_related("dispute").filter(pk=pk).exclude(sha256="").first()
    if evidence is None:
        raise Http404
    return evidence_file(evidence)


open_view = door(CreditDispute, may_open_disputes)(_open)
decide_view = door(CreditDispute, may_decide_disputes)(_decide)
withdraw_view = door(CreditDispute, may_open_disputes)(_withdraw)
evidence_view = site.admin_view(download_evidence)
