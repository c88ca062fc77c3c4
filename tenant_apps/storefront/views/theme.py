from typing import TYPE_CHECKING, cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

from shared_apps.brands.entering import public_entered
from shared_apps.brands.models import Theme
from shared_apps.brands.theming import chosen_look, style_sheet

if TYPE_CHECKING:
    from shared_apps.brands.models import Brand

FOR_EVER, SHORTLY = "public, max-age=31536000, immutable", "public, max-age=60"


@require_safe
def theme_css(request: HttpRequest, brand_public_id: str) -> HttpResponse:
    """Answer with the brand's style sheet; under its own version it never changes.

    The theme is read fresh: a process that still holds the old one must not send it under the new version.
    """
    brand = cast("Brand", request.tenant)  # type: ignore[attr-defined]
    with public_entered():
        theme = Theme.objects.filter(brand__public_id=brand.public_id).first()
    if theme is None or brand_public_id != brand.public_id:
        raise Http404
    sheet, version = style_sheet(chosen_look(theme))
    etag = f'"{version}"'
    same = request.headers.get("If-None-Match") == etag
    response = HttpResponseNotModified() if same else HttpResponse(sheet, content_type="text/css; charset=utf-8")
    response["ETag"] = etag
    response["Cache-Control"] = FOR_EVER if request.GET.get("v") == version else SHORTLY
    return response
