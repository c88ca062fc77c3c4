"""Files over a partner's API: statements and their proofs as the portal hands them out, and what a claim shows."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from shared_apps.audit.actions import seal_record
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.disputes.actions import decide_dispute
from tenant_apps.disputes.files import LARGEST
from tenant_apps.disputes.models import Evidence
from tests.disputes.claiming import FINANCE, fresh
from tests.settlements.books import JUNE

from . import owning
from .owning import ANSWER, Mail
from .test_foreign_brand import entered
from .test_own import own_browser

PDF = b"%PDF-1.7\n"


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path)


def content(browser: Client, path: str) -> bytes:
    answer = browser.get(path)
    assert (answer.status_code, answer["Cache-Control"].count("no-store")) == (200, 1)
    return answer.getvalue()


def sent(browser: Client, path: str, **form: Any) -> tuple[int, list[str]]:
    answer = browser.post(f"/api/v1/partner/claims/{path}", form)
    return answer.status_code, [error["field"] for error in answer.json().get("details", {}).get("errors", [])]


def test_a_statement_and_its_credit_note_are_the_same_files_as_in_the_portal(aurora: Brand) -> None:
    browser = own_browser(aurora)
    with brand_entered(aurora):
        statement = owning.a_statement()
    api, page = f"/api/v1/partner/statements/{statement.public_id}", f"/portal/statements/{statement.public_id}"
    early, none = browser.get(f"{api}/proof"), browser.get(f"{api}/credit-note/pdf")
    assert (early.status_code, early.json()["code"], none.status_code) == (409, "not_sealed", 404)
    with brand_entered(aurora):
        owning.canceled(statement)
        seal_record(at=JUNE)
    for note, portal in (("", page), ("/credit-note", f"{page}/credit-note")):
        assert content(browser, f"{api}{note}/pdf") == content(browser, f"{portal}.pdf")
        assert content(browser, f"{api}{note}/csv") == content(browser, f"{portal}.csv").removeprefix(b"\xef\xbb\xbf")
        assert browser.get(f"{api}{note}/proof").json() == browser.get(f"{portal}.proof.json").json()
    versions = browser.get("/api/v1/partner/statements").json()["items"]
    assert [each["version"] for each in versions] == [2, 1]
    sheets = {content(browser, f"/api/v1/partner/statements/{each['id']}/csv") for each in versions}
    assert len(sheets) == 2


def test_the_other_side_answers_until_it_is_decided_and_never_learns_what_was_shown(aurora: Brand) -> None:
    browser = own_browser(aurora)
    with brand_entered(aurora):
        claim = owning.heard()
        claimant = entered(aurora, claim.claimant.partner_ref)
    path = f"/api/v1/partner/claims/{claim.public_id}/answer"

    def said(who: Client, **changed: Any) -> Any:
        return who.post(path, ANSWER | changed, content_type="application/json")

    assert said(claimant).status_code == 404
    for wrong in ({"position": "maybe"}, {"statement": ""}, {"links": ["no address"]}, {"enrollment": "x"}):
        refused = said(browser, **wrong)
        fields = [error["field"].partition("[")[0] for error in refused.json()["details"]["errors"]]
        assert (refused.status_code, fields) == (422, list(wrong))
    told = said(browser).json()
    assert (told["answers"], len(told["evidence"])) == (
        [{"position": "contests", "statement": "She knew my blog."}], 1,
    )  # fmt: skip
    [last] = said(browser, position="agrees", links=[]).json()["answers"]
    assert last["position"] == "agrees"
    seen = claimant.get(f"/api/v1/partner/claims/{claim.public_id}").json()
    assert (seen["answers"], seen["evidence"], seen["other_evidence"]) == ([last], [], 1)
    with brand_entered(aurora):
        decide_dispute(dispute=fresh(claim), granted="0", reason="No.", actor=FINANCE, at=now())
    late = said(browser)
    assert (late.status_code, late.json()["code"]) == (409, "dispute_closed")


def test_evidence_is_known_by_its_bytes_and_what_may_not_be_kept_is_named(aurora: Brand) -> None:
    browser = own_browser(aurora)
    with brand_entered(aurora):
        claim = owning.a_claim()
    path = f"{claim.public_id}/evidence"
    script = Mail(b"MZ\x90\x00")
    assert sent(browser, path, files=[Mail(PDF), script]) == (422, ["files[1]"])
    assert sent(browser, path, files=[Mail(b"a" * (LARGEST + 1))]) == (422, ["files[0]"])
    assert sent(browser, path, files=[Mail(b"%d" % number) for number in range(11)]) == (422, ["files"])
    assert sent(browser, path, links=["ftp://x"]) == (422, ["links[0]"])
    assert sent(browser, path) == (422, ["files"])
    unreadable = browser.generic("POST", f"/api/v1/partner/claims/{path}", b"x", content_type="multipart/form-data")
    many = browser.post(f"/api/v1/partner/claims/{path}", {"files": [Mail(PDF)] * 101})
    assert [(each.status_code, each.json()["code"]) for each in (unreadable, many)] == [(400, "bad_request")] * 2
    with brand_entered(aurora):
        assert Evidence.objects.count() == 0
    assert sent(browser, path, files=[Mail(PDF), Mail(PDF)], links=["https://mail.example/1"]) == (200, [])
    [address, piece] = browser.get(f"/api/v1/partner/claims/{claim.public_id}").json()["evidence"]
    assert (address["url"], piece["name"], piece["media_type"]) == (
        "https://mail.example/1", "mail.txt", "application/pdf",
    )  # fmt: skip
    download = "/api/v1/partner/claims/evidence/{}/file"
    assert content(browser, download.format(piece["id"])) == PDF
    assert browser.get(download.format(address["id"])).status_code == 404
