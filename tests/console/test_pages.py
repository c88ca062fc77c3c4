"""Every list and page of the console opens, costs the same for one row and for three, and says so when empty."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kernel.actor import system
from kernel.clock import utc_now
from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.console.site import site
from tenant_apps.customers.actions import open_lead
from tenant_apps.programs.actions import enroll_partner, ensure_program
from tenant_apps.tracking.actions import create_site

ACTOR = system("tests")
LISTS = [f"/console/{model._meta.app_label}/{model._meta.model_name}/" for model in site._registry]
Operators = Callable[..., Client]


@pytest.mark.parametrize("path", ["/console/", *LISTS])
def test_an_empty_console_opens(aurora: Brand, operator_of: Operators, path: str) -> None:
    answer = operator_of(aurora, Role.OPERATIONS).get(path)
    assert answer.status_code == 200
    policy = answer["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "script-src 'self' 'unsafe-eval'" in policy or "'unsafe-eval' 'self'" in policy


def test_a_new_brand_is_told_its_first_steps(aurora: Brand, operator_of: Operators) -> None:
    page = operator_of(aurora, Role.ADMIN).get("/console/").content.decode()
    for step in ("Connect the payment account", "Create the first offer", "Enroll the first partner"):
        assert step in page


def test_an_empty_list_says_the_next_step(aurora: Brand, operator_of: Operators) -> None:
    operator = operator_of(aurora, Role.ADMIN)
    deals = operator.get("/console/attribution/deal/").content.decode()
    assert "Begin with the first one." in deals
    assert deals.count('href="/console/new/deal"') == 2
    assert "It fills by itself" in operator.get("/console/customers/lead/").content.decode()
    assert "Nothing matches" in operator.get("/console/customers/lead/?q=nobody").content.decode()


@pytest.mark.parametrize(
    "path", ["/console/customers/lead/", "/console/programs/enrollment/", "/console/tracking/site/"]
)
def test_a_list_costs_the_same_for_one_and_three(aurora: Brand, operator_of: Operators, path: str) -> None:
    operator = operator_of(aurora, Role.OPERATIONS)
    make_people(aurora, 1)
    one = queries_of(operator, path)
    make_people(aurora, 3)
    assert queries_of(operator, path) == one


def queries_of(operator: Client, path: str) -> int:
    operator.get(path)  # which brand answers at this host is known for some seconds only
    with CaptureQueriesContext(connection) as queries:
        assert operator.get(path).status_code == 200
    return len([query for query in queries if "set_config" not in query["sql"]])


def make_people(brand: Brand, count: int) -> None:
    with brand_entered(brand):
        program = ensure_program(name="Partners", at=utc_now())
        for number in range(count):
            key = f"{count}-{number}"
            enrollment = enroll_partner(
                program=program, partner_ref=f"par_{key}", name=f"Partner {key}", email=f"{key}@example.com",
                role="affiliate", actor=ACTOR, at=utc_now(),
            )  # fmt: skip
            tracked = create_site(
                name=key, allowed_hosts=["a.example"], enrollment=enrollment, actor=ACTOR, at=utc_now()
            )
            lead: dict[str, Any] = {"offer": None, "phone": "", "message": "", "visitor_ref": "", "page_url": ""}
            open_lead(site=tracked, email=f"{key}@example.com", name=key, actor=ACTOR, at=utc_now(), **lead)


def test_a_person_without_a_role_is_shown_the_door(aurora: Brand, operator_of: Operators) -> None:
    nobody = operator_of(aurora)
    answer = nobody.get("/console/", follow=True)
    assert answer.status_code == 403


def test_another_brands_session_opens_nothing(aurora: Brand, hanok: Brand, operator_of: Operators) -> None:
    operator = operator_of(aurora, Role.ADMIN)
    answer = operator.get("/console/", headers={"Host": "hanok.localhost"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/console/login/")


def test_an_unknown_page_is_a_404(aurora: Brand, operator_of: Operators) -> None:
    operator = operator_of(aurora, Role.ADMIN)
    for path in LISTS:
        assert operator.get(f"{path}987654/change/").status_code in (302, 404)


MADE = {model: admin for model, admin in site._registry.items() if getattr(admin, "new_page", "")}


@pytest.mark.parametrize("model", MADE, ids=lambda model: model.__name__)
def test_what_can_be_made_is_made_from_its_list(aurora: Brand, operator_of: Operators, model: Any) -> None:
    page = operator_of(aurora, Role.ADMIN).get(f"/console/{model._meta.app_label}/{model._meta.model_name}/")
    wanted = [MADE[model].new_page, MADE[model].beside_page]
    assert [f'class="tb-button{" tb-primary" * (not place)}" href="{reverse(name)}"' in page.content.decode()
            for place, name in enumerate(filter(None, wanted))] == [True] * sum(map(bool, wanted))  # fmt: skip
