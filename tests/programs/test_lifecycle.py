"""A version's way: drafted, proposed, answered, in effect, ended; nothing on it is skipped, doubled or half-saved."""

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from kernel.errors import DomainError, IllegalTransition, InvalidInput
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.outbox.models import Message
from tenant_apps.programs import actions
from tenant_apps.programs.errors import (
    AlreadyProposed,
    ContractBackwards,
    ContractFixed,
    EnrollmentNotActive,
    NotSigned,
    ReadingOutdated,
)
from tenant_apps.programs.models import ContractDecision, ContractVersion
from tenant_apps.programs.policies import may_answer_contract, may_propose_contracts, may_record_on_paper
from tenant_apps.programs.queries import proposals_of_partner, reading_of, terms_for, versions_of_partner
from tenant_apps.programs.rules import digest
from tests.conftest import brand_named
from tests.programs.dealing import AT, DAY, KNOWN, MIRA, OTTO, TEN, TWELVE, accepted, deal, drafted, proposed, terms

BY_OTTO: dict[str, Any] = {"actor": OTTO, "at": AT}


def signing(version: ContractVersion, **change: Any) -> dict[str, Any]:
    reading = reading_of(version).sha256
    return {"version": version, "read_sha256": reading, "signed": " mira  KIM", "actor": MIRA, "at": AT} | change


def test_a_version_goes_from_draft_to_ended(in_aurora: Brand) -> None:
    enrollment = deal()
    draft = drafted(enrollment)
    edited = actions.edit_draft(version=draft, terms=terms(TWELVE, hold_days=30), known=KNOWN, **BY_OTTO)
    assert (edited.number, edited.rules, edited.hold_days, edited.state) == (1, [TWELVE], 30, "draft")
    offered = actions.propose(version=edited, known=KNOWN, **BY_OTTO)
    assert list(proposals_of_partner("par_1")) == [offered]
    first = actions.accept(**signing(offered))
    assert (first.state, first.effective_from, first.effective_to) == ("effective", AT, None)
    second = accepted(enrollment, TEN, at=AT + DAY, starts_at=(AT + 10 * DAY).isoformat())
    first.refresh_from_db()
    assert (second.state, second.effective_from) == ("accepted", AT + 10 * DAY)
    assert (first.state, first.effective_to) == ("effective", AT + 10 * DAY)
    assert actions.bring_into_effect(at=AT + 9 * DAY) == 0
    assert actions.bring_into_effect(at=AT + 10 * DAY) == 2
    assert actions.bring_into_effect(at=AT + 10 * DAY) == 0
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("ended", "effective")
    told = Message.objects.filter(name__startswith="contract.").order_by("pk").values_list("name", flat=True)
    assert list(told) == [
        "contract.proposed", "contract.accepted", "contract.in_effect", "contract.proposed", "contract.accepted",
        "contract.ended", "contract.in_effect",
    ]  # fmt: skip


def test_a_late_job_changes_no_result(in_aurora: Brand) -> None:
    enrollment = deal()
    first = accepted(enrollment)
    second = accepted(enrollment, TWELVE, starts_at=(AT + 10 * DAY).isoformat(), pinning="floating")
    instants = [AT + days * DAY for days in (0, 9, 10, 50)]
    before = [terms_for(enrollment.pk, "EUR", instant, None) for instant in instants]
    actions.bring_into_effect(at=AT + 60 * DAY)
    assert before == [terms_for(enrollment.pk, "EUR", instant, None) for instant in instants]
    assert before == [first, first, second, second]


def test_the_answer_freezes_what_was_read(in_aurora: Brand) -> None:
    enrollment = deal()
    accepted(enrollment)
    second = accepted(enrollment, TWELVE, at=AT + DAY)
    answer = second.decision
    assert answer.terms_sha256 == digest(second.document) == digest(answer.terms)
    assert answer.compared_with.number == 1
    assert [change["sentence"] for change in answer.changes] == [
        "Rule all: 10 % of the net price → 12 % of the net price"
    ]
    assert (answer.verdict, answer.decided_by, answer.note) == ("accepted", "par_1", "Mira Kim")
    assert reading_of(second).changes_as_data == answer.changes  # also once others follow
    for change in (lambda: ContractDecision.objects.update(note="x"), lambda: ContractDecision.objects.all().delete()):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            change()


def test_a_proposal_that_is_accepted_late_begins_then(in_aurora: Brand) -> None:
    version = proposed(deal(), starts_at=(AT + DAY).isoformat())
    late = actions.accept(**signing(version, at=AT + 5 * DAY))
    assert late.effective_from == AT + 5 * DAY


