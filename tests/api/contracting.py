"""Examples of the contracts' operations: a deal of Aurora's and a version of its terms."""

from collections.abc import Callable
from typing import Any

from kernel.actor import system
from kernel.clock import utc_now
from tenant_apps.programs import actions
from tenant_apps.programs.models import ContractVersion, Enrollment, Link
from tenant_apps.programs.queries import reading_of
from tenant_apps.settlements.queries import known_to_terms
from tests.api.example import Example

TERMS = {"currency": "EUR", "rules": [{"id": "onlyaurora", "pay": {"kind": "percent", "rate": "0.10"}}]}
BY_TESTS: dict[str, Any] = {"actor": system("tests"), "at": utc_now()}


def a_deal() -> Enrollment:
    program = actions.ensure_program(name="Partners", at=BY_TESTS["at"])
    return actions.enroll_partner(
        program=program, partner_ref="par_1", name="onlyaurora", email="p@example.com", role="affiliate", **BY_TESTS
    )


def a_link() -> Link:
    return actions.create_link(enrollment=a_deal(), code="onlyaurora", **BY_TESTS)


def a_draft() -> ContractVersion:
    return actions.draft_version(enrollment=a_deal(), terms=TERMS, known=known_to_terms(), **BY_TESTS)


def version(verb: str = "", body: Any = None, *, once: bool = False) -> Example:
    ref = a_draft().public_id
    return Example(f"/contracts/{ref}{verb}", body, has_id=True, words=[ref], once=once)


def deal(verb: str, body: Any, *, paused: bool = False, once: bool = True) -> Example:
    enrollment = a_deal()
    if paused:
        actions.pause_enrollment(enrollment=enrollment, reason="holiday", **BY_TESTS)
    ref = enrollment.public_id
    return Example(f"/partners/enrollments/{ref}{verb}", body, has_id=True, words=[ref], once=once)


def own(verb: str = "", body: Any = None, *, once: bool = False) -> Example:
    version = actions.propose(version=a_draft(), known=known_to_terms(), **BY_TESTS)
    if verb == "/accept":
        body = {"signed": "onlyaurora", "read_sha256": reading_of(version).sha256}
    path = f"/partner/contracts/{version.public_id}{verb}" if verb != "s" else "/partner/contracts"
    return Example(path, body, has_id=verb != "s", words=[version.public_id], once=once, partner="par_1")


def a_program() -> Example:
    ref = a_deal().program.public_id
    return Example(f"/programs/{ref}/paper-rule", {"on_paper": "never"}, has_id=True, words=[ref])


WHY = {"reason": "a slip"}
EXAMPLES: dict[str, Callable[[], Example]] = {
    "GET /contracts": lambda: Example("/contracts", words=[a_draft().public_id]),
    "GET /contracts/{version}": version,
    "GET /contracts/{version}/diff": lambda: version("/diff"),
    "PUT /contracts/{version}": lambda: version(body={"terms": TERMS}),
    "POST /contracts/{version}/propose": lambda: version("/propose", {}, once=True),
    "POST /contracts/{version}/withdraw": lambda: version("/withdraw", WHY, once=True),
    "POST /partners/enrollments/{enrollment}/contracts": lambda: deal("/contracts", {"terms": TERMS}, once=False),
    "POST /partners/enrollments/{enrollment}/pause": lambda: deal("/pause", WHY),
    "POST /partners/enrollments/{enrollment}/resume": lambda: deal("/resume", WHY, paused=True),
    "PUT /partners/enrollments/{enrollment}/recruiter": lambda: deal("/recruiter", {"recruiter": None}, once=False),
    "POST /partners/enrollments/{enrollment}/links": lambda: deal("/links", {"code": "onlyaurora", "kind": "code"}),
    "GET /partners/links": lambda: Example("/partners/links", words=[a_link().public_id]),
    "GET /programs": lambda: Example("/programs", words=[a_deal().program.public_id]),
    "PUT /programs/{program}/paper-rule": a_program,
    "GET /partner/contracts": lambda: own("s"),
    "GET /partner/contracts/{version}": own,
    "POST /partner/contracts/{version}/accept": lambda: own("/accept", once=True),
    "POST /partner/contracts/{version}/decline": lambda: own("/decline", {"reason": "too little"}, once=True),
    "POST /partners/enrollments/{enrollment}/end": lambda: deal("/end", WHY),
}
