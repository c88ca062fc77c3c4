from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from shared_apps.brands.clock import now
from tenant_apps.payments.actions import receive
from tenant_apps.payments.errors import BadSignature

LARGEST_BODY = 1_000_000


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Take an event of Stripe: 200 once it is stored (or was before), 400 for what Stripe did not sign."""
    try:
        if int(request.headers.get("Content-Length") or 0) > LARGEST_BODY:
            return _refused("body_too_large", 413)
        payload = request.body
    except (RequestDataTooBig, ValueError):
        return _refused("body_too_large", 413)
    try:
        stored = receive(
            provider="stripe", payload=payload, signature=request.headers.get("Stripe-Signature", ""), at=now()
        )
    except BadSignature as forged:
        return JsonResponse(forged.as_dict(), status=forged.status)
    return JsonResponse({"received": True, "new": stored is not None})


def _refused(code: str, status: int) -> HttpResponse:
    return JsonResponse({"code": code, "message": "The body is larger than 1 MB.", "details": {}}, status=status)
