"""A partner reads a proposal in plain words, sees what differs, and accepts or declines it; nobody else does."""

from typing import Any

from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.programs import actions
from tenant_apps.programs.models import ContractVersion, Enrollment
from tenant_apps.programs.queries import reading_of
from tests.portal.visiting import Browser, at, joined
from tests.programs.dealing import KNOWN, OTTO
from tests.settlements.books import JUNE

RULES = [{"id": "tea", "when": {"product": ["tea"]}, "pay": {"kind": "percent", "rate": "0.125", "base": "net"}}]


def offered(brand: Brand, deal: Enrollment, *, propose: bool = True) -> ContractVersion:
    with brand_entered(brand):
        version = actions.draft_version(
            enrollment=deal, terms={"currency": "EUR", "rules": RULES, "hold_days": 30}, known=KNOWN, actor=OTTO,
            at=JUNE,
        )  # fmt: skip
        return actions.propose(version=version, known=KNOWN, actor=OTTO, at=JUNE) if propose else version


def page_of(version: ContractVersion, verb: str = "") -> str:
    return f"/portal/contracts/{version.public_id}/{verb}"


def signing(brand: Brand, version: ContractVersion, signed: str) -> dict[str, str]:
    with brand_entered(brand):
        return {"read": reading_of(version).sha256, "signed": signed}


def test_a_proposal_is_told_and_accepted_by_name(inside: Browser, nord: Any, aurora: Brand) -> None:
    version = offered(aurora, nord)
    home = inside.get("/portal/", headers=at(aurora)).text
    assert "proposes version 2 of your contract" in home
    page = inside.get(page_of(version), headers=at(aurora)).text
    for shown in (
        "12.5% of the net price; for the products tea", "Payable 30 days after the sale", "What differs from version 1",
        "Rule tea is new", "waits for your answer", "Type “Nordlicht Media” to accept",
    ):  # fmt: skip
        assert shown in page
    wrong = inside.post(page_of(version, "accept"), signing(aurora, version, "yes"), headers=at(aurora))
    assert (wrong.status_code, "Type your name to accept" in wrong.text) == (422, True)
    form = signing(aurora, version, "nordlicht media")
    assert inside.post(page_of(version, "accept"), form, headers=at(aurora)).status_code == 302
    after = inside.get(page_of(version), headers=at(aurora)).text
    assert "Accepted by you." in after
    assert "Rule tea is new" in after
    assert "proposes version" not in inside.get("/portal/", headers=at(aurora)).text
    again = inside.post(page_of(version, "accept"), form, headers=at(aurora))
    assert (again.status_code, "answered or withdrawn already" in again.text) == (409, True)


def test_a_proposal_is_declined_with_a_reason(inside: Browser, nord: Any, aurora: Brand) -> None:
    version = offered(aurora, nord)
    assert inside.post(page_of(version, "decline"), {"reason": " "}, headers=at(aurora)).status_code == 422
    assert inside.post(page_of(version, "decline"), {"reason": "too little"}, headers=at(aurora)).status_code == 302
    with brand_entered(aurora):
        version.refresh_from_db()
        assert (version.state, version.decision.note) == ("declined", "too little")
    assert "declined by you" in inside.get("/portal/contracts/", headers=at(aurora)).text


def test_drafts_and_others_contracts_do_not_exist(inside: Browser, nord: Any, aurora: Brand) -> None:
    draft = offered(aurora, nord, propose=False)
    strangers = offered(aurora, joined(aurora, "Anna Adler"))
    for version in (draft, strangers):
        assert inside.get(page_of(version), headers=at(aurora)).status_code == 404
        for verb in ("accept", "decline"):
            form = {"signed": "Anna Adler", "reason": "x"}
            assert inside.post(page_of(version, verb), form, headers=at(aurora)).status_code == 404
    with brand_entered(aurora):
        strangers.refresh_from_db()
    assert strangers.state == "proposed"


def test_a_contract_is_read_in_korean_and_spanish(inside: Browser, nord: Any, aurora: Brand) -> None:
    version = offered(aurora, nord)
    for language, shown in (("ko", "순액의 12.5%"), ("es", "12,5\u00a0% del precio neto")):
        page = inside.get(page_of(version), headers=at(aurora) | {"accept-language": language}).text
        assert shown in page
