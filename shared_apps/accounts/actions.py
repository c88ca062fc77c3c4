from datetime import datetime, timedelta

from django.contrib.auth.models import Group
from django.db import transaction

from kernel.actor import Actor
from kernel.errors import InvalidInput
from shared_apps.accounts.keys import digest_of, id_of, is_key, new_key
from shared_apps.accounts.models import ApiKey, User
from shared_apps.accounts.states import Role
from shared_apps.audit.actions import record
from shared_apps.brands.clock import now

NOTED_EVERY = timedelta(hours=1)


def seed_roles(*, using: str = "default") -> None:
    """Make sure the entered schema has the groups behind our roles."""
    for role in Role:
        Group.objects.using(using).get_or_create(name=role.value)


@transaction.atomic
def add_operator(*, email: str, password: str, name: str, roles: list[Role], actor: Actor) -> User:
    """Create a member of the entered brand's staff with roles; raises IntegrityError for a known e-mail."""
    user = User.objects.create_user(email, password, name=name, is_staff=True)
    user.groups.set(Group.objects.filter(name__in=[role.value for role in roles]))
    record(actor=actor, verb="user.added", subject=user, at=now(), after={"roles": [str(role) for role in roles]})
    return user


@transaction.atomic
def create_api_key(
    *, name: str, roles: list[Role], actor: Actor, at: datetime, owner: User | None = None
) -> tuple[ApiKey, str]:
    """Create a key for the entered brand; return it and the secret, which nobody can read again.

    Its owner (who makes it, unless said otherwise) answers for it: where two persons are needed the key
    counts as its owner, so that nobody approves in person what they had their key propose.

    Raises InvalidInput for a blank name, for no roles (such a key could do nothing), and where it would be nobody's.
    """
    errors = []
    owner = owner or User.objects.filter(public_id=actor.person, is_staff=True).first()
    if not 0 < len(name.strip()) <= 120:
        errors.append({"field": "name", "message": "must have 1 to 120 characters"})
    if not roles:
        errors.append({"field": "roles", "message": "must not be empty"})
    if owner is None:
        errors.append({"field": "owner", "message": "must be an operator of this brand"})
    if errors or owner is None:
        raise InvalidInput(errors=errors)
    key_id, secret = new_key()
    named = sorted({str(role) for role in roles})
    key = ApiKey.objects.create(
        name=name.strip(), key_id=key_id, digest=digest_of(secret), roles=named, created_at=at, owner=owner
    )
    after = {"name": key.name, "roles": named, "owner": owner.public_id}
    record(actor=actor, verb="api_key.created", subject=key, at=at, after=after)
    return key, secret


@transaction.atomic
def revoke_api_key(*, key: ApiKey, actor: Actor, at: datetime) -> ApiKey:
    """Make a key useless from now on; revoked again it stays as it was."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at):
        record(actor=actor, verb="api_key.revoked", subject=key, at=at)
    key.refresh_from_db()
    return key


def key_used(*, secret: str, at: datetime) -> ApiKey | None:
    """Return the live key of the entered brand behind a secret, noting its use at most once an hour; else None.

    A key whose owner is no longer active is no key.
    """
    key_id = id_of(secret)
    keys = ApiKey.objects.select_related("owner").filter(key_id=key_id, revoked_at=None)
    key = keys.exclude(owner__is_active=False).first() if key_id else None
    if key is None or not is_key(secret, key.digest):
        return None
    if key.last_used_at is None or at - key.last_used_at >= NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return key
