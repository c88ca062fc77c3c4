"""A partner claims a part of a sale, the other side answers; each reads its own side and nobody's name."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kernel.errors import InvalidInput
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from tenant_apps.attribution.actions import ensure_policy
from tenant_apps.catalog.models import Offer
from tenant_apps.commissions.models import Commission
from tenant_apps.disputes.actions import (
    answer_dispute,
    close_due,
    decide_dispute,
    open_dispute,
    open_submitted,
    submit_claim,
    withdraw_dispute,
)
from tenant_apps.disputes.actions.submitting import MOST_WAITING
from tenant_apps.disputes.errors import NotYetHeard, TooManyWaiting
from tenant_apps.disputes.models import CreditDispute, Evidence
from tenant_apps.orders.models import Order
from tenant_apps.programs.actions import create_link, set_contract
from tenant_apps.programs.models import Enrollment
from tests.api.disputing import drained
from tests.commissions import selling
from tests.disputes.claiming import FINANCE, OPS, fresh
from tests.portal.visiting import Browser, at

WISH = {"claimed": "1/2", "grounds": "own_customer", "statement": "She came by my mail.", "links": ""}
Sale = Callable[..., Order]


@pytest.fixture
def sale(aurora: Brand) -> Sale:
    """Sell a tour today that an enrollment brought, after another one's visit."""

    def sell(by: Enrollment, after: Enrollment | None = None) -> Order:
        visitor = f"vis_{Order.objects.count()}"
        for days, each in enumerate(filter(None, (by, after)), start=1):
            if not each.links.exists():
                create_link(enrollment=each, code=each.public_id, actor=selling.ACTOR, at=selling.AT)
            selling.visit(visitor, each, now() - days * selling.DAY)
        order = selling.paid_order(Offer.objects.first() or selling.offer_at(10_000), visitor, at=now())
        drained()
        return order

    return sell


def other(name: str) -> Enrollment:
    return selling.partner(name, selling.TEN_PERCENT)


def test_a_claim_is_shown_filed_and_taken_back(inside: Browser, nord: Any, aurora: Brand, sale: Sale) -> None:
    with brand_entered(aurora):
        order = sale(other("nora"), after=nord)
    form = WISH | {"order": f"#{order.number}", "enrollment": nord.public_id}
    shown = inside.post("/portal/claims/new", form | {"do": "show"}, headers=at(aurora))
    assert (shown.status_code, "Any other you can file" in shown.text) == (200, False)
    with brand_entered(aurora):
        assert CreditDispute.objects.count() == 0
    proof = SimpleUploadedFile("mail.txt", b"I sent her to the shop.")
    filed = inside.post("/portal/claims/new", form | {"do": "file", "files": [proof]}, headers=at(aurora))
    assert filed.status_code == 302
    page = inside.get(filed["Location"], headers=at(aurora)).text
    for said in (f"Claim on sale #{order.number}", "She came by my mail.", "mail.txt", "50%", "It is my own customer"):
        assert said in page
    assert "nora" not in page
    again = inside.post("/portal/claims/new", form | {"do": "file"}, headers=at(aurora))
    assert (again.status_code, "open already" in again.text) == (422, True)
    with brand_entered(aurora):
        drained()
        claim = CreditDispute.objects.get()
        piece = Evidence.objects.get().public_id
        answer_dispute(
            dispute=claim, party=claim.parties.get(), position="contests", statement="By no mail.", actor=OPS, at=now()
        )
    assert "By no mail." in inside.get(filed["Location"], headers=at(aurora)).text
    file = inside.get(f"/portal/claims/evidence/{piece}", headers=at(aurora))
    assert b"".join(file.streaming_content) == b"I sent her to the shop."
    more = inside.post(f"{filed['Location']}show", {"links": "https://mail.example/1"}, headers=at(aurora))
    assert more.status_code == 302
    inside.post(f"{filed['Location']}withdraw", {"reason": "a mistake"}, headers=at(aurora))
    with brand_entered(aurora):
        assert (fresh(claim).state, Evidence.objects.count()) == ("withdrawn", 2)
    assert "Withdrawn" in inside.get("/portal/claims/", headers=at(aurora)).text


