from typing import Any

from django.http import HttpRequest
from ninja import Router

from shared_apps.accounts.doors import door
from shared_apps.accounts.policies import is_operator
from tenant_apps.settlements.rules.preview import preview_text

router = Router(tags=["previews"])
ANY_OBJECT = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}}


@router.post("/previews/{kind}", response=dict[str, Any], openapi_extra=ANY_OBJECT)
@door(is_operator)
def preview(request: HttpRequest, kind: str) -> dict[str, Any]:
    """Compute what the rules would do with a payload: split, attribution, commission, reversal or statement."""
    return preview_text(kind, request.body)
