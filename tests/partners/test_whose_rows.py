"""Two partners crosswise at two brands: each reads and does only what is its own, and only where it works now."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from kernel.actor import system
from kernel.clock import utc_now
from shared_apps.accounts.models import User
from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.brands.models import Brand
from shared_apps.partners.actions import (
    PayoutFacts,
    TaxFacts,
    add_partner_user,
    agree_to_netting,
    agree_to_self_billing,
    invite_partner,
    issue_hand_off,
    record_balance,
    record_statement,
    redeem_hand_off,
    say_payout,
    say_tax,
    set_terms,
    withdraw_netting,
)
from shared_apps.partners.errors import HandOffRefused, NettingNotAllowed, NotAtThisBrand
from shared_apps.partners.models import HandOff, NettingConsent, Partner, PartnerBrand, SelfBilling
from shared_apps.partners.queries import (
    balances_of,
    brands_of,
    brands_with_statements,
    nettings_of,
    partner_at_brand,
    partner_by_ref,
    partner_since,
    partner_terms,
    partner_who_may_enter,
    partners_netting_with,
    partners_of_user,
    payout_profiles,
    payouts_frozen_until,
    self_billing_of,
    self_billing_words,
    statements_of,
    tax_profiles,
)
from shared_apps.partners.states import PayoutMethod, VatStatus

AT = utc_now()
DEED: dict[str, Any] = {"actor": system("tests"), "at": AT}
TAX = TaxFacts(legal_name="L", legal_address="A", country="DE", vat_status=VatStatus.SMALL_BUSINESS)
MANUAL, STRIPE = (
    PayoutFacts(method=PayoutMethod.MANUAL),
    PayoutFacts(method=PayoutMethod.STRIPE, stripe_account="acct_123456"),
)


class Scene(NamedTuple):
    """Nord works with Aurora and left Hanok, Sued the other way round; Ann acts for Nord, Sue for Sued."""

    aurora: Brand
    hanok: Brand
    nord: Partner
    sued: Partner
    ann: User
    sue: User


@pytest.fixture
def scene(aurora: Brand, hanok: Brand) -> Scene:
    partners, users = [], []
    for name, left in (("nord", hanok), ("sued", aurora)):
        for brand in (aurora, hanok):
            with brand_entered(brand):
                partner = invite_partner(brand=brand, name=name, email=f"{name}@example.com", **DEED)
        allowed(partner, aurora, hanok)
        works(partner, left, False)
        partners.append(partner)
        users.append(
            add_partner_user(partner=partner, email=f"{name}@u.example", password="correct horse battery", name=name)
        )
    return Scene(aurora, hanok, *partners, *users)


def works(partner: Partner, brand: Brand, active: bool) -> None:
    with public_entered():
        PartnerBrand.objects.filter(partner=partner, brand=brand).update(active=active)


def allowed(partner: Partner, *brands: Brand) -> None:
    for brand in brands:
        with brand_entered(brand):
            told: dict[str, Any] = {"withholding_rate": Decimal("0.1"), "netting": True}
            set_terms(brand=brand, partner_ref=partner.public_id, **told, **DEED)


def said(partner: Partner, *payouts: PayoutFacts) -> None:
    deed: dict[str, Any] = {"partner": partner, "authenticated_at": AT, **DEED}
    say_tax(facts=TAX, **deed)
    for facts in payouts:
        say_payout(facts=facts, **deed)


def net(partner: Partner, brand: Brand) -> NettingConsent:
    told = next(each for each in nettings_of(partner, language="en") if each.brand == brand)
    return agree_to_netting(partner=partner, brand=brand, language="en", shown_sha256=told.sha256, **DEED)


def refused(error: type[Exception], deed: Callable[[], object]) -> bool:
    with pytest.raises(error):
        deed()
    return True


def test_a_partner_is_known_where_it_works_and_to_its_own_users(scene: Scene) -> None:
    aurora, hanok, nord, sued, ann, sue = scene
    assert (partner_by_ref(nord.public_id), partner_by_ref("par_none")) == (nord, None)
    assert [partner_at_brand(nord.public_id, brand) for brand in (aurora, hanok)] == [nord, None]
    assert [partner_since(nord, brand) for brand in (aurora, hanok)] == [AT, None]
    assert (brands_of(nord), brands_of(sued)) == ([aurora], [hanok])
    assert (partners_of_user(ann), partners_of_user(sue)) == ([nord], [sued])
    gone = add_partner_user(partner=nord, email="g@u.example", password="correct horse battery", name="G")
    with public_entered():
        User.objects.filter(pk=gone.pk).update(is_active=False)
    asked = [(nord, ann, aurora), (nord, ann, hanok), (sued, ann, aurora), (nord, sue, aurora), (nord, gone, aurora)]
    assert [
        partner_who_may_enter(partner_ref=partner.public_id, user_ref=user.public_id, brand=brand)
        for partner, user, brand in asked
    ] == [nord, None, None, None, None]


def test_a_pass_is_for_ones_own_partner_where_it_works_still(scene: Scene) -> None:
    aurora, hanok, nord, sued, ann, sue = scene
    for partner, brand, user in ((nord, hanok, ann), (nord, aurora, sue), (sued, hanok, ann)):
        assert refused(NotAtThisBrand, lambda p=partner, b=brand, u=user: issue_hand_off(  # type: ignore[misc]
            partner=p, brand=b, user=u, at=AT))  # fmt: skip
    assert HandOff.objects.count() == 0
    token = issue_hand_off(partner=nord, brand=aurora, user=ann, at=AT)
    for partner, brand, active in ((nord, aurora, False), (nord, hanok, True), (sued, aurora, True)):
        works(partner, brand, active)
    assert refused(HandOffRefused, lambda: redeem_hand_off(token=token, brand=aurora, at=AT))
    assert HandOff.objects.get().used_at is None
    works(nord, aurora, True)
    assert redeem_hand_off(token=token, brand=aurora, at=AT).partner_ref == nord.public_id


def test_a_brand_sets_and_reads_terms_of_those_who_work_there(scene: Scene) -> None:
    aurora, hanok, nord, sued, *_ = scene
    change: dict[str, Any] = {"withholding_rate": Decimal("0.2"), "netting": False, **DEED}
    with brand_entered(hanok):
        deed = {"brand": hanok, "partner_ref": nord.public_id}
        assert refused(NotAtThisBrand, lambda: set_terms(**deed, **change))
    with public_entered():
        assert set(PartnerBrand.objects.values_list("withholding_rate", "netting")) == {(Decimal("0.1"), True)}
    with brand_entered(aurora):
        set_terms(brand=aurora, partner_ref=nord.public_id, **change)
    assert partner_terms(nord.public_id, hanok) is None
    told = [partner_terms(partner.public_id, brand) for partner, brand in ((nord, aurora), (sued, hanok))]
    assert [each and each.withholding_rate for each in told] == [Decimal("0.2"), Decimal("0.1")]
    rates = []
    for brand in (aurora, hanok):
        with brand_entered(brand):
            profiles = tax_profiles([nord.public_id, sued.public_id])
            rates.append([profiles[each.public_id].withholding_rate for each in (nord, sued)])
    assert rates == [["0.2", "0.1"], ["0.1", "0.1"]]


def test_what_another_partner_said_of_tax_and_account_is_not_ones_own(scene: Scene) -> None:
    aurora, hanok, nord, sued, *_ = scene
    said(sued, MANUAL, STRIPE)
    said(nord, MANUAL)
    assert list(payout_profiles([nord.public_id])) == [nord.public_id]
    assert (payout_profiles([nord.public_id])[nord.public_id].number, payouts_frozen_until([nord.public_id])) == (1, {})
    assert list(payouts_frozen_until([nord.public_id, sued.public_id])) == [sued.public_id]
    with public_entered():
        assert list(nord.tax_versions.values_list("number", flat=True)) == [1]
    words, shown = self_billing_words(partner=sued, brand=hanok, language="en")
    agreed = agree_to_self_billing(partner=sued, brand=hanok, language="en", shown_sha256=shown, **DEED)
    assert (self_billing_of(nord), self_billing_of(sued)) == ({}, {hanok.pk: agreed})
    ask: dict[str, Any] = {"partner": nord, "language": "en", "shown_sha256": shown, **DEED}
    assert refused(NotAtThisBrand, lambda: agree_to_self_billing(brand=hanok, **ask))
    with public_entered():
        assert [(row.text, row.partner_id) for row in SelfBilling.objects.all()] == [(words, sued.pk)]
    at_brands = []
    for brand in (aurora, hanok):
        with brand_entered(brand):
            profiles = tax_profiles([nord.public_id, sued.public_id])
            at_brands.append([profiles[each.public_id].self_billing_agreed_at for each in (nord, sued)])
    assert at_brands == [[None, None], [None, AT]]


def test_words_to_agree_to_are_those_of_ones_own_tax(scene: Scene) -> None:
    said(scene.nord)
    deed: dict[str, Any] = {"partner": scene.sued, "authenticated_at": AT, **DEED}
    for name in ("First", "Second"):
        say_tax(facts=replace(TAX, legal_name=name), **deed)
    shown = self_billing_words(partner=scene.nord, brand=scene.aurora, language="en")
    kept = agree_to_self_billing(
        partner=scene.nord, brand=scene.aurora, language="en", shown_sha256=shown[1], **DEED
    )  # fmt: skip
    assert kept.text == shown[0]
    assert shown[0].startswith("L agrees")


def test_netting_is_each_partners_word_at_each_brand(scene: Scene) -> None:
    aurora, hanok, nord, sued, *_ = scene
    works(sued, aurora, True)
    first = net(nord, aurora)
    net(sued, aurora)
    assert refused(NettingNotAllowed, lambda: agree_to_netting(
        partner=nord, brand=hanok, language="en", shown_sha256="", **DEED))  # fmt: skip
    withdraw_netting(partner=nord, brand=hanok, **DEED)
    withdraw_netting(partner=sued, brand=aurora, **DEED)
    assert [(each.brand, each.allowed, each.consent, each.in_force) for each in nettings_of(nord, language="en")] == [
        (aurora, True, first, True)
    ]
    assert [(each.brand, each.in_force) for each in nettings_of(sued, language="en")] == [
        (aurora, False), (hanok, False),
    ]  # fmt: skip


def test_brands_of_one_entity_net_where_the_partner_works_and_both_agreed(scene: Scene) -> None:
    aurora, hanok, nord, sued, *_ = scene
    with public_entered():
        Brand.objects.update(legal_name="House GmbH", vat_id="DE136695976")
    for partner in (nord, sued):
        for brand in (aurora, hanok):
            works(partner, brand, True)
            net(partner, brand)
    works(sued, aurora, False)
    pairs = [[(partner.name, other.name) for partner, other in partners_netting_with(each)] for each in (aurora, hanok)]
    assert pairs == [[("nord", "Hanok")], [("nord", "Aurora")]]
    with public_entered():
        PartnerBrand.objects.filter(partner=nord, brand=hanok).update(netting=False)
    assert (partners_netting_with(aurora), partners_netting_with(hanok)) == ([], [])
    with public_entered():
        PartnerBrand.objects.filter(partner=nord, brand=hanok).update(netting=True)
        Brand.objects.filter(pk=hanok.pk).update(vat_id="")
    net(nord, hanok)
    assert partners_netting_with(aurora) == []


def test_roll_ups_are_listed_for_their_own_partner(scene: Scene) -> None:
    aurora, hanok, nord, sued, *_ = scene
    amounts = dict.fromkeys(("pending_minor", "confirmed_minor", "payable_minor", "paid_minor"), 5)
    for partner, brand in ((nord, aurora), (sued, hanok), (sued, aurora)):
        with brand_entered(brand):
            record_balance(
                brand=brand, partner_ref=partner.public_id, currency="EUR", as_of=AT + timedelta(1), **amounts
            )  # fmt: skip
            record_statement(
                brand=brand, partner_ref=partner.public_id, settlement_ref=f"stl_{partner.pk}", currency="EUR",
                statement_ref=f"stm_{partner.pk}_{brand.pk}", number="N1", version=1, period_label="2026-03",
                first_on=date(2026, 3, 1), last_on=date(2026, 3, 31), net_minor=5,
                payout_minor=5, closing_minor=0, sha256="a" * 64, issued_at=AT,
            )  # fmt: skip
    assert [(row.partner, row.brand) for row in balances_of(nord)] == [(nord, aurora)]
    assert [(row.partner, row.brand) for row in statements_of(nord)] == [(nord, aurora)]
    net(nord, aurora)
    works(sued, aurora, True)
    with public_entered():
        PartnerBrand.objects.filter(partner=sued, brand=aurora).update(netting=False)
    assert brands_with_statements(nord) == [(aurora, True)]
    assert brands_with_statements(sued) == [(aurora, False), (hanok, False)]