def test_the_other_side_answers_and_reads_the_outcome(inside: Browser, nord: Any, aurora: Brand, sale: Sale) -> None:
    with brand_entered(aurora):
        order = sale(nord)
        made = open_dispute(
            order_ref=order.public_id, claimant=other("omar"), claimed="1/2", grounds="other", statement="Mine.",
            actor=OPS, at=now(),
        )  # fmt: skip
        drained()
    page = f"/portal/claims/{made.public_id}/"
    assert "Your answer is awaited" in inside.get("/portal/claims/", headers=at(aurora)).text
    heard = inside.get(page, headers=at(aurora)).text
    assert ("What another partner claims" in heard, "omar" in heard) == (True, False)
    wrong = inside.post(f"{page}answer", {"position": "maybe", "statement": ""}, headers=at(aurora))
    assert wrong.status_code == 422
    said = {"position": "contests", "statement": "She knew my blog.", "links": "no address"}
    refused = inside.post(f"{page}answer", said, headers=at(aurora))
    assert (refused.status_code, "Please give web addresses" in refused.text) == (422, True)
    assert inside.post(f"{page}answer", said | {"links": ""}, headers=at(aurora)).status_code == 302
    assert "She knew my blog." in inside.get(page, headers=at(aurora)).text
    assert inside.post(f"{page}withdraw", {"reason": "not mine"}, headers=at(aurora)).status_code == 404
    with brand_entered(aurora):
        decide_dispute(dispute=fresh(made), granted="1/4", reason="Both had a part.", actor=FINANCE, at=now())
        drained()
    ended = inside.get(page, headers=at(aurora)).text
    for word in ("Both had a part.", "Partly accepted", "25%"):
        assert word in ended
    with brand_entered(aurora):
        changed = Commission.objects.filter(enrollment=nord).latest("pk")
    explained = inside.get(f"/portal/earnings/{changed.public_id}/", headers=at(aurora)).text
    assert "A person decided who is credited." in explained


def test_of_a_claim_against_two_each_reads_and_answers_its_own(
    inside: Browser, nord: Any, aurora: Brand, sale: Sale
) -> None:
    with brand_entered(aurora):
        ensure_policy(terms={"model": "linear"}, at=selling.AT - 90 * selling.DAY)
        nora = other("nora")
        terms: dict[str, Any] = {"currency": "EUR", "rules": selling.TEN_PERCENT}
        set_contract(enrollment=nord, **terms, effective_from=selling.AT - selling.DAY, actor=OPS, at=selling.AT)
        order = sale(nord, nora)
        made = open_dispute(
            order_ref=order.public_id, claimant=other("omar"), claimed="1/2", grounds="other", statement="Mine.",
            links=["https://omar.example/"], actor=OPS, at=now(),
        )  # fmt: skip
        drained()
        assert [party.enrollment for party in made.parties.order_by("pk")] == [nora, nord]
    page = f"/portal/claims/{made.public_id}/"
    seen = inside.get(page, headers=at(aurora)).text
    assert ("€2.50" in seen, "€5.00" in seen, "omar.example" in seen) == (True, False, False)
    said = {"position": "contests", "statement": "By nord.", "links": ""}
    assert inside.post(f"{page}answer", said, headers=at(aurora)).status_code == 302
    assert inside.post(f"{page}show", {"links": "https://nord.example/"}, headers=at(aurora)).status_code == 302
    with brand_entered(aurora):
        assert list(made.parties.order_by("pk").values_list("statement", flat=True)) == ["", "By nord."]
        assert [piece.enrollment for piece in Evidence.objects.filter(url__contains="nord")] == [nord]
    assert "Your answer is awaited" not in inside.get("/portal/claims/", headers=at(aurora)).text
    with brand_entered(aurora):
        answer_dispute(
            dispute=fresh(made), party=made.parties.get(enrollment=nora), position="contests", statement="By nora.",
            actor=OPS, at=now(),
        )  # fmt: skip
    own = inside.get(page, headers=at(aurora)).text
    assert ["nord.example" in own, "By nord." in own, "By nora." in own] == [True, True, False]
    wish = WISH | {"order": f"#{order.number}", "enrollment": nord.public_id, "claimed": "1", "do": "show"}
    assert "€5.00" in inside.post("/portal/claims/new", wish, headers=at(aurora)).text


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"claimed": "most"}, "Give a part of the whole"),
        ({"grounds": "because"}, "because"),
        ({"statement": ""}, "required"),
        ({"links": "ftp://x"}, "Please give web addresses"),
    ],
)
def test_a_mistake_stands_at_its_field_and_nothing_is_filed(
    inside: Browser, nord: Any, aurora: Brand, sale: Sale, wrong: dict[str, str], told: str
) -> None:
    with brand_entered(aurora):
        order = sale(other("nora"), after=nord)
    form = WISH | {"order": order.public_id, "enrollment": nord.public_id, "do": "file"} | wrong
    answer = inside.post("/portal/claims/new", form, headers=at(aurora))
    assert (answer.status_code, told in answer.text) == (422, True)
    with brand_entered(aurora):
        assert CreditDispute.objects.count() == 0
        assert not Commission.objects.filter(state="hold", held_for="disputed").exists()


