"""Contacts as keys, pure: one customer per e-mail, one spelling per phone number."""

import phonenumbers

from kernel.emails import normalized_email
from kernel.errors import InvalidInput

__all__ = ["contact_of", "normalized_email", "normalized_phone"]


def normalized_phone(text: str, *, region: str = "", field: str = "phone") -> str:
    """Return the number in E.164 (`+491701234567`), or '' for none.

    A number without country code is read in `region` (ISO 3166, upper case); with no region it is
    kept as digits, for a guessed country would ring at a stranger. Raises InvalidInput naming `field`.
    """
    text = text.strip()
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return _digits(text, field)
    if not phonenumbers.is_possible_number(number):
        raise InvalidInput(field=field, message="must be a phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def contact_of(*, email: str, name: str, phone: str) -> tuple[str, str, str]:
    """Return e-mail, name and phone as they are kept; raises InvalidInput naming every wrong field."""
    errors: list[dict[str, str]] = []
    kept = []
    for normalize, text in ((normalized_email, email), (normalized_phone, phone)):
        try:
            kept.append(normalize(text))
        except InvalidInput as wrong:
            errors += wrong.errors
    if len(name.strip()) > 120 or "\0" in name:
        errors.append({"field": "name", "message": "must have at most 120 characters"})
    if errors:
        raise InvalidInput(errors=errors)
    return kept[0], name.strip(), kept[1]


def _digits(text: str, field: str) -> str:
    digits = "".join(char for char in text if char.isdigit() and char.isascii())
    if not 5 <= len(digits) <= 15 or any(char not in "0123456789 ()-./" for char in text):
        raise InvalidInput(field=field, message="must be a phone number")
    return digits
