"""A report is narrowed by names, not by ids that nobody knows by heart; what is chosen stays chosen."""

import re
from collections.abc import Callable
from typing import Any

from django.test import Client

from shared_apps.accounts.states import Role
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.tracking.queries import site_names
from tests.console.test_pages import queries_of
from tests.reports.sales import sold
from tests.settlements.books import enrolled

PATH = "/console/reports/owed/"


def options(page: str, name: str) -> list[tuple[str, str, bool]]:
    """Value, words and whether it is chosen, of each option of a select but the one for all."""
    [select] = re.findall(rf'<select class="tb-input" name="{name}">(.*?)</select>', page, re.DOTALL)
    found = re.findall(r'<option value="(\w+)"( selected)?>(.*?)</option>', select)
    return [(value, words, bool(chosen)) for value, chosen, words in found]


def test_a_report_is_narrowed_by_names(
    aurora: Brand, operator_of: Callable[..., Client], drain: Callable[[], int]
) -> None:
    with brand_entered(aurora):
        nora, omar, _ = sold(drain)
        [(blog, _name)] = site_names().items()
    finance: Any = operator_of(aurora, Role.FINANCE)
    page = finance.get(PATH).content.decode()
    assert options(page, "partner") == [
        (nora.partner_ref, nora.partner_name, False), (omar.partner_ref, omar.partner_name, False),
    ]  # fmt: skip
    assert options(page, "site") == [(blog, "Nora&#x27;s blog", False)]
    assert options(page, "program") == [(nora.program.public_id, nora.program.name, False)]
    assert re.findall(r'<datalist id="report-campaigns">(.*?)</datalist>', page) == [
        '<option value="autumn"><option value="spring">'
    ]
    asked = f"{PATH}?partner={omar.partner_ref}&site=site_gone"
    narrowed = finance.get(asked).content.decode()
    assert [chosen for *_, chosen in options(narrowed, "partner")] == [False, True]
    assert options(narrowed, "site")[-1] == ("site_gone", "site_gone", True)
    once = queries_of(finance, asked)
    with brand_entered(aurora):
        enrolled(aurora, "Zoe Media")
        enrolled(aurora, "Sued Media")
    assert queries_of(finance, asked) == once
    assert len(options(finance.get(PATH).content.decode(), "partner")) == 4