def test_a_sale_of_others_is_told_from_none_by_nothing_until_it_is_opened_up(
    inside: Browser, nord: Any, aurora: Brand, sale: Sale
) -> None:
    with brand_entered(aurora):
        order = sale(other("nora"))
    names = (f"#{order.number}", f"{order.number}", order.public_id, "#987654", "ord_never")
    for do, wrong in (("show", {}), ("file", {"claimed": "most"}), ("file", {"statement": ""})):
        told = set()
        for name in names:
            form = WISH | {"order": name, "enrollment": nord.public_id, "do": do} | wrong
            answer = inside.post("/portal/claims/new", form, headers=at(aurora))
            told.add((answer.status_code, _without(answer.text, name)))
        assert len(told) == 1, (do, wrong)
    pages = {}
    for name in names[:1] + names[3:4]:
        form = WISH | {"order": name, "enrollment": nord.public_id, "do": "file"}
        filed = inside.post("/portal/claims/new", form, headers=at(aurora))
        again = inside.post("/portal/claims/new", form, headers=at(aurora))
        assert (filed.status_code, again.status_code, "open already" in again.text) == (302, 422, True)
        page = inside.get(filed["Location"], headers=at(aurora)).text
        pages[name] = _without(page, name, filed["Location"].split("/")[-2])
        assert f"Claim on sale {name}" in page
    assert len(set(pages.values())) == 1
    with brand_entered(aurora):
        drained()
        assert not Commission.objects.filter(held_for="disputed").exists()
        claim, none = CreditDispute.objects.order_by("pk")
        with pytest.raises(NotYetHeard):
            decide_dispute(dispute=claim, granted="1/2", reason="Yes.", actor=FINANCE, at=now())
        with pytest.raises(InvalidInput) as unknown:
            open_submitted(dispute=none, actor=OPS, at=now())
        assert unknown.value.field == "order"
        open_submitted(dispute=claim, actor=OPS, at=now())
        drained()
        opened = fresh(claim)
        assert (opened.state, opened.order_ref, [party.enrollment.partner_name for party in opened.parties.all()]) == (
            "hearing", order.public_id, ["nora"],
        )  # fmt: skip
        assert Commission.objects.filter(held_for="disputed", amount_minor__gt=0).count() == 1
        assert close_due(at=none.hear_until) == 1
        assert (fresh(none).state, fresh(none).outcome, fresh(none).granted) == ("expired", "rejected", "0")


