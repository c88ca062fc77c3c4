"""A claim from its opening to its end: what waits, who is heard, who decides, what the clock decides."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kernel.actor import Actor, system
from kernel.errors import InvalidInput
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.models import Brand
from tenant_apps.attribution.actions import award
from tenant_apps.attribution.queries import attribution_of_order, fraction_of, shares
from tenant_apps.commissions.models import Commission
from tenant_apps.disputes.actions import (
    add_evidence,
    answer_dispute,
    close_due,
    decide_dispute,
    open_dispute,
    rehearse_decision,
    set_policy,
    withdraw_dispute,
)
from tenant_apps.disputes.errors import DeciderIsParty, DisputeClosed, DisputeOpen, NotYetHeard
from tenant_apps.disputes.files import checked, path_of
from tenant_apps.disputes.models import CreditDispute, Evidence
from tenant_apps.disputes.queries import disputes_of_partner, outcomes
from tenant_apps.orders.models import Order
from tenant_apps.programs.actions import enroll_partner
from tests.commissions import selling
from tests.disputes.claiming import (
    AT,
    DAY,
    FINANCE,
    LATER,
    OPS,
    PROOF,
    Drain,
    as_partner,
    claimed,
    deadline,
    fresh,
    held,
    sold,
    standing,
)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def parts(order: Order) -> dict[str, str]:
    attribution = attribution_of_order(order.public_id)
    assert attribution is not None
    return {share.enrollment.partner_name: str(fraction_of(share)) for share in shares(attribution)}


def test_only_the_disputed_share_waits(in_aurora: Brand, drain: Drain) -> None:
    order, nora, omar = sold(drain)
    dispute = claimed(order, omar, drain, part="1/4")
    assert (dispute.state, dispute.had, dispute.claimed) == ("hearing", "0", "1/4")
    # A quarter of nora's 10.00 waits; the rest goes its way.
    assert (held(nora), standing(nora)) == (250, 1_000)
    [party] = dispute.parties.all()
    assert (party.enrollment, party.share) == (nora, "1")
    assert party.told_at is not None
    assert dispute.hear_until == LATER + 14 * DAY
    selling.assert_books_fit(nora, omar)


def test_a_rejected_claim_leaves_everything_where_it_was(in_aurora: Brand, drain: Drain) -> None:
    order, nora, omar = sold(drain)
    dispute = claimed(order, omar, drain)
    decide_dispute(dispute=dispute, granted="0", reason="The mail is of last year.", actor=FINANCE, at=LATER)
    drain()
    done = fresh(dispute)
    assert (done.state, done.outcome, done.result_ref) == ("decided", "rejected", "")
    assert done.reason == "The mail is of last year."
    assert (held(nora), standing(nora), standing(omar)) == (0, 1_000, 0)
    assert parts(order) == {"nora": "1"}
    selling.assert_books_fit(nora, omar)


def test_a_granted_part_is_decided_anew(in_aurora: Brand, drain: Drain) -> None:
    order, nora, omar = sold(drain)
    dispute = claimed(order, omar, drain)
    decide_dispute(dispute=dispute, granted="1/4", reason="Half of it.", actor=FINANCE, at=LATER)
    drain()
    done = fresh(dispute)
    attribution = attribution_of_order(order.public_id)
    assert attribution is not None
    assert (done.outcome, done.granted, done.result_ref) == ("partly", "1/4", attribution.public_id)
    assert attribution.version == 2
    assert parts(order) == {"nora": "3/4", "omar": "1/4"}
    assert held(nora) == 0


def test_a_withdrawn_claim_frees_what_it_froze(in_aurora: Brand, drain: Drain) -> None:
    order, nora, omar = sold(drain)
    dispute = claimed(order, omar, drain)
    assert held(nora) == 500
    withdraw_dispute(dispute=dispute, reason="My mistake.", actor=as_partner(omar), at=LATER)
    assert (fresh(dispute).state, fresh(dispute).outcome, held(nora)) == ("withdrawn", "", 0)
    with pytest.raises(DisputeClosed):
        withdraw_dispute(dispute=dispute, reason="again", actor=as_partner(omar), at=LATER)
    # Once it has ended the same partner may claim again.
    assert claimed(order, omar, drain).state == "hearing"


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"order_ref": "ord_unknown"}, "order"),
        ({"claimed": "2"}, "claimed"),
        ({"claimed": "0"}, "claimed"),
        ({"grounds": "because"}, "grounds"),
        ({"statement": " "}, "statement"),
        ({"at": AT + 61 * DAY}, "order"),
        ({"links": ["javascript:alert(1)"]}, "links[0]"),
        ({"links": [f"https://a.example/{number}" for number in range(11)]}, "files"),
    ],
)
def test_what_cannot_be_claimed_is_named_and_nothing_moves(
    in_aurora: Brand, drain: Drain, wish: dict[str, Any], field: str
) -> None:
    order, nora, omar = sold(drain)
    asked: dict[str, Any] = {
        "order_ref": order.public_id, "claimant": omar, "claimed": "1/2", "grounds": "other", "statement": "Mine.",
        "actor": OPS, "at": LATER,
    }  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        open_dispute(**(asked | wish))
    assert refused.value.field == field
    assert held(nora) == 0


def test_nobody_claims_what_they_have(in_aurora: Brand, drain: Drain) -> None:
    order, nora, _ = sold(drain)
    with pytest.raises(InvalidInput) as refused:
        claimed(order, nora, drain, part="1")
    assert refused.value.field == "claimed"
    assert not CreditDispute.objects.exists()


def test_a_second_claim_waits_for_the_first(in_aurora: Brand, drain: Drain) -> None:
    order, nora, omar = sold(drain)
    claimed(order, omar, drain)
    with pytest.raises(DisputeOpen):
        claimed(order, omar, drain)
    assert (CreditDispute.objects.count(), held(nora)) == (1, 500)


def test_whoever_opened_does_not_decide(in_aurora: Brand, drain: Drain) -> None:
    order, _, omar = sold(drain)
    both = Actor(kind="operator", id="usr_ops", label="Olga", roles=frozenset({"operations", "finance"}))
    dispute = claimed(order, omar, drain, actor=OPS)
    with pytest.raises(DeciderIsParty):
        decide_dispute(dispute=dispute, granted="1/2", reason="Because.", actor=both, at=LATER)
    assert parts(order) == {"nora": "1"}


def test_a_key_of_whoever_opened_does_not_decide_nor_does_a_machine(in_aurora: Brand, drain: Drain) -> None:
    order, _, omar = sold(drain)
    dispute = claimed(order, omar, drain, actor=OPS)
    key = Actor(kind="operator", id="key_1", label="Key", roles=frozenset({"finance"}), owner=OPS.id)
    for nobody_else in (key, system("jobs")):
        with pytest.raises(DeciderIsParty):
            decide_dispute(dispute=dispute, granted="1/2", reason="Because.", actor=nobody_else, at=LATER)
    by_key = claimed(order, selling.partner("pia"), drain, actor=Actor("operator", "key_1", "Key", owner=FINANCE.id))
    with pytest.raises(DeciderIsParty):
        decide_dispute(dispute=by_key, granted="1/2", reason="Because.", actor=FINANCE, at=LATER)
    assert parts(order) == {"nora": "1"}


def test_a_partner_who_is_silent_about_its_own_claim_does_not_win_by_it(in_aurora: Brand, drain: Drain) -> None:
    order, nora, _ = sold(drain)
    better = enroll_partner(
        program=nora.program, partner_ref=nora.partner_ref, name="nora", email=nora.partner_email, role="creator",
        actor=OPS, at=AT,
    )  # fmt: skip
    dispute = claimed(order, better, drain)
    close_due(at=deadline(dispute))
    assert (fresh(dispute).state, fresh(dispute).outcome) == ("expired", "rejected")


def test_nobody_claims_a_sale_to_themselves(in_aurora: Brand, drain: Drain) -> None:
    nora, omar = selling.partner("nora", selling.TEN_PERCENT), selling.partner("omar", selling.TEN_PERCENT)
    selling.visit("vis_1", nora)
    order = selling.paid_order(selling.offer_at(10_000), "vis_1", email=omar.partner_email.upper())
    drain()
    with pytest.raises(InvalidInput) as refused:
        claimed(order, omar, drain)
    assert (refused.value.field, held(nora)) == ("order", 0)


def test_nothing_is_decided_before_the_other_side_was_told(in_aurora: Brand, drain: Drain) -> None:
    order, _, omar = sold(drain)
    dispute = open_dispute(
        order_ref=order.public_id, claimant=omar, claimed="1/2", grounds="other", statement="Mine.", actor=OPS, at=LATER
    )
    with pytest.raises(NotYetHeard):
        decide_dispute(dispute=dispute, granted="1/2", reason="Because.", actor=FINANCE, at=LATER)


@pytest.mark.parametrize(
    ("granted", "reason", "field"), [("3/4", "x", "granted"), ("1/2", " ", "reason"), ("x", "x", "granted")]
)
def test_a_wrong_decision_is_named(in_aurora: Brand, drain: Drain, granted: str, reason: str, field: str) -> None:
    order, _, omar = sold(drain)
    dispute = claimed(order, omar, drain)
    with pytest.raises(InvalidInput) as refused:
        decide_dispute(dispute=dispute, granted=granted, reason=reason, actor=FINANCE, at=LATER)
    assert refused.value.field == field
    assert fresh(dispute).state == "hearing"
    if field == "granted":
        with pytest.raises(InvalidInput) as unseen:
            rehearse_decision(dispute=dispute, granted=granted, actor=FINANCE, at=LATER)
        assert unseen.value.errors == refused.value.errors


def test_both_sides_are_heard_until_the_deadline(in_aurora: Brand, drain: Drain) -> None:
    order, nora, omar = sold(drain)
    dispute = claimed(order, omar, drain)
    [party] = dispute.parties.all()
    link = "https://nora.example/post"
    answer_dispute(
        dispute=dispute, party=party, position="contests", statement="She read my post.", links=[link, link],
        actor=as_partner(nora), at=LATER,
    )  # fmt: skip
    add_evidence(dispute=dispute, enrollment=omar, files=[PROOF], actor=as_partner(omar), at=LATER)
    told = fresh(dispute)
    # The same link and the same file are one piece each.
    assert [(piece.enrollment.partner_name, piece.url or piece.name) for piece in told.evidence.all()] == [
        ("omar", "mail.txt"), ("nora", link),
    ]  # fmt: skip
    assert path_of(told.public_id, PROOF.sha256).read_bytes() == PROOF.content
    late = dispute.hear_until
    for say in (
        lambda: add_evidence(dispute=dispute, enrollment=omar, links=["https://x.example"], actor=OPS, at=late),
        lambda: answer_dispute(dispute=dispute, party=party, position="agrees", statement="x", actor=OPS, at=late),
    ):
        with pytest.raises(DisputeClosed):
            say()
    assert Evidence.objects.count() == 2
    assert {row.verb for row in AuditEvent.objects.filter(subject_id=dispute.public_id)} >= {
        "credit_dispute.opened", "creditdispute.hearing", "credit_dispute.heard", "credit_dispute.shown",
    }  # fmt: skip


def test_a_counterparty_sees_the_claim_when_it_was_told(in_aurora: Brand, drain: Drain) -> None:
    order, nora, omar = sold(drain)
    dispute = open_dispute(
        order_ref=order.public_id, claimant=omar, claimed="1/2", grounds="other", statement="Mine.", actor=OPS, at=LATER
    )
    assert not disputes_of_partner(nora.partner_ref).exists()
    drain()
    assert [each.pk for each in disputes_of_partner(nora.partner_ref)] == [dispute.pk]
    assert [each.pk for each in disputes_of_partner(omar.partner_ref)] == [dispute.pk]
    assert not disputes_of_partner("par_other").exists()


def test_the_clock_gives_an_unheard_claim_with_evidence(in_aurora: Brand, drain: Drain) -> None:
    order, _, omar = sold(drain)
    dispute = claimed(order, omar, drain)
    assert close_due(at=dispute.hear_until - timedelta(seconds=1)) == 0
    assert close_due(at=deadline(dispute)) == 1
    drain()
    done = fresh(dispute)
    assert (done.state, done.outcome, done.closed_by_label) == ("expired", "accepted", "System (disputes)")
    assert parts(order) == {"nora": "1/2", "omar": "1/2"}
    assert close_due(at=deadline(dispute)) == 0
    assert outcomes(since=None, until=None) == {"accepted": 1}


def test_the_clock_gives_nothing_of_a_sale_that_was_decided_anew(in_aurora: Brand, drain: Drain) -> None:
    order, nora, omar = sold(drain)
    dispute = claimed(order, omar, drain)
    shares = [{"participant": nora.public_id, "weight": "1/4"}, {"participant": omar.public_id, "weight": "3/4"}]
    award(order_ref=order.public_id, shares=shares, cause="a word", actor=FINANCE, at=LATER)
    drain()
    assert close_due(at=deadline(dispute)) == 1
    drain()
    assert (fresh(dispute).state, fresh(dispute).outcome) == ("expired", "rejected")
    assert (parts(order), held(nora)) == ({"nora": "1/4", "omar": "3/4"}, 0)


@pytest.mark.parametrize(("proof", "answered"), [(False, False), (True, True)])
def test_the_clock_rejects_without_evidence_and_what_is_contested(
    in_aurora: Brand, drain: Drain, proof: bool, answered: bool
) -> None:
    order, nora, omar = sold(drain)
    dispute = claimed(order, omar, drain, proof=proof)
    if answered:
        [party] = dispute.parties.all()
        answer_dispute(dispute=dispute, party=party, position="contests", statement="No.", actor=OPS, at=LATER)
    close_due(at=deadline(dispute))
    drain()
    assert (fresh(dispute).state, fresh(dispute).outcome) == ("expired", "rejected")
    assert (parts(order), held(nora)) == ({"nora": "1"}, 0)


def test_a_claim_keeps_the_terms_it_was_opened_under(in_aurora: Brand, drain: Drain) -> None:
    order, _, omar = sold(drain)
    first = set_policy(terms={"hearing_days": 5, "claim_days": 10}, actor=FINANCE, at=AT)
    assert set_policy(terms={"hearing_days": 5, "claim_days": 10}, actor=FINANCE, at=LATER).pk == first.pk
    dispute = claimed(order, omar, drain)
    set_policy(terms={"hearing_days": 1, "unheard": "rejected"}, actor=FINANCE, at=LATER)
    assert dispute.hear_until == LATER + 5 * DAY
    close_due(at=deadline(dispute))
    assert fresh(dispute).outcome == "accepted"


def test_a_share_of_nobody_costs_nobody(in_aurora: Brand, drain: Drain) -> None:
    offer = selling.offer_at(10_000)
    omar = selling.partner("omar", selling.TEN_PERCENT)
    order = selling.paid_order(offer, "vis_2")
    drain()
    dispute = claimed(order, omar, drain, part="1")
    assert not dispute.parties.exists()
    assert not Commission.objects.exists()
    decide_dispute(dispute=dispute, granted="1", reason="He brought her.", actor=FINANCE, at=LATER)
    drain()
    assert parts(order) == {"omar": "1"}


def test_a_file_of_another_kind_never_gets_in(in_aurora: Brand, drain: Drain) -> None:
    with pytest.raises(InvalidInput):
        checked("run.exe", b"MZ\x90\x00")
    order, _, omar = sold(drain)
    assert claimed(order, omar, drain, proof=False).evidence.count() == 0