def test_terms_that_were_proposed_do_not_change(in_aurora: Brand) -> None:
    version = proposed(deal())
    with pytest.raises(ContractFixed):
        actions.edit_draft(version=version, terms=terms(TWELVE), known=KNOWN, **BY_OTTO)
    assert ContractVersion.objects.get().rules == [TEN]


def test_a_partner_signs_with_its_name_what_it_read(in_aurora: Brand) -> None:
    enrollment = deal()
    version = proposed(enrollment)
    with pytest.raises(NotSigned):
        actions.accept(**signing(version, signed="yes"))
    read = reading_of(version).sha256
    paper = actions.set_contract(
        enrollment=enrollment,
        currency="EUR",
        rules=[TWELVE],
        effective_from=AT - DAY,
        note="signed in Porto",
        **BY_OTTO,
    )
    with pytest.raises(ReadingOutdated):  # what differs is something else now
        actions.accept(**signing(version, read_sha256=read))
    version.refresh_from_db()
    assert (version.state, paper.decision.verdict, paper.decision.note) == ("proposed", "recorded", "signed in Porto")
    assert actions.accept(**signing(version)).state == "effective"


def test_declining_needs_a_reason_and_leaves_the_terms_in_effect(in_aurora: Brand) -> None:
    enrollment = deal()
    first = accepted(enrollment)
    version = proposed(enrollment, TWELVE, at=AT + DAY)
    with pytest.raises(NotSigned):
        actions.decline(version=version, reason=" ", actor=MIRA, at=AT + DAY)
    declined = actions.decline(version=version, reason="too little", actor=MIRA, at=AT + DAY)
    assert (declined.state, declined.decision.note, declined.decision.verdict) == ("declined", "too little", "declined")
    assert terms_for(enrollment.pk, "EUR", AT + 9 * DAY, None) == first
    assert AuditEvent.objects.get(verb="contractversion.declined").reason == "too little"
    with pytest.raises(IllegalTransition):
        actions.accept(**signing(declined))


def test_one_proposal_at_a_time(in_aurora: Brand) -> None:
    enrollment = deal()
    first, draft = proposed(enrollment), drafted(enrollment, TWELVE)
    with pytest.raises(AlreadyProposed):
        actions.propose(version=draft, known=KNOWN, **BY_OTTO)
    proposed(enrollment, currency="KRW")  # another currency is another contract
    actions.withdraw(version=first, reason="a slip", **BY_OTTO)
    assert actions.propose(version=draft, known=KNOWN, **BY_OTTO).state == "proposed"
    with pytest.raises(IllegalTransition):
        actions.accept(**signing(first))


def test_a_partner_sees_no_drafts(in_aurora: Brand) -> None:
    enrollment = deal()
    draft, withdrawn = drafted(enrollment), drafted(enrollment)
    actions.withdraw(version=withdrawn, **BY_OTTO)
    offered = proposed(enrollment)
    assert list(versions_of_partner("par_1")) == [offered]
    assert (draft.state, list(versions_of_partner("par_2"))) == ("draft", [])


def test_what_would_begin_before_the_agreed_terms_is_refused(in_aurora: Brand) -> None:
    enrollment = deal()
    accepted(enrollment, starts_at=(AT + 10 * DAY).isoformat())
    with pytest.raises(ContractBackwards) as refused:
        proposed(enrollment, TWELVE, starts_at=(AT + 9 * DAY).isoformat())
    assert refused.value.details["field"] == "starts_at"


@pytest.mark.parametrize(
    "change", [{"currency": "USD"}, {"hold_days": 999}, {"rules": [TEN | {"when": {"product": ["coffee"]}}]}]
)
def test_a_refused_draft_leaves_nothing(in_aurora: Brand, change: dict[str, Any]) -> None:
    enrollment = deal()
    audited = AuditEvent.objects.count()
    with pytest.raises(InvalidInput):
        actions.draft_version(enrollment=enrollment, terms=terms() | change, known=KNOWN, **BY_OTTO)
    draft = drafted(enrollment)
    with pytest.raises(InvalidInput):
        actions.edit_draft(version=draft, terms=terms() | change, known=KNOWN, **BY_OTTO)
    assert ContractVersion.objects.get().document == draft.document
    assert AuditEvent.objects.count() == audited + 1


def test_a_contract_without_rules_is_not_proposed(in_aurora: Brand) -> None:
    version = actions.draft_version(enrollment=deal(), terms={"currency": "EUR"}, known=KNOWN, **BY_OTTO)
    with pytest.raises(InvalidInput) as refused:
        actions.propose(version=version, known=KNOWN, **BY_OTTO)
    assert refused.value.field == "rules"


