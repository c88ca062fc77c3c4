"""What a claim asks for, who loses by it, what the clock decides: worked out by hand, and held for any shares."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kernel.errors import IllegalTransition, InvalidInput
from kernel.payload import Payload
from tenant_apps.disputes.files import checked
from tenant_apps.disputes.rules import (
    Terms,
    automatic_outcome,
    losses,
    outcome_of,
    parse_part,
    parse_terms,
    shares_after,
)
from tenant_apps.disputes.states import DISPUTE, DisputeState, Outcome

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


@pytest.mark.parametrize(
    ("text", "part"),
    [("1/3", THIRD), ("0.5", HALF), ("50 %", HALF), ("12.5%", Fraction(1, 8)), ("1", 1), (" 1/2 ", HALF)],
)
def test_a_part_is_read_exactly(text: str, part: Fraction) -> None:
    assert parse_part(text, field="claimed") == part


@pytest.mark.parametrize("text", ["", "half", "1/0", "1/00", "3/2", "101 %", "-1/2", "1e-3", "0,5", None, 0.5])
def test_what_is_no_part_is_refused_at_its_field(text: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_part(text, field="granted")
    assert refused.value.field == "granted"


def test_the_others_give_in_proportion_to_what_they_have() -> None:
    # nora 1/2, omar 1/3, 1/6 is nobody's; pia claims 1/2: 1/6 is free, 1/3 comes 3:2 from the others.
    shares = {"nora": HALF, "omar": THIRD}
    assert shares_after(shares, "pia", HALF) == {"nora": Fraction(3, 10), "omar": Fraction(1, 5), "pia": HALF}
    assert losses(shares, "pia", HALF) == {"nora": Fraction(2, 5), "omar": Fraction(2, 5)}


def test_all_of_it_leaves_nothing_to_the_others() -> None:
    assert shares_after({"nora": Fraction(1)}, "omar", Fraction(1)) == {"omar": Fraction(1)}
    assert losses({"nora": Fraction(1)}, "omar", Fraction(1)) == {"nora": Fraction(1)}


def test_what_nobody_has_costs_nobody() -> None:
    assert losses({}, "omar", Fraction(1)) == {}
    assert losses({"nora": HALF}, "omar", HALF) == {}


def test_who_claims_what_it_has_moves_nothing() -> None:
    shares = {"nora": HALF, "omar": THIRD}
    assert (shares_after(shares, "nora", HALF), losses(shares, "nora", HALF)) == (shares, {})


parts = st.fractions(min_value=0, max_value=1, max_denominator=50)


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(1, 50), max_size=5), st.integers(0, 50), parts)
def test_a_claim_makes_and_loses_nothing(weights: dict[str, int], nobodys: int, part: Fraction) -> None:
    whole = sum(weights.values()) + nobodys
    shares = {name: Fraction(weight, whole) for name, weight in weights.items()}
    had = shares.get("a", Fraction(0))
    assume(part > had)
    after = shares_after(shares, "a", part)
    before, total = sum(shares.values(), Fraction(0)), sum(after.values(), Fraction(0))
    assert after["a"] == part
    assert before <= total <= 1
    assert total == max(before, min(Fraction(1), before + part - had))
    assert all(0 < share <= max(shares.get(name, 0), part) for name, share in after.items())
    others = [(share, after.get(name, Fraction(0))) for name, share in shares.items() if name != "a"]
    assert len({now / was for was, now in others}) <= 1  # nobody is favoured
    for name, lost in losses(shares, "a", part).items():
        assert shares[name] * (1 - lost) == after.get(name, 0)


@given(parts, parts, parts)
def test_the_word_fits_what_is_granted(granted: Fraction, had: Fraction, claimed: Fraction) -> None:
    assume(had < claimed)
    word = outcome_of(granted, had=had, claimed=claimed)
    assert (word == Outcome.REJECTED) == (granted <= had)
    assert (word == Outcome.ACCEPTED) == (granted >= claimed)


@pytest.mark.parametrize(
    ("has_evidence", "counterparties", "heard", "told"),
    [
        (False, 2, 0, Outcome.REJECTED),
        (False, 2, 1, Outcome.REJECTED),
        (True, 2, 0, Outcome.ACCEPTED),
        (True, 2, 1, Outcome.REJECTED),
        (True, 0, 0, Outcome.REJECTED),  # the brand itself would pay: its silence gives nothing away
    ],
)
def test_what_the_clock_decides(has_evidence: bool, counterparties: int, heard: int, told: Outcome) -> None:
    asked = {"has_evidence": has_evidence, "counterparties": counterparties, "heard": heard}
    assert automatic_outcome(terms=Terms(), **asked) == told  # type: ignore[arg-type]
    strict = Terms(unheard=Outcome.REJECTED)
    assert automatic_outcome(terms=strict, **asked) == Outcome.REJECTED  # type: ignore[arg-type]


def test_terms_are_read_whole_or_refused() -> None:
    given_terms = {"claim_days": 30, "unheard": "rejected"}
    assert parse_terms(Payload(given_terms)) == Terms(claim_days=30, unheard=Outcome.REJECTED)
    assert parse_terms(Payload(Terms().as_dict())) == Terms()
    assert parse_terms(Payload({"hearing_days": 730})) == Terms(hearing_days=730)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"claim_day": 30}, "terms.claim_day"), ({"hearing_days": 0}, "terms.hearing_days"),
        ({"claim_days": 731}, "terms.claim_days"), ({"unheard": "partly"}, "terms.unheard"),
        ({"contested": True}, "terms.contested"),
    ],
)  # fmt: skip
def test_wrong_terms_are_named(terms: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_terms(Payload(terms, "terms"))
    assert refused.value.field == field


def test_a_claim_ends_once() -> None:
    ended = set(DisputeState) - {state for target in DisputeState for state in DISPUTE.sources(target)}
    assert ended == {DisputeState.DECIDED, DisputeState.WITHDRAWN, DisputeState.EXPIRED}
    with pytest.raises(IllegalTransition):
        DISPUTE.check(DisputeState.OPENED, DisputeState.DECIDED)
    assert not any(state.is_open for state in ended)


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"%PDF-1.7 x", "application/pdf"), (b"\x89PNG\r\n\x1a\nx", "image/png"), (b"\xff\xd8\xffx", "image/jpeg"),
     ("Grüße\n".encode(), "text/plain")],
)  # fmt: skip
def test_a_file_is_what_its_bytes_say(content: bytes, kind: str) -> None:
    assert checked("../../etc/passwd.exe", content).media_type == kind
    assert checked("../../etc/pass\x00wd.exe", content).name == "passwd.exe"


@pytest.mark.parametrize("content", [b"", b"MZ\x90\x00", b"x" * 5_000_001, b"a\x00b"])
def test_other_files_are_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked("proof.pdf", content)
    assert refused.value.field == "files"


@pytest.mark.parametrize("part", ["1/4", "11/10"])
def test_nobody_is_given_less_than_it_has_or_more_than_there_is(part: str) -> None:
    shares = {"a": Fraction(1, 2), "b": Fraction(1, 2)}
    with pytest.raises(ValueError, match="part"):
        shares_after(shares, "a", Fraction(part))
    assert shares_after(shares, "a", Fraction(1, 2)) == shares