def _without(page: str, name: str, ref: str = "") -> str:
    for written in (f'value="{name}"', f"sale {name}", *filter(None, [ref])):
        page = page.replace(written, "…")
    return re.sub(r'(name="csrfmiddlewaretoken" value|nonce)="[^"]*"|\d\d:\d\d', "", page)


def test_claims_of_others_are_as_unknown_as_any(inside: Browser, nord: Any, aurora: Brand, sale: Sale) -> None:
    with brand_entered(aurora):
        order = sale(other("nora"))
        made = open_dispute(
            order_ref=order.public_id, claimant=other("omar"), claimed="1/2", grounds="other", statement="Mine.",
            links=["https://omar.example/"], actor=OPS, at=now(),
        )  # fmt: skip
        drained()
        piece = Evidence.objects.get().public_id
    answers = [inside.get(f"/portal/claims/{ref}/", headers=at(aurora)) for ref in (made.public_id, "crd_never")]
    assert [answer.status_code for answer in answers] == [404, 404]
    for verb in ("answer", "withdraw", "show"):
        assert inside.post(f"/portal/claims/{made.public_id}/{verb}", {}, headers=at(aurora)).status_code == 404
    assert inside.get(f"/portal/claims/evidence/{piece}", headers=at(aurora)).status_code == 404


def test_the_list_costs_the_same_for_one_and_three(inside: Browser, nord: Any, aurora: Brand, sale: Sale) -> None:
    assert "No claims" in inside.get("/portal/claims/", headers=at(aurora)).text
    counts = []
    for more in (1, 2):
        with brand_entered(aurora):
            nora = Enrollment.objects.filter(partner_name="nora").first() or other("nora")
            for _ in range(more):
                order = sale(nora)
                open_dispute(
                    order_ref=order.public_id, claimant=nord, claimed="1/2", grounds="other", statement="Mine.",
                    actor=OPS, at=now(),
                )  # fmt: skip
            drained()
        inside.get("/portal/claims/", headers=at(aurora))
        with CaptureQueriesContext(connection) as queries:
            inside.get("/portal/claims/", headers=at(aurora))
        counts.append(len([each for each in queries if "set_config" not in each["sql"]]))
    assert counts[0] == counts[1]


def test_any_name_makes_a_claim_but_only_so_many_wait_for_an_operator(
    inside: Browser, nord: Any, aurora: Brand, sale: Sale
) -> None:
    with brand_entered(aurora):
        order, own = sale(other("nora")), sale(other("omar"), after=nord)
        told: dict[str, Any] = {"grounds": "other", "statement": "Mine.", "actor": OPS, "at": now(), "claimed": "1/2"}
        waiting = [submit_claim(order=f"ord_{number}", claimant=nord, **told) for number in range(MOST_WAITING)]
        submit_claim(order="ord_1", claimant=other("ella"), **told)  # each partner has its own
    form = WISH | {"enrollment": nord.public_id, "do": "file"}
    answers = set()
    for name in (f"#{order.number}", "ord_never"):
        answer = inside.post("/portal/claims/new", form | {"order": name}, headers=at(aurora))
        assert "20 of your claims wait for the brand" in answer.text
        answers.add((answer.status_code, _without(answer.text, name)))
    assert [status for status, _ in answers] == [422]
    with brand_entered(aurora):
        with pytest.raises(TooManyWaiting) as refused:
            submit_claim(order="ord_never", claimant=nord, **told)
        assert (refused.value.status, refused.value.details["most"]) == (409, MOST_WAITING)
        assert CreditDispute.objects.filter(claimant=nord).count() == MOST_WAITING
        withdraw_dispute(dispute=waiting[0], reason="No.", actor=OPS, at=now())
    for name in (own.public_id, "ord_never"):  # its own sale is not counted; one that was looked at makes room
        assert inside.post("/portal/claims/new", form | {"order": name}, headers=at(aurora)).status_code == 302
