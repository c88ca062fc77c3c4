"""What a partner may say of its tax and of the account its money goes to. Pure; numbers are checked by stdnum."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from stdnum.eu import vat as eu_vat
from stdnum.exceptions import ValidationError
from stdnum.util import get_cc_module

from kernel.bankaccounts import one_line, typed_bic, typed_holder, typed_iban
from kernel.countries import is_country
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.partners.states import AccountKind, PayoutMethod, VatStatus

FREEZE = timedelta(hours=72)
RECENT = timedelta(minutes=5)

_NUMBER = re.compile(r"[0-9A-Z]{4,34}", re.ASCII)
_CONNECTED = re.compile(r"acct_[A-Za-z0-9]{6,58}", re.ASCII)
_PREFIX = {"GR": "EL"}  # of a VAT number, where it is not the country's code
_FREE = re.compile(r"[A-Z0-9]{4,20}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxFacts:
    """Who a partner is to the law; empty where it has not said."""

    legal_name: str = ""
    legal_address: str = ""
    country: str = ""
    vat_status: VatStatus = VatStatus.UNKNOWN
    vat_id: str = ""
    tax_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutFacts:
    """Where a partner's money goes; `account` is the IBAN, or the number where the country has none."""

    method: PayoutMethod
    holder: str = ""
    account_kind: AccountKind | None = None
    account: str = ""
    bic: str = ""
    stripe_account: str = ""


def checked_tax(facts: TaxFacts) -> TaxFacts:
    """Return the facts in their normal form; raises InvalidInput naming each wrong field.

    A VAT number must fit its country, its check digits included; whoever is registered has one, and a
    private person has none.
    """
    errors: list[dict[str, str]] = []
    name, number = one_line(facts.legal_name), one_line(facts.tax_number)
    lines = [text for line in facts.legal_address.splitlines() if (text := one_line(line))]
    address, country = "\n".join(lines), facts.country.strip().upper()
    for field, text, most in (("legal_name", name, 160), ("legal_address", address, 500)):
        if not 0 < len(text) <= most:
            errors.append({"field": field, "message": sentence("must have 1 to %(most)s characters", most=most)})
    if len(number) > 40:
        errors.append({"field": "tax_number", "message": "must have at most 40 characters"})
    if not is_country(country):
        errors.append({"field": "country", "message": "must be an ISO 3166 code such as DE"})
        raise InvalidInput(errors=errors)
    vat_id, wrong = _vat_id(facts, country)
    if wrong:
        errors.append({"field": "vat_id", "message": wrong})
    if facts.vat_status is VatStatus.UNKNOWN:
        errors.append({"field": "vat_status", "message": "must be registered, small_business or private"})
    if errors:
        raise InvalidInput(errors=errors)
    return replace(
        facts, legal_name=name, legal_address=address, country=country, vat_id=vat_id, tax_number=number
    )  # fmt: skip


def checked_payout(facts: PayoutFacts) -> PayoutFacts:
    """Return the facts in their normal form, without what their method has no use for; raises InvalidInput."""
    if facts.method is PayoutMethod.MANUAL:
        return PayoutFacts(method=facts.method)
    if facts.method is PayoutMethod.STRIPE:
        account = facts.stripe_account.strip()
        if not _CONNECTED.fullmatch(account):
            raise InvalidInput(field="stripe_account", message="must be a connected account such as acct_1A2b3C4d5E6f")
        return PayoutFacts(method=facts.method, stripe_account=account)
    return _checked_bank(facts)


def frozen_until(*, first: bool, at: datetime) -> datetime | None:
    """Return until when a new payout profile stops payouts: a thief who moves the account finds it closed.

    The first one replaces none, so it stops nothing.
    """
    return None if first else at + FREEZE


def gaps(tax: TaxFacts, method: PayoutMethod | None, *, self_billing_agreed: bool) -> list[str]:
    """Return what a partner has not said yet and cannot be paid without, in the order it is asked for."""
    missing = [name for name in ("legal_name", "legal_address", "country") if not getattr(tax, name)]
    if tax.vat_status is VatStatus.UNKNOWN:
        missing.append("vat_status")
    if tax.vat_status is VatStatus.REGISTERED and not tax.vat_id:
        missing.append("vat_id")
    if method is None:
        missing.append("payout_method")
    if tax.vat_status in (VatStatus.REGISTERED, VatStatus.SMALL_BUSINESS) and not self_billing_agreed:
        missing.append("self_billing")
    return missing


def _vat_id(facts: TaxFacts, country: str) -> tuple[str, str]:
    number = "".join(facts.vat_id.upper().split())
    if not number:
        return "", sentence("is needed by whoever is registered") if facts.vat_status is VatStatus.REGISTERED else ""
    if facts.vat_status is VatStatus.PRIVATE:
        return "", sentence("a private person has none; choose another status or leave it empty")
    try:
        return _of_country(number, country), ""
    except ValidationError:
        return "", sentence("is no VAT number of %(country)s", country=country)


def _of_country(number: str, country: str) -> str:
    prefix = _PREFIX.get(country, country)
    if country.lower() in eu_vat.MEMBER_STATES:
        return str(eu_vat.validate(number if number.startswith(prefix) else prefix + number))
    module = get_cc_module(country.lower(), "vat")
    if module is not None:
        return str(module.validate(number))
    if not _FREE.fullmatch(number):
        raise ValidationError
    return number


def _checked_bank(facts: PayoutFacts) -> PayoutFacts:
    errors: list[dict[str, str]] = []
    holder, bic, iban = typed_holder(facts.holder), typed_bic(facts.bic), typed_iban(facts.account)
    account, kind = iban.text, facts.account_kind or _kind_of(facts.account)
    for field, each in (("holder", holder), ("bic", bic)):
        errors += [{"field": field, "message": each.wrong}] if each.wrong else []
    if kind is AccountKind.NUMBER:
        account = account.replace("-", "")
        if not _NUMBER.fullmatch(account):
            errors.append({"field": "account", "message": "must have 4 to 34 digits or letters"})
        if not bic.text:
            errors.append({"field": "bic", "message": "is needed with an account number that is no IBAN"})
    elif iban.wrong:
        errors.append({"field": "account", "message": iban.wrong})
    if errors:
        raise InvalidInput(errors=errors)
    return PayoutFacts(method=facts.method, holder=holder.text, account_kind=kind, account=account, bic=bic.text)


def _kind_of(account: str) -> AccountKind:
    """Return what an account is where nobody said: one that begins with two letters is an IBAN."""
    return AccountKind.IBAN if account.strip()[:2].isalpha() else AccountKind.NUMBER
