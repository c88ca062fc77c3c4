"""A portal in Korean or Spanish says nothing in English, neither at a brand nor on the partners' own host."""

from typing import Any

from shared_apps.brands.entering import brand_entered
from shared_apps.outbox.draining import drain_schema
from tenant_apps.programs.actions import create_link
from tests.portal.visiting import PARTNERS, Browser, at
from tests.reading import english_on
from tests.settlements.books import ANNA, JUNE, MAY, clawed_back, earned
from tests.settlements.paying_out import issued_for

NAMES = ("Aurora", "Nordlicht Media", "Partners", "Photography course", "standard", "Ann")
AT_BRAND = ("", "statements/", "contracts/", "decisions/", "deals/", "deals/new/", "claims/", "claims/new", "links/")
AT_HOME = ("/", "/statement/", "/profile/", "/profile/tax/", "/profile/payout/", "/accounts/password/change/")


def test_nothing_on_a_partners_pages_of_another_language_is_english(inside: Browser, nord: Any, aurora: Any) -> None:
    with brand_entered(aurora):
        original = earned(nord, 1250, MAY)
        clawed_back(original, 250, JUNE)
        [settlement] = issued_for((nord, 1700))
        create_link(enrollment=nord, code="nord", actor=ANNA, at=MAY)
        while drain_schema():
            pass
        details = (f"earnings/{original.public_id}/", f"statements/{settlement.statements.get().public_id}/")
    pages = [(f"/portal/{path}", at(aurora)) for path in (*AT_BRAND, *details)] + [(path, PARTNERS) for path in AT_HOME]
    english = {}
    for language in ("ko", "es"):
        for path, host in pages:
            answer = inside.get(path, headers=host | {"Accept-Language": language})
            assert (answer.status_code, answer["Content-Language"]) == (200, language), path
            english[language, path] = english_on(answer.content.decode(), *NAMES, language=language)
    assert {page: found for page, found in english.items() if found} == {}
