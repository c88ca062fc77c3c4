"""Files of other systems in the console: checked, looked at, started, watched."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kernel.actor import Actor
from kernel.errors import Forbidden
from shared_apps.brands.clock import now
from tenant_apps.attribution import actions
from tenant_apps.attribution.models import Import
from tenant_apps.attribution.policies import may_import, may_import_kind
from tenant_apps.console.forms import ImportForm
from tenant_apps.console.site import site
from tenant_apps.console.views.making import Made, maker
from tenant_apps.console.views.verbs import door


def _check(request: HttpRequest, form: Any, about: None, actor: Actor) -> Made:
    said = form.cleaned_data
    _ask(said["kind"], actor)
    made = actions.check_import(
        kind=said["kind"], source=said["source"], text=form.text(), file_name=said["file"].name or "", actor=actor,
        at=now(),
    )  # fmt: skip
    return "attribution_import", made.pk


def _start(request: HttpRequest, file: Import, actor: Actor) -> str:
    _ask(file.kind, actor)
    actions.start_import(file=file, actor=actor, at=now())
    return _("The rows are being taken.")


def _drop(request: HttpRequest, file: Import, actor: Actor) -> str:
    _ask(file.kind, actor)
    actions.drop_import(file=file, actor=actor, at=now())
    return _("The file is dropped; nothing was taken.")


def _ask(kind: str, actor: Actor) -> None:
    if not may_import_kind(kind)(actor):
        raise Forbidden(_("Refunds are for finance, sales and touches for operations to bring."))


@require_GET
def show_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a file is: asked for every second while the page is open and the work is not done."""
    file = Import.objects.filter(pk=pk).first()
    if file is None:
        raise Http404
    return TemplateResponse(request, "console/parts/import_progress.html", {"file": file})


check = maker(ImportForm, may_import)(_check)
start = door(Import, may_import)(_start)
drop = door(Import, may_import)(_drop)
progress = site.admin_view(show_progress)
