"""Names for contacts that nobody can turn back: equal contacts stay equal, within one brand."""

from django.utils.crypto import salted_hmac

from shared_apps.brands.entering import entered_brand


def pseudonym(contact: str) -> str:
    """Return the pseudonym of an e-mail, a number or a fingerprint at the entered brand; '' for none.

    Keyed with SECRET_KEY and the brand: without the key a list of all phone numbers does not help to
    read it, and two brands never see that they know the same person. Trimmed and case-folded first.
    """
    folded = contact.strip().casefold()
    if not folded:
        return ""
    key = f"tributary.pseudonym:{entered_brand().schema_name}"
    return salted_hmac(key, folded, algorithm="sha256").hexdigest()