def test_an_ended_deal_pays_nobody_and_starts_nothing(in_aurora: Brand) -> None:
    enrollment = deal()
    first = accepted(enrollment)
    later = accepted(enrollment, TWELVE, starts_at=(AT + 10 * DAY).isoformat())
    offered = proposed(enrollment, currency="KRW")
    with pytest.raises(InvalidInput):
        actions.end_enrollment(enrollment=enrollment, reason=" ", actor=OTTO, at=AT + 5 * DAY)
    actions.end_enrollment(enrollment=enrollment, reason="moved away", actor=OTTO, at=AT + 5 * DAY)
    for version in (first, later, offered):
        version.refresh_from_db()
    assert (first.state, first.effective_to) == ("ended", AT + 5 * DAY)
    assert (later.state, later.effective_from, offered.state) == ("withdrawn", None, "withdrawn")
    found = [terms_for(enrollment.pk, "EUR", AT + days * DAY, AT) for days in (4, 5, 20)]
    assert found == [first, None, None]
    with pytest.raises(EnrollmentNotActive):
        drafted(enrollment)
    with pytest.raises(IllegalTransition):
        actions.resume_enrollment(enrollment=enrollment, reason="back", actor=OTTO, at=AT + 6 * DAY)


def test_a_paused_deal_is_answered_when_it_goes_on(in_aurora: Brand) -> None:
    enrollment = deal()
    version = proposed(enrollment)
    actions.pause_enrollment(enrollment=enrollment, reason="holiday", **BY_OTTO)
    with pytest.raises(EnrollmentNotActive):
        actions.accept(**signing(version))
    actions.resume_enrollment(enrollment=enrollment, reason="back", **BY_OTTO)
    assert actions.accept(**signing(version)).state == "effective"


def test_who_may_propose_answer_and_record_on_paper(in_aurora: Brand) -> None:
    enrollment = deal()
    version = proposed(enrollment)
    fay = type(OTTO)(kind="operator", id="usr_fay", label="Fay", roles=frozenset({"finance"}))
    ada = type(OTTO)(kind="operator", id="usr_ada", label="Ada", roles=frozenset({"admin"}))
    assert [may_propose_contracts(who) for who in (OTTO, ada, fay, MIRA)] == [True, True, False, False]
    other = type(MIRA)(kind="partner", id="par_2", label="Other")
    assert [may_answer_contract(who, version) for who in (MIRA, other, OTTO)] == [True, False, False]
    assert may_record_on_paper(OTTO, enrollment)  # the first one may be
    accepted_now = actions.accept(**signing(version))
    assert not may_record_on_paper(OTTO, accepted_now.enrollment)
    program = enrollment.program
    for rule, allowed in (("always", True), ("never", False)):
        enrollment.program = actions.set_paper_rule(program=program, on_paper=rule, actor=ada, at=AT)
        assert may_record_on_paper(OTTO, enrollment) is allowed
    with pytest.raises(InvalidInput):
        actions.set_paper_rule(program=program, on_paper="sometimes", actor=ada, at=AT)


def at_once(brand: Brand, *calls: Any) -> list[object]:
    """Run calls in threads that begin together; return what each gave or how it was refused."""
    gate, results = Barrier(len(calls)), []

    def run(call: Any) -> None:
        try:
            with brand_entered(brand):
                gate.wait()
                results.append(call())
        except DomainError as refused:
            results.append(refused)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_many_answers_at_once_one_counts(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        version = proposed(deal())
        answers = [lambda: actions.accept(**signing(version))] * 4
        refusals = [lambda: actions.decline(version=version, reason="no", actor=MIRA, at=AT)] * 4
        results = at_once(brand, *answers, *refusals)
        assert len([result for result in results if isinstance(result, ContractVersion)]) == 1
        assert ContractDecision.objects.count() == 1


def test_of_many_proposals_at_once_one_waits(own_database: str) -> None:
    brand = brand_named("Aurora")
    with brand_entered(brand):
        enrollment = deal()
        drafts = [drafted(enrollment) for _ in range(6)]
        calls = [lambda draft=draft: actions.propose(version=draft, known=KNOWN, **BY_OTTO) for draft in drafts]
        results = at_once(brand, *calls)
        assert len([result for result in results if isinstance(result, ContractVersion)]) == 1
        assert ContractVersion.objects.filter(state="proposed").count() == 1
        assert sorted(version.number for version in drafts) == [1, 2, 3, 4, 5, 6]
