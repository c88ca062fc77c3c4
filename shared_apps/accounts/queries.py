from shared_apps.accounts.models import User


def email_of_person(ref: str) -> str:
    """Return the e-mail of a user of the entered schema by its public id, empty for who is none there."""
    return User.objects.filter(public_id=ref).values_list("email", flat=True).first() or ""
