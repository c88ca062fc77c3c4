from datetime import timedelta
from functools import partial

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin

from kernel.ids import public_id
from shared_apps.brands.states import BrandState


class Brand(TenantMixin):  # type: ignore[misc]
    """An operator's brand: one schema, one look, one set of books. Created only by `provision_brand`."""

    auto_create_schema = False
    auto_drop_schema = False

    class Mode(models.TextChoices):
        TEST = "test"
        LIVE = "live"

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "brd"), editable=False)
    name = models.CharField(max_length=80)
    legal_name = models.CharField(max_length=160, blank=True)
    legal_address = models.TextField(blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="Where the legal person is: decides VAT.")
    vat_id = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=16, default=BrandState.ACTIVE)
    mode = models.CharField(max_length=8, choices=Mode, default=Mode.LIVE)
    clock_offset = models.DurationField(default=timedelta(0))
    currency = models.CharField(max_length=3)
    timezone = models.CharField(max_length=64)
    language = models.CharField(max_length=8, default="en")
    support_email = models.EmailField(blank=True)
    cell = models.CharField(max_length=32, default="default")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="brand_clock_only_in_test_mode",
                condition=models.Q(mode="test") | models.Q(clock_offset=timedelta(0)),
            ),
            models.CheckConstraint(name="brand_clock_never_back", condition=models.Q(clock_offset__gte=timedelta(0))),
        ]

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):  # type: ignore[misc]
    """A host that leads to a brand (or, for the platform's own hosts, to public)."""

    def __str__(self) -> str:
        return str(self.domain)


class Theme(models.Model):
    """A brand's look as typed tokens; the server writes the CSS (`brands.rules`)."""

    brand = models.OneToOneField(Brand, models.CASCADE, related_name="theme")
    primary = models.CharField(max_length=7, default="#0f766e")
    radius = models.PositiveSmallIntegerField(default=8)
    font = models.CharField(max_length=32, default="system")
    logo_text = models.CharField(max_length=40, blank=True)
    dark = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"Theme of {self.brand}"


class SchemaTemplate(models.Model):
    """The SQL that makes a brand's schema, compiled from the template schema after each migration."""

    migrations_hash = models.CharField(max_length=64, unique=True)
    sql = models.TextField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Schema template {self.migrations_hash[:12]}"


class Doorbell(models.Model):
    """In public: a schema has deliveries due. Rung in the publisher's transaction, taken off by the drain.

    So the sweeper asks one small table and not a thousand schemas.
    """

    schema = models.CharField(max_length=63)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="doorbell_due")]

    def __str__(self) -> str:
        return self.schema
