from datetime import timedelta

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from kernel.actor import system
from kernel.clock import utc_now
from kernel.errors import InvalidInput
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.actions import advance_clock, provision_brand
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.errors import ClockBackwards, DomainTaken, LiveClock
from shared_apps.brands.models import Brand, Domain
from tenant_apps.customers.models import Customer

ACTOR = system("tests")
BORN = {"currency": "EUR", "timezone": "Europe/Berlin", "actor": ACTOR}


def test_with_no_brand_entered_the_database_refuses(aurora: Brand) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f'SELECT * FROM "{aurora.schema_name}".orders_order')


def test_inside_one_brand_the_other_is_refused(in_aurora: Brand, hanok: Brand) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f'SELECT * FROM "{hanok.schema_name}".orders_order')


def test_inside_a_brand_shared_tables_are_refused(in_aurora: Brand) -> None:
    for table in ("partners_partner", "brands_brand", "brands_domain", "accounts_user"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"SELECT * FROM public.{table}")


def test_rows_of_two_brands_do_not_mix(aurora: Brand, hanok: Brand) -> None:
    with brand_entered(aurora):
        Customer.objects.create(email="ann@example.com", created_at=utc_now())
    with brand_entered(hanok):
        assert list(Customer.objects.all()) == []
    with brand_entered(aurora):
        assert [customer.email for customer in Customer.objects.all()] == ["ann@example.com"]


def test_a_failed_statement_does_not_leave_the_brand_open(aurora: Brand) -> None:
    with brand_entered(aurora), pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT nonsense")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role'), current_setting('search_path')")
        assert cursor.fetchone() == (f"{settings.DATABASE_ROLE_PREFIX}_public", '"public"')


@pytest.mark.parametrize(
    "verb", ["UPDATE audit_auditevent SET verb = 'x'", "DELETE FROM audit_auditevent", "TRUNCATE audit_auditevent"]
)
def test_the_runtime_role_cannot_change_history(in_aurora: Brand, verb: str) -> None:
    before = AuditEvent.objects.count()
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb)
    assert AuditEvent.objects.count() == before == 1


def test_provisioning_is_one_transaction(own_database: str) -> None:
    brand = provision_brand(name="Fjord", domain="fjord.localhost", at=utc_now(), **BORN)
    with brand_entered(brand):
        assert [event.verb for event in AuditEvent.objects.all()] == ["brand.provisioned"]
    with pytest.raises(DomainTaken):
        provision_brand(name="Fjord", domain="fjord.localhost", at=utc_now(), **BORN)
    assert Brand.objects.filter(name="Fjord").count() == 1
    again = provision_brand(name="Fjord", domain="fjord2.localhost", at=utc_now(), **BORN)
    assert (brand.schema_name, again.schema_name) == ("b_fjord", "b_fjord_2")


def test_bad_input_names_each_field_and_writes_nothing(own_database: str) -> None:
    brands, domains = Brand.objects.count(), Domain.objects.count()
    with pytest.raises(InvalidInput) as refused:
        provision_brand(
            name="x", domain="no host", currency="EURO", timezone="Mars/Base", actor=ACTOR, at=utc_now(), language="xx"
        )
    assert [error["field"] for error in refused.value.errors] == ["name", "domain", "timezone", "language", "currency"]
    assert (Brand.objects.count(), Domain.objects.count()) == (brands, domains)


def test_a_test_brands_clock_moves_forward_only(in_aurora: Brand) -> None:
    later = utc_now() + timedelta(days=40)
    advance_clock(brand=in_aurora, to=later, actor=ACTOR)
    assert timedelta(0) <= now() - later < timedelta(minutes=1)
    with pytest.raises(ClockBackwards):
        advance_clock(brand=in_aurora, to=later - timedelta(days=1), actor=ACTOR)
    assert now() >= later


def test_a_live_brand_has_the_worlds_clock(own_database: str) -> None:
    live = provision_brand(name="Real", domain="real.localhost", at=utc_now(), **BORN)
    with pytest.raises(LiveClock):
        advance_clock(brand=live, to=utc_now() + timedelta(days=1), actor=ACTOR)
    with brand_entered(live):
        assert now() - utc_now() < timedelta(seconds=5)
