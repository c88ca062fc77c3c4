from django.contrib.auth.models import Group
from django.db import transaction

from kernel.actor import Actor
from shared_apps.accounts.models import User
from shared_apps.accounts.states import Role
from shared_apps.audit.actions import record
from shared_apps.brands.clock import now


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
