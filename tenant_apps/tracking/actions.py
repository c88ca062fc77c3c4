import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from kernel.actor import Actor
from kernel.errors import InvalidInput
from shared_apps.audit.actions import record
from shared_apps.brands.postgresql.base import entered
from shared_apps.outbox.actions import publish
from tenant_apps.programs.queries import active_links
from tenant_apps.tracking import rules
from tenant_apps.tracking.events import TouchRecorded
from tenant_apps.tracking.models import Site, Touch
from tenant_apps.tracking.rules import TrackedEvent

__all__ = ["TrackedEvent", "create_site", "record_events", "record_touch"]

# Django's bulk_create cannot say which rows were new; RETURNING can.
INSERT_EVENTS = """
INSERT INTO tracking_event (site_id, uid, visitor_ref, type, payload, at, received_at)
SELECT %(site)s, uid, %(visitor)s, type, payload::jsonb, at, %(now)s
FROM unnest(%(uids)s::text[], %(types)s::text[], %(payloads)s::text[], %(ats)s::timestamptz[])
    AS told (uid, type, payload, at)
ON CONFLICT (site_id, uid) DO NOTHING RETURNING id, uid
"""


@transaction.atomic
def create_site(*, name: str, allowed_hosts: Sequence[str], actor: Actor, at: datetime, enrollment: Any = None) -> Site:
    """Give a website its public key and the exact hosts that may use it; raises InvalidInput."""
    hosts = rules.normalized_hosts(allowed_hosts)
    errors = [
        {"field": f"allowed_hosts[{index}]", "message": "must be a host name without scheme or path"}
        for index, host in enumerate(hosts)
        if not rules.is_host(host)
    ]
    if not 0 < len(name.strip()) <= 120:
        errors.append({"field": "name", "message": "must have 1 to 120 characters"})
    if not hosts:
        errors.append({"field": "allowed_hosts", "message": "must not be empty"})
    if errors:
        raise InvalidInput(errors=errors)
    site = Site.objects.create(name=name.strip(), enrollment=enrollment, allowed_hosts=hosts, created_at=at)
    record(actor=actor, verb="site.created", subject=site, at=at, after={"name": site.name, "hosts": hosts})
    return site


@transaction.atomic
def record_events(
    *, site: Site, visitor_ref: str, events: Sequence[TrackedEvent], origin_host: str, at: datetime
) -> int:
    """Store what a tracker told, each event once, and make a touch of views and clicks with a live code.

    Sent again, or twice at once, an event is stored once: the unique key decides, not a look before.
    Returns how many were new. Times are checked at the door (`rules.wrong_time`).
    """
    new_ids = _insert(site, visitor_ref, events, at)
    _seen(site, origin_host, at)
    told = [event for event in {event.uid: event for event in reversed(events)}.values() if event.uid in new_ids]
    touching = sorted((event for event in told if rules.is_touching(event)), key=lambda event: event.at)
    links = active_links([event.via for event in touching]) if touching else {}
    for event in touching:
        link = links.get(event.via.strip().lower())
        if link is not None:
            _touch(
                visitor_ref=visitor_ref, link=link, channel=Touch.Channel.CLICK, at=rules.touch_time(event.at, at),
                received_at=at, site=site, url=event.url, referrer=event.referrer, utm=event.utm,
                click_id=event.click_id, placement=event.placement, event_id=new_ids[event.uid],
            )  # fmt: skip
    return len(new_ids)


@transaction.atomic
def record_touch(
    *, visitor_ref: str, link: Any, channel: str, at: datetime, url: str = "", referrer: str = "",
    utm: Mapping[str, str] | None = None, site: Site | None = None,
) -> Touch:  # fmt: skip
    """Record that a link brought a visitor; within one visit (30 minutes) the same click is one touch."""
    return _touch(
        visitor_ref=visitor_ref, link=link, channel=channel, at=at, received_at=at, site=site, url=url,
        referrer=referrer, utm=utm or {},
    )  # fmt: skip


def _touch(
    *, visitor_ref: str, link: Any, channel: str, at: datetime, received_at: datetime, site: Site | None, url: str,
    referrer: str, utm: Mapping[str, str], click_id: str = "", placement: str = "", event_id: int | None = None,
) -> Touch:  # fmt: skip
    contact = {
        # The deal's own campaign first: commission rules name campaigns, and anybody can type a utm parameter.
        "link": link, "channel": channel, "campaign": (link.campaign or utm.get("campaign", ""))[:80],
        "source": utm.get("source", "")[:80], "medium": utm.get("medium", "")[:80], "click_id": click_id[:120],
    }  # fmt: skip
    _take_turns(visitor_ref)
    recent = Q(at__gt=at - rules.SAME_VISIT, at__lte=at)
    known = Touch.objects.filter(recent, visitor_ref=visitor_ref, **contact).order_by("pk").first()
    if known is not None:
        return known
    touch = Touch.objects.create(
        visitor_ref=visitor_ref, enrollment_id=link.enrollment_id, site=site, event_id=event_id, url=url[:500],
        referrer=referrer[:500], placement=placement[:80], at=at, received_at=received_at, **contact,
    )  # fmt: skip
    publish(TouchRecorded(touch_ref=touch.public_id, visitor_ref=visitor_ref, at=received_at))
    return touch


def _take_turns(visitor_ref: str) -> None:
    """Let two requests of one visitor pass one after the other, so that a visit is one touch."""
    key = int.from_bytes(hashlib.sha256(f"{entered()}:{visitor_ref}".encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])


def _insert(site: Site, visitor_ref: str, events: Sequence[TrackedEvent], at: datetime) -> dict[str, int]:
    # In order of uid: two overlapping batches then wait for each other instead of dead-locking.
    ordered = sorted(events, key=lambda event: event.uid)
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT_EVENTS,
            {
                "site": site.pk, "visitor": visitor_ref, "now": at, "uids": [event.uid for event in ordered],
                "types": [event.type for event in ordered], "payloads": [_payload(event) for event in ordered],
                "ats": [event.at for event in ordered],
            },
        )  # fmt: skip
        return {uid: pk for pk, uid in cursor.fetchall()}


def _payload(event: TrackedEvent) -> str:
    names = ("url", "referrer", "via", "click_id", "placement")
    told: dict[str, object] = {name: getattr(event, name) for name in names if getattr(event, name)}
    return json.dumps(told | ({"utm": dict(event.utm)} if event.utm else {}))


def _seen(site: Site, host: str, at: datetime) -> None:
    # At most once a minute: a busy site's row would otherwise be the one lock all visitors queue for.
    stale = Q(last_seen_at=None) | Q(last_seen_at__lt=at.replace(second=0, microsecond=0)) | ~Q(last_seen_host=host)
    Site.objects.filter(stale, pk=site.pk).update(last_seen_at=at, last_seen_host=host)
