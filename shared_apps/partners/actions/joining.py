import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from kernel.actor import Actor
from kernel.emails import normalized_email
from kernel.errors import InvalidInput
from kernel.sentences import sentence
from shared_apps.accounts.models import User
from shared_apps.audit.actions import record
from shared_apps.brands.entering import public_entered
from shared_apps.brands.models import Brand
from shared_apps.partners import rules
from shared_apps.partners.errors import HandOffRefused, NotAtThisBrand
from shared_apps.partners.models import HandOff, Partner, PartnerBrand, PartnerUser


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


def _checked(*, name: str, email: str, kind: str, country: str) -> tuple[str, list[dict[str, str]]]:
    errors = []
    if not 0 < len(name.strip()) <= 120:
        errors.append({"field": "name", "message": "must have 1 to 120 characters"})
    if kind not in Partner.Kind.values:
        errors.append(
            {"field": "kind", "message": sentence("must be one of %(choices)s", choices=", ".join(Partner.Kind.values))}
        )
    if country and not (len(country) == 2 and country.isascii() and country.isupper()):
        errors.append({"field": "country", "message": "must be an ISO 3166 code such as DE"})
    try:
        email = normalized_email(email)
    except InvalidInput as wrong:
        errors += wrong.errors
    return email, errors
