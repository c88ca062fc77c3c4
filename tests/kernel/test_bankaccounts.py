"""What people type of a bank account: read in one place, for partners and for the brand."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.bankaccounts import Typed, typed_bic, typed_holder, typed_iban


@pytest.mark.parametrize(
    ("read", "typed", "kept", "wrong"),
    [
        (typed_holder, "  Nordlicht \t Media\u200b ", "Nordlicht Media", ""),
        (typed_holder, " \n ", "", "must have 1 to 70 characters"),
        (typed_holder, "x" * 71, "x" * 71, "must have 1 to 70 characters"),
        (typed_bic, "cobade ffxxx", "COBADEFFXXX", ""),
        (typed_bic, " ", "", ""),
        (typed_bic, "COBADEFFXX", "COBADEFFXX", "is no BIC: 8 or 11 characters such as COBADEFFXXX"),
        (typed_iban, "de89 3704 0044 0532 0130 00", "DE89370400440532013000", ""),
        (typed_iban, "DE89370400440532013001", "DE89370400440532013001", "is no IBAN: its check digits do not fit"),
        (typed_iban, "", "", "is no IBAN: its check digits do not fit"),
    ],
)  # fmt: skip
def test_it_is_kept_as_banks_write_it_and_said_what_is_wrong(
    read: Callable[[str], Typed], typed: str, kept: str, wrong: str
) -> None:
    assert read(typed) == Typed(kept, wrong)


@given(st.text(max_size=90))
def test_what_is_read_again_stays_as_it_is(text: str) -> None:
    for read in (typed_holder, typed_bic, typed_iban):
        assert read(read(text).text) == read(text)
