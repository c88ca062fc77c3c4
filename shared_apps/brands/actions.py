import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import available_timezones

from django.db import IntegrityError, transaction

from kernel.actor import Actor
from kernel.clock import utc_now
from kernel.currencies import is_currency
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.audit.actions import change_state, record
from shared_apps.brands import rules
from shared_apps.brands.entering import public_entered
from shared_apps.brands.errors import ClockBackwards, DomainTaken, LiveClock, SchemaNotReady
from shared_apps.brands.hosts import forget_hosts
from shared_apps.brands.migrating import TEMPLATE, migrations_hash
from shared_apps.brands.models import Brand, Domain, SchemaTemplate, Theme
from shared_apps.brands.postgresql.base import connected
from shared_apps.brands.roles import grant_brand
from shared_apps.brands.states import BRAND, BrandState

HOST = re.compile(r"^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}$")
LANGUAGES = ("en", "ko", "es")


def provision_brand(
    *, name: str, domain: str, currency: str, timezone: str, actor: Actor, at: datetime,
    language: str = "en", mode: str = "live", legal_name: str = "", legal_address: str = "", primary: str = "#0f766e",
    country: str = "", vat_id: str = "",
) -> Brand:  # fmt: skip
    """Create a brand: schema, role, rights, Brand, Domain, Theme and audit row in one transaction.

    Runs the precompiled SQL of the template schema, so brand 1,000 costs what brand 10 did and a
    failure leaves nothing. Raises InvalidInput (each field named), DomainTaken, SchemaNotReady.
    """
    domain = domain.strip().lower()
    _refuse_bad_input(name, domain, currency, timezone, language, mode)
    country, vat_id = rules.checked_seat(country, vat_id)
    rules.Theme(primary=primary)
    owner = connected("owner")
    owner.set_schema_to_public()
    with transaction.atomic(using="owner"):
        template = SchemaTemplate.objects.using("owner").filter(migrations_hash=migrations_hash()).first()
        if template is None:
            raise SchemaNotReady("The schema template does not fit the code. Run `manage.py migrate` first.")
        try:
            with transaction.atomic(using="owner"):
                brand = Brand(
                    schema_name=_schema_name(name), name=name.strip(), legal_name=legal_name or name.strip(),
                    legal_address=legal_address, country=country, vat_id=vat_id, currency=currency, timezone=timezone,
                    language=language, mode=mode, created_at=at,
                )  # fmt: skip
                brand.save(using="owner")
                Domain(tenant=brand, domain=domain, is_primary=True).save(using="owner")
        except IntegrityError as taken:
            raise DomainTaken(
                sentence("%(domain)s already belongs to a brand.", domain=domain), field="domain"
            ) from taken
        Theme.objects.using("owner").create(brand=brand, primary=primary, logo_text=name.strip()[: rules.MAX_LOGO_TEXT])
        with owner.cursor() as cursor:
            cursor.execute(re.sub(rf"\b{TEMPLATE}\b", brand.schema_name, template.sql))
        grant_brand(brand.schema_name)
        owner.set_tenant(brand)
        record(actor=actor, verb="brand.provisioned", subject=brand, at=at, after={"domain": domain}, using="owner")
    owner.set_schema_to_public()
    forget_hosts()
    return brand


def suspend_brand(*, brand: Brand, reason: str, actor: Actor, at: datetime) -> Brand:
    """Suspend a brand: its hosts answer 503, except the provider's webhooks, for money may be under way."""
    change_state(brand, BRAND, BrandState.SUSPENDED, actor=actor, at=at, reason=reason)
    forget_hosts()
    return brand


def reactivate_brand(*, brand: Brand, reason: str, actor: Actor, at: datetime) -> Brand:
    """Bring a suspended brand back."""
    change_state(brand, BRAND, BrandState.ACTIVE, actor=actor, at=at, reason=reason)
    forget_hosts()
    return brand


