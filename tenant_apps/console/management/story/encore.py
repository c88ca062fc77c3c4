"""What the demo shows beside the main job: a partner's tax, tiers that it accepts, a claim, a month with VAT."""

import json
import re

from kernel.money import Money
from shared_apps.brands.entering import brand_entered
from tenant_apps.console.management.story.browsing import Browser, until
from tenant_apps.console.management.story.plot import Story
from tenant_apps.console.management.story.setting import PARTNER, PASSWORD
from tenant_apps.disputes.models import CreditDispute
from tenant_apps.orders.models import Order
from tenant_apps.programs.models import ContractVersion, Enrollment
from tenant_apps.settlements.models import Settlement

TAX = {"legal_address": "Torstraße 5\n10119 Berlin", "country": "DE", "vat_status": "registered",
       "vat_id": "DE811569869", "legal_name": PARTNER["legal_name"]}  # fmt: skip
BANK = {"method": "bank", "holder": PARTNER["legal_name"], "account": "DE89370400440532013000"}
PAYER = {"holder": "Aurora Journeys GmbH", "iban": "DE02120300000000202051", "bic": "BYLADEM1001", "confirmed": "on"}
TIERS = {
    "id": "tiers",
    "pay": {"kind": "tiered", "measure": "period_revenue", "mode": "past_each",
            "tiers": [{"from": 0, "rate": "0.10"}, {"from": 100000, "rate": "0.14"}]},
}  # fmt: skip


