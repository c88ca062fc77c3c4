"""Who a registered deal is about, pure: normal forms of a prospect, and when two are the same."""

import re
from dataclasses import dataclass

from kernel.sentences import sentence

_LABEL = r"[a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+[a-z\u00a1-\uffff]{{2,63}}")

# Everybody's mail: a claim on one of these domains would claim strangers.
SHARED_DOMAINS = frozenset({
    "aol.com", "daum.net", "gmail.com", "gmx.at", "gmx.ch", "gmx.de", "gmx.net", "googlemail.com",
    "hanmail.net", "hotmail.com", "hotmail.es", "icloud.com", "kakao.com", "live.com", "mail.com", "mail.ru",
    "me.com", "msn.com", "nate.com", "naver.com", "outlook.com", "outlook.es", "proton.me", "protonmail.com",
    "qq.com", "t-online.de", "web.de", "yahoo.co.uk", "yahoo.com", "yahoo.de", "yahoo.es", "yandex.ru",
    "zoho.com", "163.com",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prospect:
    """Whom a partner registered, normalized: an e-mail, a domain of e-mails, a phone number; '' where unknown."""

    email: str = ""
    domain: str = ""
    phone: str = ""


def normalized_domain(text: str) -> str:
    """Return a domain as it is compared: lower case, without `@`, scheme, `www.` and path."""
    host = text.strip().lower().partition("://")[2] or text.strip().lower()
    return host.removeprefix("@").partition("/")[0].removeprefix("www.").rstrip(".")


def wrong_domain(domain: str) -> str:
    """Return what is wrong with a normalized domain, or ''."""
    if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
        return sentence("must be a domain such as example.com")
    if domain in SHARED_DOMAINS:
        return sentence("is a mail provider's: its addresses belong to strangers; give an e-mail address instead")
    return ""


def domain_of(email: str) -> str:
    """Return the domain of an e-mail; '' for none."""
    return email.rpartition("@")[2]


def covers(prospect: Prospect, *, email: str, phone: str) -> bool:
    """Return whether a customer with these normalized contacts is the prospect."""
    return bool(
        (email and email == prospect.email)
        or (prospect.domain and domain_of(email) == prospect.domain)
        or (phone and phone == prospect.phone)
    )


def same_prospect(one: Prospect, other: Prospect) -> bool:
    """Return whether two registrations claim the same prospect, either way round."""
    return (
        covers(one, email=other.email, phone=other.phone)
        or covers(other, email=one.email, phone=one.phone)
        or bool(one.domain and one.domain == other.domain)
    )
