"""Deals, documents and what they may name, for tests of contracts."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from kernel.actor import Actor
from tenant_apps.programs import actions
from tenant_apps.programs.models import ContractVersion, Enrollment
from tenant_apps.programs.queries import reading_of
from tenant_apps.programs.rules import Known

DAY = timedelta(days=1)
AT = datetime(2026, 6, 1, 8, tzinfo=UTC)
OTTO = Actor(kind="operator", id="usr_otto", label="Otto", roles=frozenset({"operations"}))
MIRA = Actor(kind="partner", id="par_1", label="Mira Kim")
KNOWN = Known(
    product=frozenset({"tea", "sauna"}), site=frozenset({"sit_1"}), campaign=frozenset({"spring"}),
    partner=frozenset({"par_1"}), currencies=frozenset({"EUR", "KRW"}), open_since=None,
)  # fmt: skip
TEN = {"id": "all", "pay": {"kind": "percent", "rate": "0.10", "base": "net"}}
TWELVE = {"id": "all", "pay": {"kind": "percent", "rate": "0.12", "base": "net"}}


def deal(partner: str = "par_1", name: str = "Mira Kim", at: datetime = AT) -> Enrollment:
    """Enroll a partner in the one program."""
    program = actions.ensure_program(name="Partners", at=at)
    return actions.enroll_partner(
        program=program, partner_ref=partner, name=name, email="m@example.com", role="affiliate", actor=OTTO, at=at
    )


def terms(*rules: dict[str, Any], **beside: Any) -> dict[str, Any]:
    """Return a document in EUR."""
    return {"currency": "EUR", "rules": list(rules or [TEN])} | beside


def drafted(enrollment: Enrollment, *rules: dict[str, Any], at: datetime = AT, **beside: Any) -> ContractVersion:
    """Draft a version."""
    return actions.draft_version(enrollment=enrollment, terms=terms(*rules, **beside), known=KNOWN, actor=OTTO, at=at)


def proposed(enrollment: Enrollment, *rules: dict[str, Any], at: datetime = AT, **beside: Any) -> ContractVersion:
    """Draft and propose a version."""
    return actions.propose(version=drafted(enrollment, *rules, at=at, **beside), known=KNOWN, actor=OTTO, at=at)


def accepted(enrollment: Enrollment, *rules: dict[str, Any], at: datetime = AT, **beside: Any) -> ContractVersion:
    """Draft, propose and accept a version."""
    version = proposed(enrollment, *rules, at=at, **beside)
    return actions.accept(
        version=version, read_sha256=reading_of(version).sha256, signed=enrollment.partner_name, actor=MIRA, at=at
    )


MINOR = st.integers(0, 10**9)
RATE = st.integers(0, 1000).map(lambda thousandth: f"0.{thousandth:03d}")
NAMES = st.lists(st.sampled_from(["tea", "sauna", "spa"]), min_size=1, max_size=3, unique=True)
BOUNDS = st.lists(st.integers(1, 10**6), max_size=3, unique=True).map(lambda bounds: [0, *sorted(bounds)])
PARTS = st.one_of(
    st.fixed_dictionaries({"kind": st.just("fixed"), "amount_minor": MINOR, "per": st.sampled_from(["order", "unit"])}),
    st.fixed_dictionaries({"kind": st.just("percent"), "rate": RATE, "base": st.sampled_from(["net", "gross"])}),
    st.fixed_dictionaries({"kind": st.just("margin_share"), "rate": RATE}),
    st.builds(
        lambda bounds, rate, mode: {
            "kind": "tiered", "measure": "period_revenue", "mode": mode,
            "tiers": [{"from": bound, "rate": rate} for bound in bounds],
        },
        BOUNDS, RATE, st.sampled_from(["past_each", "whole", "all"]),
    ),
)  # fmt: skip
PAY = st.one_of(
    PARTS,
    st.builds(
        lambda amount, rate: {"kind": "hybrid", "parts": [
            {"kind": "fixed", "amount_minor": amount, "per": "order"},
            {"kind": "percent", "rate": rate, "base": "net"},
        ]},
        MINOR, RATE,
    ),
)  # fmt: skip
WHEN = st.fixed_dictionaries(
    {}, optional={"product": NAMES, "charge": st.sampled_from(["first", "returning"]),
                  "min_charge_number": st.integers(1, 5), "campaign": st.just(["spring"])},
)  # fmt: skip
LIMITS = st.fixed_dictionaries({}, optional={"max_charges": st.integers(1, 9), "cap_minor": MINOR, "min_minor": MINOR})
RULES = st.lists(st.sampled_from("abcdef"), unique=True, min_size=1, max_size=5).flatmap(
    lambda ids: st.tuples(
        *[st.fixed_dictionaries({"id": st.just(ref), "pay": PAY, "when": WHEN, "limits": LIMITS}) for ref in ids]
    ).map(list)
)
DOCUMENTS = st.fixed_dictionaries(
    {"currency": st.just("EUR"), "rules": RULES},
    optional={"hold_days": st.integers(0, 365), "minimum_payout_minor": MINOR,
              "negative": st.sampled_from(["carry", "reset"]), "pinning": st.sampled_from(["pinned", "floating"])},
)  # fmt: skip
