"""Netting: in force only while the brand allows it and the partner agreed to the words of this legal entity."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from kernel.actor import system
from kernel.clock import utc_now
from kernel.errors import InvalidInput
from shared_apps.audit.models import AuditEvent
from shared_apps.brands.entering import brand_entered, public_entered
from shared_apps.brands.models import Brand
from shared_apps.partners.actions import agree_to_netting, invite_partner, set_terms, withdraw_netting
from shared_apps.partners.errors import NettingNotAllowed
from shared_apps.partners.models import NettingConsent, Partner
from shared_apps.partners.queries import nettings_of, partner_terms
from shared_apps.partners.rules import Consent, may_net, netting_text

DEED: dict[str, Any] = {"actor": system("tests"), "at": utc_now()}
CONSENTS = st.none() | st.builds(
    Consent, agreed=st.booleans(), entity=st.sampled_from(["X", "Y"]), vat_id=st.sampled_from(["", "DE1"])
)


@given(st.booleans(), CONSENTS, st.sampled_from(["X", "Y"]), st.sampled_from(["", "DE1"]))
def test_netting_needs_the_brand_the_partner_and_the_same_entity(
    allowed: bool, said: Consent | None, entity: str, vat_id: str
) -> None:
    wanted = allowed and said is not None and said.agreed and said.entity == entity and said.vat_id == vat_id
    assert may_net(allowed=allowed, said=said, entity=entity, vat_id=vat_id) is wanted


@pytest.mark.parametrize("language", ["en", "ko", "es", "fr"])
def test_the_words_name_both_and_read_nothing_that_people_wrote(language: str) -> None:
    text = netting_text(partner="{brand}", brand="Aurora", entity="Aurora {entity} GmbH", language=language)
    assert "Aurora (Aurora {entity} GmbH)" in text or "Aurora(Aurora {entity} GmbH)" in text
    assert "{brand}" in text
    words = {"partner": "N", "brand": "B", "entity": "E"}
    assert netting_text(**words, language=f"{language}-XX") == netting_text(**words, language=language)


@pytest.fixture
def nord(aurora: Brand) -> Partner:
    with brand_entered(aurora):
        return invite_partner(brand=aurora, name="Nord", email="nord@example.com", **DEED)


def allow(brand: Brand, partner: Partner, netting: bool) -> None:
    with brand_entered(brand):
        set_terms(brand=brand, partner_ref=partner.public_id, withholding_rate=Decimal("0.15"), netting=netting, **DEED)


def in_force(brand: Brand, partner: Partner) -> bool:
    told = partner_terms(partner.public_id, brand)
    assert told is not None
    return told.netting.in_force


def agree(brand: Brand, partner: Partner, shown: str = "") -> NettingConsent:
    told = partner_terms(partner.public_id, brand)
    assert told is not None
    return agree_to_netting(
        partner=partner, brand=brand, language="en", shown_sha256=shown or told.netting.sha256, **DEED
    )


def test_either_side_ends_it_and_another_entity_is_asked_anew(aurora: Brand, nord: Partner) -> None:
    with pytest.raises(NettingNotAllowed):
        agree(aurora, nord)
    allow(aurora, nord, True)
    with pytest.raises(InvalidInput):
        agree(aurora, nord, shown="0" * 64)
    assert not in_force(aurora, nord)
    first = agree(aurora, nord)
    assert (in_force(aurora, nord), agree(aurora, nord).pk) == (True, first.pk)
    allow(aurora, nord, False)
    assert not in_force(aurora, nord)
    allow(aurora, nord, True)
    assert in_force(aurora, nord)
    with public_entered():
        Brand.objects.filter(pk=aurora.pk).update(legal_name="Somebody Else AG")
    assert not in_force(aurora, nord)
    again = agree(aurora, nord)
    assert (again.entity, in_force(aurora, nord)) == ("Somebody Else AG", True)
    withdraw_netting(partner=nord, brand=aurora, **DEED)
    withdraw_netting(partner=nord, brand=aurora, **DEED)
    assert not in_force(aurora, nord)
    with public_entered():
        assert list(NettingConsent.objects.order_by("pk").values_list("agreed", flat=True)) == [True, True, False]
        verbs = AuditEvent.objects.filter(verb__startswith="partner.netting").values_list("verb", flat=True)
        assert sorted(verbs) == ["partner.netting_agreed"] * 2 + ["partner.netting_withdrawn"]


def test_another_brand_is_not_concerned(aurora: Brand, hanok: Brand, nord: Partner) -> None:
    allow(aurora, nord, True)
    agree(aurora, nord)
    assert partner_terms(nord.public_id, hanok) is None
    with brand_entered(hanok):
        invite_partner(brand=hanok, name="Nord", email="nord@example.com", **DEED)
    assert not in_force(hanok, nord)
    with pytest.raises(NettingNotAllowed):
        agree(hanok, nord)
    assert [each.brand.name for each in nettings_of(nord, language="en")] == ["Aurora"]


def test_the_runtime_role_cannot_alter_what_a_partner_said(nord: Partner) -> None:
    for deed in ("UPDATE partners_nettingconsent SET agreed = true", "DELETE FROM partners_nettingconsent"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(),
            connection.cursor() as cursor,
        ):  # fmt: skip
            cursor.execute(deed)