class Encore(Story):
    """The story goes on for one brand: all of it through pages that a partner or an operator has."""

    def play(self) -> None:
        """Play the acts."""
        self.introduce()
        self.agree_on_tiers()
        self.to_third_of_next_month()
        self.visit()
        self.fulfil(self.buy(self.cast.offers[0], email="kari.nord@example.com", name="Kari Nord", by=self.visitor))
        unclaimed = self.place(self.cast.offers[0], email="per.dal@example.com", name="Per Dal")
        until(lambda: self._is_paid(unclaimed), what="the payment of Per Dal's order")
        self.claim(unclaimed)
        self.fulfil(unclaimed)
        self.settle(self.to_second_of_next_month())

    def introduce(self) -> None:
        """The partner says who it is, where its money goes, and that the brand may write its invoices."""
        with self._partner_host() as partner:
            for place, said in (("tax", TAX), ("payout", BANK)):
                answer = partner.submit(partner.get(f"/profile/{place}/"), to=f"profile/{place}", **said)
                if not answer.is_redirect:
                    raise AssertionError(f"the {place} profile was not taken: {answer.text[-2000:]}")
            page = partner.get("/profile/")
            shown = re.search(r'name="shown" value="([0-9a-f]{64})"', page.text)
            if shown:
                partner.submit(page, to=f"self-billing/{self.cast.brand.public_id}", shown=shown[1])
        self.say(f"{PARTNER['name']} states its tax and its account, and agrees to self-billing")

    def agree_on_tiers(self) -> None:
        """Operations draft a version with tiers and propose it; the partner reads what differs and accepts."""
        with brand_entered(self.cast.brand):
            deal = Enrollment.objects.get()
            terms = deal.contract_versions.order_by("-number")[0].document | {"rules": [TIERS], "starts_at": None}
        with self._operator("operations") as console:
            page = console.get(f"/console/new/enrollments/{deal.pk}/draft")
            sent = console.submit(page, to="draft", document=json.dumps(terms))
            if not sent.is_redirect:
                raise AssertionError(f"the draft was refused: {sent.text[-3000:]}")
            version = self._version("draft")
            page = console.get(f"/console/contracts/{version.pk}")
            console.submit(page, to="propose", confirmed=f"v{version.number}")
        with self._portal() as portal:
            page = portal.get(f"/portal/contracts/{version.public_id}/")
            portal.submit(page, to="accept", signed=deal.partner_name)
        self._version("effective")
        self.say(f"{deal.partner_name} accepts version {version.number}: 10 % of a month's sales, 14 % past €1,000")

    def claim(self, order: Order) -> None:
        """The partner claims a sale that nobody was credited with; the brand opens it up, finance grants half."""
        with self._portal() as portal:
            if not self._claimed(portal, order):
                raise AssertionError(f"the claim on order {order} was refused")
        dispute = until(lambda: self._dispute("submitted"), what="the claim")
        address = f"/console/disputes/creditdispute/{dispute.pk}/change/"
        with self._operator("operations") as console:
            until(lambda: self._opened_up(console, address), what=f"the decision of order {order}")
        until(lambda: self._dispute("hearing"), what="the claim to be heard")
        with self._operator("finance") as console:
            wish = {"granted": "1/2", "reason": "Per asked about the weekend on the blog.",
                    "typed": dispute.public_id[-4:]}  # fmt: skip
            console.submit(console.get(address), to="decide", **wish)
        until(lambda: self._dispute("decided"), what="the claim to be decided")
        lines = until(lambda: self._commissions(order), what=f"the commission of order {order}")
        earned = self.told.money(sum(line.amount_minor for line in lines))
        self.say(f"{PARTNER['name']} claims order {order}; half of it is granted, commission {earned}")

    def _pay_out(self, settlement: Settlement) -> None:
        """Finance draws up a batch; a second person approves it, gives its file to the bank, hears that it arrived."""
        with self._operator("finance") as console:
            console.submit(console.get("/console/paying-account"), to="paying-account", **PAYER)
            page = console.get(f"/console/new/batch?method=sepa&currency={settlement.currency}")
            made = console.submit(page, to="batch", method="sepa", currency=settlement.currency)
            if not made.is_redirect:
                raise AssertionError(f"the batch was not drawn up: {made.text[-2000:]}")
            address = console.path_of(made.headers["location"])
        total = {"typed": str(Money(settlement.payout_minor, settlement.currency).to_decimal())}
        with self._operator("second finance") as console:
            console.submit(console.get(address), to="approve", **total)
            file = console.get(f"/console/batches/{address.split('/')[-3]}/file")
            console.submit(console.get(address), to="send", **total)
            until(lambda: self._payout(settlement, "in_transit"), what="the batch to be sent")
            console.submit(console.get(address), to="confirm", reference=f"SEPA {settlement.public_id[-6:]}")
        until(lambda: self._payout(settlement, "paid"), what="the payout to be paid")
        name = file.headers["content-disposition"].partition('filename="')[2].rstrip('"')
        self.say(f"a batch of payouts is approved by a second person and leaves as {name}")

    def _claimed(self, portal: Browser, order: Order) -> bool:
        wish = {"order": f"#{order.number}", "claimed": "1", "grounds": "touch_missing", "do": "file",
                "statement": "He read my post on the north before he ordered."}  # fmt: skip
        return portal.submit(portal.get("/portal/claims/new"), to="claims/new", **wish).is_redirect

    def _opened_up(self, console: Browser, address: str) -> bool:
        console.submit(console.get(address), to="/open")
        return self._dispute("submitted") is None

    def _dispute(self, state: str) -> CreditDispute | None:
        with brand_entered(self.cast.brand):
            return CreditDispute.objects.filter(state=state).first()

    def _version(self, state: str) -> ContractVersion:
        with brand_entered(self.cast.brand):
            found: ContractVersion = until(
                lambda: ContractVersion.objects.filter(state=state).order_by("-number").first(),
                what=f"a version that is {state}",
            )
        return found

    def _partner_host(self) -> Browser:
        browser = Browser(host=f"partners.{self.cast.domain.partition('.')[2]}", port=self.port)
        browser.sign_in(PARTNER["email"], PASSWORD)
        return browser

    def _portal(self) -> Browser:
        with self._partner_host() as partner:
            sent = partner.client.get(f"/enter/{self.cast.brand.public_id}/")
        browser = self._browser()
        browser.get(browser.path_of(sent.headers["location"]))
        return browser
