"""Deciding every stored decision again: against reading the same rows with nothing decided.

*Bare* is the limit of any replay: the same rows through the same cursor, each looked at once. *Ours* is what
`manage.py attribution replay` does. The process must not grow with the number of decisions; the figure is its
memory after the first tenth and at the end. A decision changed by the owner must be the one that is named.
"""

import os
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from shared_apps.brands.entering import brand_entered
from tenant_apps.attribution.actions import ensure_policy
from tenant_apps.attribution.models import Attribution, Policy, Share
from tenant_apps.attribution.queries import decided_from, decided_since, replay
from tenant_apps.programs.models import Enrollment
from tests.bench import brands, databases, settling
from tests.bench.processes import Meter, memory_mb
from tests.bench.runner import Place
from tests.bench.samples import Limit, Ratio, Sample

AT = datetime(2026, 5, 12, 10, tzinfo=UTC)
PARTNERS, TOUCHES, AT_ONCE = 40, 4, 1000
GROWTH = 1.15
TERMS = (
    {"model": "last"}, {"model": "linear"}, {"model": "position"}, {"model": "time_decay", "half_life_days": "7"},
)  # fmt: skip


def scenario() -> "AttributionReplay":
    """Return the scenario for the runner."""
    return AttributionReplay()


class AttributionReplay:
    """Sides `bare` and `ours` over 100,000 decisions of four touches each (smoke: 1,000), by four policies."""

    name = "attribution_replay"
    unit = "decisions"
    ratios = (Ratio("against reading the rows", "rate", "ours", "bare"),)
    limits: tuple[Limit, ...] = ()

    def setup(self, place: Place) -> None:
        """Write the decisions as `decide` would, many at once."""
        self.place = place
        self.brand = brands.alone(place, "replay")
        self.count = place.sized(smoke=1_000, full=100_000)
        chance = random.Random(7)
        with brand_entered(self.brand):
            settling.add_partners(PARTNERS)
            self.enrollments = {each.public_id: each for each in Enrollment.objects.all()}
            policies = [ensure_policy(terms=terms, at=AT) for terms in TERMS]
            for first in range(0, self.count, AT_ONCE):
                numbers = range(first, min(first + AT_ONCE, self.count))
                self._write([self._decided(number, policies[number % len(policies)], chance) for number in numbers])
        brands.vacuum(self.brand, "attribution_attribution", "attribution_share")
        self.grown: list[tuple[float, float]] = []

    def sides(self) -> Mapping[str, Callable[[], Sample]]:
        """Return what one round does."""
        return {"bare": lambda: self._measured(_looked_at), "ours": lambda: self._measured(replay)}

    def verify(self) -> list[str]:
        """Change one share as the owner could, and ask for it; say if the process grew."""
        wrong = [f"grew from {first:.0f} to {last:.0f} MB" for first, last in self.grown if last > first * GROWTH]
        with brand_entered(self.brand):
            wrong += [f"{table} is unlogged" for table in databases.unlogged_tables()]
            spoiled = Share.objects.select_related("attribution").order_by("-pk")[0].attribution.public_id
        change = "UPDATE attribution_share SET amount_minor = amount_minor + 1 WHERE id = (SELECT max(id) FROM"
        brands.as_owner(self.brand, f"{change} attribution_share)")
        with brand_entered(self.brand):
            found = [each.public_id for each in decided_since(None) if replay(each)]
        return wrong if found == [spoiled] else [*wrong, f"{spoiled} was changed, replay names {found}"]

    def close(self) -> None:
        """Nothing runs; the database goes with the run."""
        databases.use(self.place.database)

    def _measured(self, look: Callable[[Attribution], list[str]]) -> Sample:
        wrong: list[str] = []
        early = 0.0
        with brand_entered(self.brand), Meter(os.getpid(), self.place.owner, self.place.database) as meter:
            began, seen = time.perf_counter(), 0
            for attribution in decided_since(None):
                wrong += look(attribution)
                seen += 1
                if seen == self.count // 10:
                    early = memory_mb([os.getpid()], "VmRSS") or 0.0
            seconds = time.perf_counter() - began
            self.grown.append((early, memory_mb([os.getpid()], "VmRSS") or 0.0))
        if seen != self.count:
            wrong.append(f"{seen} of {self.count} were decided again")
        return Sample(operations=seen, seconds=seconds, wrong=wrong[:5], **meter.figures(seen))

    def _decided(self, number: int, policy: Policy, chance: random.Random) -> tuple[Attribution, Any]:
        partners = chance.sample(sorted(self.enrollments), TOUCHES)
        touches = [
            {
                "id": f"tch_{number}_{position}", "participant": partner, "role": "affiliate", "channel": "click",
                "at": (AT - timedelta(days=chance.randint(1, 120), minutes=position)).isoformat(),
                "participant_email": None,
            }
            for position, partner in enumerate(partners)
        ]  # fmt: skip
        amount = chance.randint(1, 100_000)
        conversion = {
            "at": AT.isoformat(), "amount_minor": amount, "currency": "EUR", "customer_email": None,
            "checkout_opened_at": None,
        }  # fmt: skip
        evidence = {"policy": policy.terms, "conversion": conversion, "touches": touches}
        decided = decided_from(evidence)
        row = Attribution(
            order_ref=f"ord_{number}", policy=policy, amount_minor=amount, currency="EUR", evidence=evidence,
            verdicts=decided.verdicts, pools=decided.pools, decided_at=AT,
        )  # fmt: skip
        return row, decided.decision

    def _write(self, decided: list[tuple[Attribution, Any]]) -> None:
        Attribution.objects.bulk_create(row for row, _ in decided)
        Share.objects.bulk_create(
            Share(
                attribution=row, position=position, enrollment=self.enrollments[share.participant], role=share.role,
                numerator=str(share.fraction.numerator), denominator=str(share.fraction.denominator),
                amount_minor=share.amount_minor,
            )
            for row, decision in decided
            for position, share in enumerate(decision.shares)
        )  # fmt: skip


def _looked_at(attribution: Attribution) -> list[str]:
    return [] if attribution.shares.all() or attribution.verdicts else ["a decision without a verdict"]
