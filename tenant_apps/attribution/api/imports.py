from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router
from ninja.pagination import paginate

from shared_apps.accounts.doors import Pages, Ref, actor_in, door, found, require
from shared_apps.brands.clock import now
from tenant_apps.attribution import actions
from tenant_apps.attribution.models import Import, ImportRow
from tenant_apps.attribution.policies import may_import, may_import_kind, may_see_attributions
from tenant_apps.attribution.queries import all_imports, import_by_ref
from tenant_apps.attribution.schemas.imports import ImportDetailOut, ImportIn, ImportOut, ImportRowOut
from tenant_apps.attribution.states import ImportState

router = Router(tags=["imports"])


@router.get("/imports", response=list[ImportOut])
@door(may_see_attributions)
@paginate(Pages)
def imports(request: HttpRequest, state: ImportState | None = None) -> QuerySet[Import]:  # noqa: ARG001
    """List imported files, the latest first."""
    return all_imports().filter(state=state) if state else all_imports()


@router.post("/imports", response=ImportDetailOut)
@door(may_import)
def check(request: HttpRequest, payload: ImportIn) -> Import:
    """Read a file whole: every mistake is named by row and field, or what it would do is shown. Nothing is taken."""
    require(may_import_kind(payload.kind), request, request.tenant)  # type: ignore[attr-defined]
    return actions.check_import(
        kind=payload.kind, source=payload.source, text=payload.csv, file_name=payload.file_name,
        actor=actor_in(request), at=now(),
    )  # fmt: skip


@router.get("/imports/{file}", response=ImportDetailOut)
@door(may_see_attributions)
def import_of(request: HttpRequest, file: Ref) -> Import:  # noqa: ARG001
    """Show how far a file is."""
    return found(import_by_ref(file))


@router.get("/imports/{file}/rows", response=list[ImportRowOut])
@door(may_import)
@paginate(Pages)
def rows(request: HttpRequest, file: Ref) -> QuerySet[ImportRow]:
    """List the rows of a file and what each became."""
    return _theirs(request, file).rows.order_by("number")


@router.post("/imports/{file}/start", response=ImportDetailOut)
@door(may_import)
def start(request: HttpRequest, file: Ref) -> Import:
    """Take the rows of a checked file in the background; ask for the file again until it is done."""
    return actions.start_import(file=_theirs(request, file), actor=actor_in(request), at=now())


@router.post("/imports/{file}/drop", response=ImportDetailOut)
@door(may_import)
def drop(request: HttpRequest, file: Ref) -> Import:
    """Throw a checked file away."""
    return actions.drop_import(file=_theirs(request, file), actor=actor_in(request), at=now())


def _theirs(request: HttpRequest, ref: str) -> Import:
    file = found(import_by_ref(ref))
    require(may_import_kind(file.kind), request, file)
    return file
