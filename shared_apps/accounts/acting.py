from django.http import HttpRequest

from kernel.actor import Actor


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts in this request: an operator, a partner who entered by hand-off, else an anonymous customer."""
    request_id = str(getattr(request, "request_id", "")) or None
    partner = request.session.get("partner") if hasattr(request, "session") else None
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated and user.is_staff:
        roles = frozenset(user.groups.values_list("name", flat=True)) | (
            {"admin"} if user.is_superuser else frozenset()
        )
        return Actor(kind="operator", id=user.public_id, label=str(user), roles=roles, request_id=request_id)
    if partner:
        return Actor(kind="partner", id=partner["ref"], label=partner["name"], roles=frozenset(), request_id=request_id)
    return Actor(kind="customer", id="anonymous", label="a visitor", roles=frozenset(), request_id=request_id)
