import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest

from kernel.ids import public_id
from tenant_apps.programs.queries import link_by_code
from tenant_apps.tracking.actions import record_touch

REF = re.compile(r"^[A-Za-z0-9_.-]{1,64}$")
CODE = re.compile(r"^[A-Za-z0-9_-]{1,40}$")
UTM = ("source", "medium", "campaign", "term", "content")


@dataclass(frozen=True)
class Visit:
    """Who looks, and whose link brought them; carried in the page's addresses and forms, never in a cookie."""

    visitor_ref: str
    via_code: str

    @property
    def query(self) -> str:
        """The end of an address that carries the visit on, or nothing."""
        carried = {"tv": self.visitor_ref, "via": self.via_code}
        return "?" + urlencode({key: value for key, value in carried.items() if value}) if any(carried.values()) else ""


def visit_of(request: HttpRequest) -> Visit:
    """Read the visit from the address or the form; a link's visitor without an id gets one."""
    given = request.POST if request.method == "POST" else request.GET
    visitor, via = given.get("tv", ""), given.get("via", "")
    via = via if CODE.match(via) else ""
    visitor = visitor if REF.match(visitor) else ""
    return Visit(visitor or (public_id("vis") if via else ""), via)


def note_visit(request: HttpRequest, visit: Visit, at: datetime) -> None:
    """Record that a link brought this visitor, if it is a link of ours and a person is looking."""
    if not visit.via_code or request.method != "GET" or "prefetch" in request.headers.get("Sec-Purpose", ""):
        return
    link = link_by_code(visit.via_code)
    if link is None:
        return
    utm = {name: request.GET[f"utm_{name}"][:80] for name in UTM if request.GET.get(f"utm_{name}")}
    record_touch(
        visitor_ref=visit.visitor_ref, link=link, channel="click", at=at, url=request.build_absolute_uri()[:500],
        referrer=request.headers.get("Referer", "")[:500], utm=utm,
    )  # fmt: skip
