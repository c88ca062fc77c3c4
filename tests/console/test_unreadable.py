"""What holds a NUL is refused by its name before a view reads it: in an address, in a form, in the API's query."""

from collections.abc import Callable

from django.test import Client

from kernel.actor import system
from shared_apps.accounts.actions import add_operator
from shared_apps.accounts.states import Role
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand


def test_a_nul_is_refused_by_its_field(aurora: Brand, operator_of: Callable[..., Client]) -> None:
    browser = operator_of(aurora, Role.ADMIN)
    stranger = Client(headers={"Host": "aurora.localhost"})
    for page in (
        browser.get("/console/orders/order/?q=a%00"),
        browser.post("/console/orders/order/", {"q": "a\0"}),
        stranger.get("/?utm_q=%00"),
    ):
        assert (page.status_code, "“q”" in page.content.decode() or "“utm_q”" in page.content.decode()) == (400, True)
    answer = browser.get("/api/v1/orders?search=%00")
    assert (answer.status_code, answer.json()["details"]["errors"][0]["field"]) == (422, "search")
    assert browser.get("/console/orders/order/?q=a").status_code == 200


def test_whoever_has_a_long_address_and_no_name_acts_all_the_same(aurora: Brand) -> None:
    browser, address = Client(headers={"Host": "aurora.localhost"}), f"{'a' * 60}@{'b' * 60}.{'c' * 60}.example"
    with brand_entered(aurora):
        browser.force_login(add_operator(email=address, password="pass", name="", roles=[], actor=system("tests")))
    assert browser.get("/api/v1/orders").status_code == 403  # refused, and written down
    with brand_entered(aurora):
        assert AuditEvent.objects.get(verb="permission.denied").actor_label == address[:160]


def test_days_at_the_ends_of_the_calendar_are_no_days_of_a_report(
    aurora: Brand, operator_of: Callable[..., Client]
) -> None:
    browser = operator_of(aurora, Role.ADMIN)
    for asked in ("until=9999-12-31", "since=0001-01-01"):
        answer = browser.get(f"/api/v1/reports/owed?{asked}")
        assert (answer.status_code, answer.json()["details"]["errors"][0]["field"]) == (422, asked.partition("=")[0])
