"""The roots a brand publishes, for everybody: what a partner's proof leads to, and the script that checks it."""

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shared_apps.audit.queries import record_seals
from tenant_apps.ledger.queries import seals

if TYPE_CHECKING:
    from shared_apps.audit.models import RecordSeal
    from shared_apps.brands.models import Brand
    from tenant_apps.ledger.models import Seal

ON_A_PAGE = 30
IN_A_FILE = 1000


@require_safe
def roots_page(request: HttpRequest) -> HttpResponse:
    """Show the roots of the record and of the books, the latest first, and how to check a proof against them."""
    number = request.GET.get("page")
    chains = [Paginator(chain, ON_A_PAGE) for chain in (record_seals(), seals())]
    longest = max(chains, key=lambda chain: chain.num_pages)
    context = {
        "record": chains[0].get_page(number).object_list if _reaches(chains[0], number) else [],
        "books": chains[1].get_page(number).object_list if _reaches(chains[1], number) else [],
        "longest": longest.get_page(number),
    }  # fmt: skip
    return render(request, "storefront/proof.html", context)


@require_safe
def published_roots(request: HttpRequest) -> HttpResponse:
    """Answer with the latest roots as JSON, `?before=` a number with earlier ones. They tell nothing of their rows."""
    brand = cast("Brand", request.tenant)  # type: ignore[attr-defined]
    text = request.GET.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
    chains = {"record": _told(record_seals(), before), "books": _told(seals(), before)}
    answer = JsonResponse({"brand": {"id": brand.public_id, "name": brand.name}} | chains)
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


@require_safe
def check_script(_request: HttpRequest) -> HttpResponse:
    """Send the script that checks a proof with nothing but Python."""
    answer = HttpResponse(_script(), content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="verify_inclusion.py"'
    return answer


@cache
def _script() -> str:
    return str((settings.BASE_DIR / "deploy" / "proof" / "verify_inclusion.py").read_text(encoding="utf-8"))


def _reaches(chain: "Paginator[Any]", page: str | None) -> bool:
    return not (page or "").isdigit() or int(page or 1) <= chain.num_pages


def _told(chain: Any, before: int | None) -> list[dict[str, Any]]:
    rows: list[Seal | RecordSeal] = list((chain.filter(number__lt=before) if before else chain)[:IN_A_FILE])
    return [
        {
            "number": seal.number, "day": seal.day.isoformat(), "root": seal.root, "hash": seal.hash,
            "previous_hash": seal.previous_hash,
        }
        for seal in rows
    ]  # fmt: skip
