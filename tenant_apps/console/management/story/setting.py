"""Who plays: two brands, their operators and offers, one partner who works for both."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from stripe import StripeClient

from kernel.actor import system
from kernel.clock import utc_now
from shared_apps.accounts.actions import add_operator
from shared_apps.accounts.states import Role
from shared_apps.brands.actions import provision_brand
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from shared_apps.brands.models import Brand
from shared_apps.partners.actions import add_partner_user, invite_partner
from tenant_apps.catalog.actions import create_offer, create_product, publish_offer, set_price
from tenant_apps.payments.actions import connect_account
from tenant_apps.programs.actions import create_link, enroll_partner, ensure_program, set_contract
from tenant_apps.tracking.actions import create_site

PASSWORD = "tributary-demo-1"  # noqa: S105  (of people who exist only in the demo)
DIRECTOR = system("demo")
PARTNER = {
    "name": "Mira Kim Media",
    "email": "mira@mirakim.example",
    "legal_name": "Mira Kim Media GmbH",
    "country": "DE",
}
PARTNERS_SITE = "blog.mirakim.example"


@dataclass(frozen=True, kw_only=True)
class Cast:
    """One brand of the story and everything a visitor, an operator or a partner needs to know of it."""

    brand: Brand
    domain: str
    offers: list[Any]
    site_key: str
    link_code: str
    people: dict[str, str] = field(default_factory=dict)


BRANDS: list[dict[str, Any]] = [
    {
        "name": "Aurora Journeys", "domain": "aurora.localhost", "currency": "EUR", "timezone": "Europe/Berlin",
        "language": "en", "primary": "#0f766e", "legal_name": "Aurora Journeys GmbH",
        "legal_address": "Karl-Marx-Allee 1\n10178 Berlin\nGermany", "country": "DE", "vat_id": "DE136695976",
        "offers": [
            ("aurora-weekend", "Northern lights weekend", "service", 49000, 31000, "0.19",
             "Two nights by the fjord, a guide, and the sky doing the rest."),
            ("packing-guide", "Arctic packing guide", "digital", 2900, 0, "0.19",
             "What to wear at minus thirty, on 24 pages."),
        ],
        "rules": [
            {"id": "weekend", "when": {"product": ["aurora-weekend"]},
             "pay": {"kind": "hybrid", "parts": [{"kind": "fixed", "amount_minor": 500, "per": "order"},
                                                 {"kind": "percent", "rate": "0.10", "base": "net"}]}},
            {"id": "everything else", "pay": {"kind": "percent", "rate": "0.20", "base": "net"}},
        ],
        "code": "mira-aurora", "minimum": 1000,
    },
    {
        "name": "한옥 스테이", "domain": "hanok.localhost", "currency": "KRW", "timezone": "Asia/Seoul",
        "language": "ko", "primary": "#7c3aed", "legal_name": "주식회사 한옥 스테이",
        "legal_address": "서울특별시 종로구 북촌로 1\n대한민국", "country": "KR", "vat_id": "1348672683",
        "offers": [
            ("bukchon-night", "북촌 한옥에서의 하룻밤", "service", 240000, 150000, "0.10",
             "온돌방, 아침 식사, 조용한 골목."),
            ("seoul-walks", "서울 산책 지도", "digital", 12000, 0, "0.10", "걸어서 만나는 열두 개의 길."),
        ],
        "rules": [
            {"id": "기본", "pay": {"kind": "percent", "rate": "0.08", "base": "net"}, "limits": {"min_minor": 1000}},
        ],
        "code": "mira-hanok", "minimum": 0,
    },
]  # fmt: skip


def set_the_stage(*, web_port: int, sandbox_url: str) -> list[Cast]:
    """Provision both brands with operators, offers, a partner with contract, link and site, and a payment account."""
    return [cast_brand(terms, web_port=web_port, sandbox_url=sandbox_url) for terms in BRANDS]


def cast_brand(terms: dict[str, Any], *, web_port: int, sandbox_url: str) -> Cast:
    """Provision one brand from terms shaped as those in `BRANDS`, with everything it needs to sell."""
    at = utc_now()
    names = (
        "name", "domain", "currency", "timezone", "language", "primary", "legal_name", "legal_address", "country",
        "vat_id",
    )  # fmt: skip
    brand = provision_brand(**{name: terms[name] for name in names}, mode="test", actor=DIRECTOR, at=at)
    partner = invite_partner(brand=brand, **PARTNER, actor=DIRECTOR, at=at)
    if not partner.memberships.exists():
        add_partner_user(partner=partner, email=PARTNER["email"], password=PASSWORD, name="Mira Kim")
    with brand_entered(brand):
        people = _operators(terms["domain"])
        offers = [_offer(offer, terms["currency"]) for offer in terms["offers"]]
        program = ensure_program(name="Partners", at=now())
        enrollment = enroll_partner(
            program=program, partner_ref=partner.public_id, name=partner.name, email=partner.email, role="affiliate",
            actor=DIRECTOR, at=now(),
        )  # fmt: skip
        set_contract(
            enrollment=enrollment, currency=terms["currency"], rules=terms["rules"], hold_days=14,
            minimum_payout_minor=terms["minimum"], negative="carry", effective_from=at, actor=DIRECTOR, at=now(),
        )  # fmt: skip
        link = create_link(enrollment=enrollment, code=terms["code"], campaign="autumn", actor=DIRECTOR, at=now())
        site = create_site(
            name="Mira's travel blog", enrollment=enrollment, allowed_hosts=[PARTNERS_SITE], actor=DIRECTOR, at=now()
        )
        _connect(brand, terms["domain"], web_port, sandbox_url, at=now())
        return Cast(
            brand=brand,
            domain=terms["domain"],
            offers=offers,
            site_key=site.public_key,
            link_code=link.code,
            people=people,
        )


def _operators(domain: str) -> dict[str, str]:
    people = {}
    for role, name, roles in (
        ("admin", "Ada Admin", [Role.ADMIN]),
        ("operations", "Otto Operations", [Role.OPERATIONS]),
        ("finance", "Fay Finance", [Role.FINANCE]),
        ("second finance", "Finn Finance", [Role.FINANCE]),
    ):
        email = f"{role.split()[-1] if role != 'second finance' else 'finance2'}@{domain}"
        add_operator(email=email, password=PASSWORD, name=name, roles=roles, actor=DIRECTOR)
        people[role] = email
    return people


def _offer(terms: tuple[str, str, str, int, int, str, str], currency: str) -> Any:
    code, title, kind, price, cost, tax_rate, summary = terms
    at = now()
    product = create_product(code=code, name=title, kind=kind, actor=DIRECTOR, at=at)
    offer = create_offer(product=product, slug=code, title=title, summary=summary, actor=DIRECTOR, at=at)
    set_price(
        offer=offer, currency=currency, amount_minor=price, cost_minor=cost,
        tax_rate=Decimal(tax_rate), actor=DIRECTOR, at=at,
    )  # fmt: skip
    return publish_offer(offer=offer, actor=DIRECTOR, at=at)


def _connect(brand: Brand, domain: str, web_port: int, sandbox_url: str, *, at: datetime) -> None:
    """Open an account at the sandbox and have it send its events to the brand's own host."""
    secret_key = f"sk_test_{brand.public_id}"
    client = StripeClient(secret_key, base_addresses={"api": sandbox_url})
    endpoint = client.v1.webhook_endpoints.create(
        params={"url": f"http://{domain}:{web_port}/webhooks/stripe", "enabled_events": ["*"]}
    )
    connect_account(
        provider="stripe", account_id=f"acct_{brand.public_id[4:]}", secret_key=secret_key,
        webhook_secret=str(endpoint.secret), webhook_endpoint_id=endpoint.id, actor=DIRECTOR, at=at,
    )  # fmt: skip