def set_legal_person(
    *, brand: Brand, legal_name: str, legal_address: str, country: str, vat_id: str, actor: Actor, at: datetime
) -> Brand:
    """Say who the brand is to the law: what its documents print, and what decides VAT from now on.

    Issued documents keep what they say. Raises InvalidInput naming the field.
    """
    country, vat_id = rules.checked_seat(country, vat_id)
    if not 0 < len(legal_name.strip()) <= rules.MAX_LEGAL_NAME:
        raise InvalidInput(
            field="legal_name", message=sentence("must have 1 to %(most)s characters", most=rules.MAX_LEGAL_NAME)
        )
    said = {
        "legal_name": legal_name.strip(), "legal_address": legal_address.strip(), "country": country, "vat_id": vat_id
    }  # fmt: skip
    with public_entered(), transaction.atomic():
        locked = Brand.objects.select_for_update().get(pk=brand.pk)
        before = {name: getattr(locked, name) for name in said}
        for name, value in said.items():
            setattr(locked, name, value)
            setattr(brand, name, value)
        locked.save(update_fields=list(said))
        record(actor=actor, verb="brand.legal_person_set", subject=locked, at=at, before=before, after=said)
    forget_hosts()
    return brand


def advance_clock(*, brand: Brand, to: datetime, actor: Actor) -> datetime:
    """Set a test-mode brand's clock forward to the instant `to`, as Stripe's test clocks do.

    Returns the new now. Raises LiveClock for a live brand, ClockBackwards for an earlier instant.
    """
    with public_entered(), transaction.atomic():
        locked = Brand.objects.select_for_update().get(pk=brand.pk)
        if locked.mode != Brand.Mode.TEST:
            raise LiveClock(
                sentence("%(brand)s is live; only a test-mode brand has a clock that can be set.", brand=locked.name)
            )
        world = utc_now()
        if to < world + locked.clock_offset:
            raise ClockBackwards(
                sentence(
                    "%(to)s lies before the brand's present, %(present)s.", to=to, present=world + locked.clock_offset
                )
            )
        before = locked.clock_offset
        locked.clock_offset = to - world
        locked.save(update_fields=["clock_offset"])
        record(
            actor=actor, verb="brand.clock_advanced", subject=locked, at=to,
            before={"offset_seconds": before.total_seconds()},
            after={"offset_seconds": locked.clock_offset.total_seconds()},
        )  # fmt: skip
    brand.clock_offset = locked.clock_offset
    return to


def _refuse_bad_input(name: str, domain: str, currency: str, timezone: str, language: str, mode: str) -> None:
    problems: list[dict[str, str]] = []
    if not 2 <= len(name.strip()) <= 80:
        problems.append({"field": "name", "message": "must have 2 to 80 characters"})
    if not HOST.match(domain):
        problems.append({"field": "domain", "message": "must be a host name such as shop.example"})
    if timezone not in available_timezones():
        problems.append({"field": "timezone", "message": "must be an IANA time zone such as Europe/Berlin"})
    if language not in LANGUAGES:
        problems.append({"field": "language", "message": _one_of(LANGUAGES)})
    if mode not in Brand.Mode.values:
        problems.append({"field": "mode", "message": _one_of(Brand.Mode.values)})
    if not is_currency(currency):
        problems.append({"field": "currency", "message": "must be an ISO 4217 currency code"})
    if problems:
        raise InvalidInput(errors=problems)


def _schema_name(name: str) -> str:
    """Return a free schema name: never what a person typed, always `b_` and plain letters."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = "b_" + (re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:30] or "brand")
    taken = set(Brand.objects.using("owner").filter(schema_name__startswith=stem).values_list("schema_name", flat=True))
    return next(name for name in (stem, *(f"{stem}_{n}" for n in range(2, 100_000))) if name not in taken)


def _one_of(choices: Iterable[str]) -> str:
    return sentence("must be one of %(choices)s", choices=", ".join(choices))
