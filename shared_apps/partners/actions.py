import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from kernel.actor import Actor
from kernel.emails import normalized_email
from kernel.errors import InvalidInput
from shared_apps.accounts.models import User
from shared_apps.audit.actions import record
from shared_apps.brands.entering import public_entered
from shared_apps.brands.models import Brand
from shared_apps.partners import rules
from shared_apps.partners.errors import HandOffRefused, NotAtThisBrand, UnknownPartner
from shared_apps.partners.models import HandOff, Partner, PartnerBalance, PartnerBrand, PartnerStatement, PartnerUser


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Who enters a brand's portal by a hand-off, and where to."""

    partner_ref: str
    partner_name: str
    user_ref: str
    user_name: str
    next_path: str


@transaction.atomic
def invite_partner(
    *, brand: Brand, name: str, email: str, actor: Actor, at: datetime, kind: str = "company", country: str = "",
    legal_name: str = "",
) -> Partner:  # fmt: skip
    """Return the partner with this e-mail, made now if new, who from now on works with the brand.

    A partner known from another brand keeps what it said of itself: one brand's form changes nothing
    for the others, nor does it tell them of each other. Raises InvalidInput naming each wrong field.
    """
    email, errors = _checked(name=name, email=email, kind=kind, country=country)
    if errors:
        raise InvalidInput(errors=errors)
    with public_entered(), transaction.atomic():
        partner, _ = Partner.objects.get_or_create(
            email=email,
            defaults={
                "name": name.strip(), "kind": kind, "country": country, "created_at": at,
                "legal_name": legal_name.strip() or name.strip(),
            },
        )  # fmt: skip
        _, joined = PartnerBrand.objects.get_or_create(partner=partner, brand=brand, defaults={"since": at})
    if joined:
        record(actor=actor, verb="partner.invited", subject=partner, at=at, after={"name": name.strip()})
    return partner


def add_partner_user(*, partner: Partner, email: str, password: str, name: str) -> User:
    """Create a user on the partner host who acts for the partner.

    Raises InvalidInput for a weak password, or for an e-mail that is taken there.
    """
    email = normalized_email(email)
    try:
        validate_password(password, User(email=email, name=name))
    except ValidationError as weak:
        raise InvalidInput(field="password", message=" ".join(weak.messages)) from weak
    try:
        with public_entered(), transaction.atomic():
            user = User.objects.create_user(email, password, name=name.strip())
            PartnerUser.objects.create(partner=partner, user=user)
    except IntegrityError as taken:
        raise InvalidInput(field="email", message="already has an account") from taken
    return user


def issue_hand_off(*, partner: Partner, brand: Brand, user: User, at: datetime, next_path: str = "") -> str:
    """Return a one-time pass, good for 60 seconds, from the partner host into one brand's portal.

    Only its hash is kept. Raises NotAtThisBrand unless the user acts for a partner of the brand.
    """
    token = secrets.token_urlsafe(32)
    with public_entered(), transaction.atomic():
        works_there = PartnerBrand.objects.filter(partner=partner, brand=brand, active=True).exists()
        if not works_there or not PartnerUser.objects.filter(partner=partner, user=user).exists():
            raise NotAtThisBrand
        HandOff.objects.create(
            token_sha256=rules.fingerprint(token), partner=partner, brand=brand, user=user,
            next_path=rules.local_path(next_path), expires_at=at + rules.HAND_OFF_LASTS,
        )  # fmt: skip
    return token


def redeem_hand_off(*, token: str, brand: Brand, at: datetime) -> HandedOver:
    """Take a pass once and say who enters; of two at the same time one gets in.

    Raises HandOffRefused when it is unknown, used, expired, for another brand, or no longer deserved.
    """
    with public_entered(), transaction.atomic():
        mine = HandOff.objects.filter(token_sha256=rules.fingerprint(token), brand=brand)
        if not mine.filter(used_at=None, expires_at__gt=at).update(used_at=at):
            raise HandOffRefused
        hand_off = mine.select_related("partner", "user").get()
        partner, user = hand_off.partner, hand_off.user
        deserved = PartnerBrand.objects.filter(partner=partner, brand=brand, active=True).exists()
        if not deserved or not user.is_active:
            raise HandOffRefused
    return HandedOver(partner.public_id, partner.name, user.public_id, str(user), hand_off.next_path)


def record_balance(
    *, brand: Brand, partner_ref: str, currency: str, pending_minor: int, confirmed_minor: int, payable_minor: int,
    paid_minor: int, as_of: datetime,
) -> None:  # fmt: skip
    """Write what a partner has at a brand, per currency, in the transaction of the brand's own handler.

    A roll-up that is older than the one kept changes nothing, so handlers may run in any order.
    Raises UnknownPartner.
    """
    amounts = {
        "pending_minor": pending_minor, "confirmed_minor": confirmed_minor, "payable_minor": payable_minor,
        "paid_minor": paid_minor, "as_of": as_of,
    }  # fmt: skip
    with public_entered(), transaction.atomic():
        row, new = PartnerBalance.objects.get_or_create(
            partner=_known(partner_ref), brand=brand, currency=currency, defaults=amounts
        )
        if not new:
            PartnerBalance.objects.filter(pk=row.pk, as_of__lte=as_of).update(**amounts)


def record_statement(
    *, brand: Brand, partner_ref: str, statement_ref: str, number: str, version: int, period_label: str, currency: str,
    net_minor: int, payout_minor: int, closing_minor: int, sha256: str, issued_at: datetime,
) -> None:  # fmt: skip
    """List a statement for its partner across brands; the document stays with the brand.

    Told again it is listed once; a later version takes the place of an earlier one. Raises UnknownPartner.
    """
    facts = {
        "number": number, "version": version, "period_label": period_label, "currency": currency,
        "net_minor": net_minor, "payout_minor": payout_minor, "closing_minor": closing_minor,
        "sha256": sha256, "issued_at": issued_at,
    }  # fmt: skip
    with public_entered(), transaction.atomic():
        row, new = PartnerStatement.objects.get_or_create(
            statement_ref=statement_ref, defaults=facts | {"partner": _known(partner_ref), "brand": brand}
        )
        if not new:
            PartnerStatement.objects.filter(pk=row.pk, brand=brand, version__lt=version).update(**facts)


def _known(partner_ref: str) -> Partner:
    partner = Partner.objects.filter(public_id=partner_ref).first()
    if partner is None:
        raise UnknownPartner(f"There is no partner {partner_ref}.")
    return partner


def _checked(*, name: str, email: str, kind: str, country: str) -> tuple[str, list[dict[str, str]]]:
    errors = []
    if not 0 < len(name.strip()) <= 120:
        errors.append({"field": "name", "message": "must have 1 to 120 characters"})
    if kind not in Partner.Kind.values:
        errors.append({"field": "kind", "message": f"must be one of {', '.join(Partner.Kind.values)}"})
    if country and not (len(country) == 2 and country.isascii() and country.isupper()):
        errors.append({"field": "country", "message": "must be an ISO 3166 code such as DE"})
    try:
        email = normalized_email(email)
    except InvalidInput as wrong:
        errors += wrong.errors
    return email, errors
