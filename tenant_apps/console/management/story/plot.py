"""What happens: a visit, a lead, orders, payments, commissions, a closing, a statement, a payout, a refund."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.utils import timezone

from kernel.ids import public_id
from kernel.money import Money
from kernel.periods import month_of
from shared_apps.brands.actions import advance_clock
from shared_apps.brands.clock import now
from shared_apps.brands.entering import brand_entered
from tenant_apps.commissions.models import Commission
from tenant_apps.console.management.story.browsing import Browser, form_of, until
from tenant_apps.console.management.story.setting import DIRECTOR, PARTNERS_SITE, PASSWORD, Cast
from tenant_apps.orders.models import Order
from tenant_apps.settlements.models import Payout, Period, Settlement, Statement

Say = Callable[[str], None]
TEST_CARD = {"card": "4242 4242 4242 4242", "expiry": "12 / 34", "cvc": "123", "name": "Card Holder"}


@dataclass(kw_only=True)
class Told:
    """What the story came to at one brand."""

    brand: str
    currency: str
    orders: list[dict[str, Any]] = field(default_factory=list)
    statements: list[dict[str, Any]] = field(default_factory=list)

    def money(self, minor: int) -> str:
        return Money(minor, self.currency).format()


class Story:
    """The story of one brand. Every step goes through a door a stranger could use."""

    def __init__(self, *, cast: Cast, port: int, say: Say) -> None:
        self.cast, self.port, self.say = cast, port, say
        self.told = Told(brand=cast.brand.name, currency=cast.brand.currency)
        self.visitor = public_id("vis")

    def tell(self) -> Told:
        """Play all acts and return what came of them."""
        self.to_third_of_next_month()
        self.visit()
        self.ask()
        first = self.buy(self.cast.offers[0], email="jin.park@example.com", name="Jin Park", by=self.visitor)
        self.buy(self.cast.offers[1], email="lea.sommer@example.com", name="Lea Sommer", by=self.visitor)
        self.fulfil(first)
        label = self.to_second_of_next_month()
        self.settle(label)
        self.refund(first, part=2)
        self.buy(self.cast.offers[1], email="tom.berg@example.com", name="Tom Berg", by=self.visitor)
        self.settle(self.to_second_of_next_month())
        return self.told

    def to_third_of_next_month(self) -> None:
        """Set the brand's test clock to 10:00 on the 3rd of next month, so that holds end within that month."""
        with brand_entered(self.cast.brand):
            month = month_of(now(), self.cast.brand.timezone).next()
            advance_clock(brand=self.cast.brand, to=month.start + timedelta(days=2, hours=10), actor=DIRECTOR)

    def to_second_of_next_month(self) -> str:
        """Let the month pass, worker and all; return the label of the month that ended."""
        with brand_entered(self.cast.brand):
            month = month_of(now(), self.cast.brand.timezone)
            advance_clock(brand=self.cast.brand, to=month.next().start + timedelta(days=1, hours=9), actor=DIRECTOR)
        self.say(f"the clock of {self.cast.brand.name} is set forward to the 2nd of the next month")
        return f"{month.first_on:%Y-%m}"

    def visit(self) -> None:
        """Somebody reads the partner's blog, whose page carries the tracker."""
        event = {
            "id": str(uuid.uuid4()), "type": "page_view", "url": f"https://{PARTNERS_SITE}/north",
            "via": self.cast.link_code,
            "referrer": "https://search.example/", "utm": {"source": "blog", "campaign": "autumn"}, "at": self._now(),
        }  # fmt: skip
        self._widget("events", {"site": self.cast.site_key, "visitor": self.visitor, "events": [event]})
        self.say(f"a visit on {PARTNERS_SITE} is recorded")

    def ask(self) -> None:
        """The visitor asks a question by the lead form on the blog, twice: one lead."""
        lead = {"email": "jin.park@example.com", "name": "Jin Park", "message": "Is February a good month?",
                "offer": self.cast.offers[0].slug}  # fmt: skip
        for _again in range(2):
            self._widget("leads", {"site": self.cast.site_key, "visitor": self.visitor, "lead": lead})
        self.say("the visitor asks: a lead")

    def place(self, offer: Any, *, email: str, name: str, by: str = "") -> Order:
        """Order on the brand's page and pay at the provider's; return the order, whose payment nobody waited for."""
        with self._browser() as browser:
            page = browser.get(f"/o/{offer.slug}/", params={"tv": by, "via": self.cast.link_code} if by else {})
            sent = browser.submit(page, email=email, name=name)
            if not sent.is_redirect:
                raise AssertionError(f"the order was not taken: {sent.status_code} {sent.text[:2000]}")
            pay_at_sandbox(sent.headers["location"])
        with brand_entered(self.cast.brand):
            return Order.objects.filter(customer__email=email, lines__offer=offer).latest("pk")

    def buy(self, offer: Any, *, email: str, name: str, by: str = "") -> Order:
        """Order and pay, then wait until everything that follows has followed."""
        order = self.place(offer, email=email, name=name, by=by)
        until(lambda: self._is_paid(order), what=f"the payment of {name}'s order")
        until(lambda: self._commissions(order), what=f"the commission of order {order}")
        lines = self._commissions(order)
        earned = sum(line.amount_minor for line in lines)
        self.say(
            f"{name} buys “{offer.title}” for {self.told.money(order.total_minor)}; "
            f"commission {self.told.money(earned)}"
        )
        self.told.orders.append(
            {
                "number": order.number,
                "customer": name,
                "offer": offer.title,
                "total": order.total_minor,
                "commission": earned,
            }
        )
        return order

    def fulfil(self, order: Order) -> None:
        """Operations mark the service as delivered in the console."""
        with self._operator("operations") as console:
            page = console.get(f"/console/orders/order/{order.pk}/change/")
            console.submit(page, to="fulfil")
        until(lambda: self._in_state(order, "confirmed"), what=f"order {order} to be fulfilled and confirmed")
        self.say(f"order {order} is fulfilled, its commission confirmed")

    def settle(self, label: str) -> None:
        """Finance closes the month, a second person approves, statements are issued, the payout is made."""
        with self._operator("finance") as console:
            page = console.get(f"/console/periods/close/{label}")
            console.submit(page, to="periods/close", typed=label)
        period = until(lambda: self._period(label), what=f"the closing of {label}")
        with self._operator("second finance") as console:
            console.submit(console.get(f"/console/settlements/period/{period.pk}/change/"), to="approve")
        statement = until(lambda: self._statement(period), what=f"the statement of {label}")
        settlement = statement.settlement
        pdf = until(lambda: self._pdf(statement), what="the PDF")
        if settlement.payout_minor:
            self._pay_out(settlement)
        self.say(
            f"{label} is closed: statement {statement.number}, payout {self.told.money(settlement.payout_minor)}, "
            f"carried forward {self.told.money(settlement.closing_minor)}"
        )
        self.told.statements.append(
            {
                "period": label,
                "number": statement.number,
                "net": settlement.net_minor,
                "payout": settlement.payout_minor,
                "closing": settlement.closing_minor,
                "sha256": statement.sha256,
                "pdf": pdf,
            }
        )

    def refund(self, order: Order, *, part: int) -> None:
        """Finance gives one part of the price back; the partner was paid already, so a clawback follows."""
        amount = order.total_minor // part
        with self._operator("finance") as console:
            page = console.get(f"/console/orders/order/{order.pk}/change/")
            shown = str(Money(amount, order.currency).to_decimal())
            console.submit(page, to="refund", amount=shown, reason="The fog stayed.")
        taken = until(lambda: self._clawbacks(order), what=f"the clawback of order {order}")
        back = sum(line.amount_minor for line in taken)
        self.say(
            f"{self.told.money(amount)} of order {order} are refunded after payout; clawback {self.told.money(back)}"
        )

    def _pay_out(self, settlement: Settlement) -> None:
        with self._operator("second finance") as console:
            address = f"/console/settlements/settlement/{settlement.pk}/change/"
            console.submit(console.get(address), to="/pay")
            until(lambda: self._payout(settlement, "in_transit"), what="the payout to be in transit")
            console.submit(console.get(address), to="confirm", reference=f"SEPA {settlement.public_id[-6:]}")
        until(lambda: self._payout(settlement, "paid"), what="the payout to be paid")

    def _browser(self) -> Browser:
        return Browser(host=self.cast.domain, port=self.port)

    def _operator(self, role: str) -> Browser:
        browser = self._browser()
        browser.sign_in(self.cast.people[role], PASSWORD)
        return browser

    def _widget(self, door: str, body: dict[str, Any]) -> None:
        with self._browser() as browser:
            answer = browser.client.post(f"/w/v1/{door}", json=body, headers={"Origin": f"https://{PARTNERS_SITE}"})
        if answer.is_error:
            raise AssertionError(f"/w/v1/{door}: {answer.status_code} {answer.text}")

    def _now(self) -> str:
        with brand_entered(self.cast.brand):
            return now().astimezone(timezone.get_default_timezone()).isoformat()

    def _is_paid(self, order: Order) -> bool:
        with brand_entered(self.cast.brand):
            order.refresh_from_db()
        return order.money_state == "paid"

    def _commissions(self, order: Order) -> list[Commission]:
        with brand_entered(self.cast.brand):
            return list(Commission.objects.filter(order_ref=order.public_id, kind="earning"))

    def _in_state(self, order: Order, state: str) -> bool:
        lines = self._commissions(order)
        return bool(lines) and all(line.state == state for line in lines)

    def _clawbacks(self, order: Order) -> list[Commission]:
        with brand_entered(self.cast.brand):
            return list(Commission.objects.filter(order_ref=order.public_id, kind="clawback"))

    def _period(self, label: str) -> Period | None:
        with brand_entered(self.cast.brand):
            return Period.objects.filter(label=label, state="closed").first()

    def _statement(self, period: Period) -> Statement | None:
        with brand_entered(self.cast.brand):
            return Statement.objects.filter(settlement__period=period).select_related("settlement").first()

    def _payout(self, settlement: Settlement, state: str) -> Payout | None:
        with brand_entered(self.cast.brand):
            return Payout.objects.filter(settlement=settlement, state=state).first()

    def _pdf(self, statement: Statement) -> bytes | None:
        with self._operator("finance") as console:
            answer = console.get(f"/console/statements/{statement.pk}.pdf")
        return answer.content if answer.headers["content-type"] == "application/pdf" else None


def pay_at_sandbox(checkout_url: str) -> None:
    """Pay at the provider's hosted page with the test card, by its own form."""
    parts = urlsplit(checkout_url)
    with httpx.Client(base_url=f"{parts.scheme}://{parts.netloc}", timeout=30) as browser:
        page = browser.get(parts.path)
        form = form_of(page)
        answer = browser.post(form.action or parts.path, data=form.fields | TEST_CARD)
        if answer.is_error:
            raise AssertionError(f"the provider refused: {answer.status_code} {answer.text[:500]}")
