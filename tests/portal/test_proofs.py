"""A partner downloads the proof of a statement and checks it alone, against the roots that the brand publishes."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from shared_apps.accounts.states import Role
from shared_apps.audit.actions import seal_record
from shared_apps.audit.proof import record_proof
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.ledger.actions import seal_books
from tenant_apps.settlements.actions import (
    approve,
    approve_correction,
    close_period,
    issue_statement,
    propose_correction,
)
from tenant_apps.settlements.models import CreditNote, Settlement, Statement
from tests.api.conftest import ask, host_of, key_of, operator_of
from tests.ledger.test_posting import captured
from tests.ledger.test_sealing import SCRIPT
from tests.portal.test_pages import statement_of
from tests.portal.visiting import Browser, at
from tests.settlements.books import ANNA, BEN, JUNE, MAY, earned, enrolled
from tests.settlements.test_actions import taxed

__all__ = ["key_of", "operator_of"]
Keys = Callable[..., str]


@pytest.fixture
def statement(nord: Any, aurora: Brand) -> Statement:
    with brand_entered(aurora):
        earned(nord, 1250, MAY)
        return statement_of("2026-05", JUNE)


def roots(brand: Brand, query: str = "") -> Any:
    return Client(headers={"Host": host_of(brand)}).get(f"/proof/roots.json{query}").json()


def checked(tmp_path: Path, proof: Any, published: Any) -> "subprocess.CompletedProcess[str]":
    for name, content in (("proof", proof), ("roots", published)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    # -I: alone, without this project or the installed packages on its path.
    command = [sys.executable, "-I", "-S", str(SCRIPT), "proof.json", "--roots", "roots.json"]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)


def test_a_partner_downloads_the_proof_and_checks_it_offline(
    inside: Browser, aurora: Brand, statement: Statement, tmp_path: Path
) -> None:
    path = f"/portal/statements/{statement.public_id}"
    early = inside.get(f"{path}.proof.json", headers=at(aurora))
    assert (early.status_code, "sealed tonight" in early.content.decode()) == (409, True)
    assert "Sealed tonight" in inside.get(f"{path}/", headers=at(aurora)).content.decode()
    with brand_entered(aurora):
        [seal] = seal_record(at=JUNE)
    assert "Download proof" in inside.get(f"{path}/", headers=at(aurora)).content.decode()
    answer = inside.get(f"{path}.proof.json", headers=at(aurora))
    assert f'filename="{statement.number}-v1.proof.json"' in answer["Content-Disposition"]
    done = checked(tmp_path, answer.json(), roots(aurora))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"Statement {statement.number}, version 1, SHA-256 {statement.sha256}, stands in seal 1 of {seal.day}.\n"
    )


def test_a_credit_note_has_a_proof_of_its_own(
    inside: Browser, aurora: Brand, hanok: Brand, statement: Statement, tmp_path: Path, operator_of: Any
) -> None:
    path = f"/portal/statements/{statement.public_id}/credit-note.proof.json"
    assert inside.get(path, headers=at(aurora)).status_code == 404  # it is in force
    with brand_entered(aurora):
        taxed(aurora, statement.settlement.partner_ref, vat_id="DE136695976")
        correction = propose_correction(statement=statement, reason="VAT number", actor=ANNA, at=JUNE)
        approve_correction(correction=correction, actor=BEN, at=JUNE)
        note = CreditNote.objects.get()
    finance = operator_of(aurora, Role.FINANCE)
    downloaded = f"/console/credit-notes/{note.pk}/proof.json"
    assert inside.get(path, headers=at(aurora)).status_code == 409
    assert finance.get(downloaded)["Location"] == f"/console/settlements/creditnote/{note.pk}/change/"
    with brand_entered(aurora):
        [seal] = seal_record(at=JUNE)
    proof = inside.get(path, headers=at(aurora)).json()
    assert finance.get(downloaded).json() == proof
    assert operator_of(hanok, Role.FINANCE).get(downloaded).status_code == 404
    done = checked(tmp_path, proof, roots(aurora))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Credit note {note.number}, SHA-256 {note.sha256}, stands in seal 1 of {seal.day}.\n"
    proof["record"]["row"]["snapshot"]["reason"] = "another"
    assert checked(tmp_path, proof, roots(aurora)).returncode == 1


def test_a_forged_statement_is_refused(aurora: Brand, statement: Statement, tmp_path: Path) -> None:
    with brand_entered(aurora):
        seal_record(at=JUNE)
        sound = json.dumps(record_proof(statement))
    published = roots(aurora)

    def forged(change: Callable[[dict[str, Any]], object]) -> Any:
        proof = json.loads(sound)
        change(proof)
        return proof

    for change in (
        lambda p: p["record"]["row"]["snapshot"].update(payout_minor=999_999),
        lambda p: p["record"]["row"].update(sha256="a" * 64),
        lambda p: p["record"].update(table="settlements_other"),
        lambda p: p["path"].clear(),
        lambda p: p["seal"].update(day="2020-01-01"),
        lambda p: p["seal"].update(number=2),
    ):
        done = checked(tmp_path, forged(change), published)
        assert (done.returncode, done.stdout, bool(done.stderr)) == (1, "", True)
    other = {"record": [published["record"][0] | {"root": "a" * 64}]}
    assert checked(tmp_path, json.loads(sound), other).returncode == 1
    for nonsense in ({}, [], {"format": "tributary-record-1"}):
        assert checked(tmp_path, nonsense, published).returncode == 2


def test_the_proof_shows_hashes_of_others_only(aurora: Brand, nord: Any) -> None:
    with brand_entered(aurora):
        other = enrolled(aurora, "Other Partner")
        for each in (nord, other):
            earned(each, 1250, MAY)
        close_period(label="2026-05", actor=ANNA, at=JUNE)
        for settlement in Settlement.objects.all():
            issue_statement(settlement=approve(settlement=settlement, actor=BEN, at=JUNE), at=JUNE)
        seal_record(at=JUNE)
        shown = json.dumps(record_proof(Statement.objects.get(settlement__partner_ref=nord.partner_ref)))
    assert nord.partner_ref in shown
    assert other.partner_ref not in shown
    assert '"bounds"' not in shown


def test_the_api_gives_the_proof_once_it_is_sealed(aurora: Brand, statement: Statement, key_of: Keys) -> None:
    finance = key_of(aurora, Role.FINANCE)
    path = f"/statements/{statement.public_id}/proof"
    early = ask(aurora, path, finance)
    assert (early.status_code, early.json()["code"]) == (409, "not_sealed")
    with brand_entered(aurora):
        seal_record(at=JUNE)
        expected = record_proof(statement)
    assert ask(aurora, path, finance).json() == expected


def test_the_roots_are_for_everybody_and_say_nothing_of_what_is_in_them(aurora: Brand, hanok: Brand) -> None:
    with brand_entered(aurora):
        captured()
        first = [seal_record(at=JUNE)[0], seal_books(at=JUNE)[0]]
        captured("charge:2:captured")
        seal_books(at=JUNE + timedelta(days=1))
    published = roots(aurora)
    assert published["brand"] == {"id": aurora.public_id, "name": "Aurora"}
    assert [seal["number"] for seal in published["books"]] == [2, 1]
    assert set(published["books"][0]) == set(published["record"][0]) == {
        "number", "day", "root", "hash", "previous_hash",
    }  # fmt: skip
    assert [seal["number"] for seal in roots(aurora, "?before=2")["books"]] == [1]
    assert roots(hanok)["books"] == []
    visitor = Client(headers={"Host": host_of(aurora)})
    page = visitor.get("/proof/").content.decode()
    for seal in first:
        assert seal.root in page
    assert visitor.get("/proof/verify_inclusion.py").content == SCRIPT.read_bytes()
    assert visitor.get("/proof/?page=nonsense").status_code == visitor.get("/proof/?page=99").status_code == 200
    assert visitor.get("/proof/roots.json?before=x").status_code == 200
