"""Which roles each operation of the API lets in: what reads is for all of them, what moves money is not."""

import pytest

from config.api import brand_api
from kernel.actor import Actor
from shared_apps.accounts.doors import operations_of
from shared_apps.accounts.states import Role

ALL = {Role.ADMIN, Role.FINANCE, Role.OPERATIONS}
READ_BY_FINANCE = {
    "/ledger/seals", "/ledger/record-seals", "/ledger/trial-balance", "/batches/{batch}/file", "/set-offs", "/exports",
    "/exports/{export}", "/exports/{export}/file",
}  # fmt: skip
# Deeds by who may do them; what an operation may do with one thing or another is asked behind its door.
DEEDS = {
    "": {Role.ADMIN, Role.FINANCE, Role.OPERATIONS},
    "finance": {Role.ADMIN, Role.FINANCE},
    "operations": {Role.ADMIN, Role.OPERATIONS},
    "admin": {Role.ADMIN},
}
WHO = {
    "": """
        /imports /imports/{file}/start /imports/{file}/drop /commissions/confirmations/preview /previews/{kind}
        /simulations /simulations/{simulation}/cancel /orders/{order}/refunds
    """,
    "finance": """
        /provider-events/{event}/retry /provider-events/{event}/dismiss /orders/{order}/outside-refunds
        /commissions/pricings/preview /commissions/pricings /commissions/{commission}/price-again
        /commissions/{commission}/hold /commissions/{commission}/release /commissions/{commission}/cancel
        /partners/enrollments/{enrollment}/commissions /exchange-rates /periods/cadence /periods/{label}/close
        /periods/{label}/approve /settlements/{settlement}/approve /settlements/{settlement}/payout /batches
        /batches/{batch}/approve /batches/{batch}/withdraw /batches/{batch}/send /batches/{batch}/confirm
        /payouts/{payout}/return /payouts/{payout}/confirm /payouts/{payout}/fail /vat-rates /vat-rates/{rate}/end
        /partners/{partner}/terms /statements/{statement}/corrections /corrections/{correction}/approve
        /corrections/{correction}/decline /adjustments /write-offs /set-offs /adjustments/{adjustment}/approve
        /adjustments/{adjustment}/decline /credit-disputes/{dispute}/decide /exports /simulations/{simulation}/export
    """,
    "operations": """
        /partners/enrollments/{enrollment}/recruiter /deals /deals/{deal}/qualify /deals/{deal}/reject
        /deals/{deal}/extend /deals/{deal}/withdraw /agent-entries /duplicates/{duplicate}/confirm
        /duplicates/{duplicate}/dismiss /commissions/confirmations /commissions/{commission}/confirm
        /contracts/{version} /partners/enrollments/{enrollment}/contracts /contracts/{version}/propose
        /partners/enrollments/{enrollment}/links
        /contracts/{version}/withdraw /partners/enrollments/{enrollment}/pause
        /partners/enrollments/{enrollment}/resume /partners/enrollments/{enrollment}/end /credit-disputes
        /credit-disputes/preview /credit-disputes/{dispute}/answer /credit-disputes/{dispute}/open
        /credit-disputes/{dispute}/withdraw
    """,
    "admin": "/programs/{program}/paper-rule /attribution-policies /credit-disputes/policy",
}
EXPECTED = {path: DEEDS[who] for who, paths in WHO.items() for path in paths.split()}


def let_in(policy: object) -> set[Role]:
    return {role for role in Role if policy.test(Actor("operator", "usr_1", "Op", frozenset({role})))}  # type: ignore[attr-defined]


def test_every_deed_is_for_the_roles_it_is_for() -> None:
    doors = [(path, op.methods[0], op.view_func.door_policy) for path, op in operations_of(brand_api)]  # type: ignore[attr-defined]
    ours = [(path, method, policy) for path, method, policy in doors if not path.startswith("/partner/")]
    deeds = {path: let_in(policy) for path, method, policy in ours if method != "GET"}
    assert deeds == EXPECTED
    reads = {path: let_in(policy) for path, method, policy in ours if method == "GET"}
    assert reads == {path: DEEDS["finance"] if path in READ_BY_FINANCE else ALL for path in reads}


@pytest.mark.parametrize("kind", ["operator", "partner", "system"])
def test_nobody_without_a_role_is_let_in_but_a_partner_at_its_own_doors(kind: str) -> None:
    nobody = Actor(kind, "x", "X", frozenset())  # type: ignore[arg-type]
    open_to = {path for path, op in operations_of(brand_api) if op.view_func.door_policy.test(nobody)}  # type: ignore[attr-defined]
    own = {path for path, _ in operations_of(brand_api) if path.startswith("/partner/")}
    assert open_to == {"partner": own, "system": {"/orders/{order}/refunds"}, "operator": set()}[kind]
