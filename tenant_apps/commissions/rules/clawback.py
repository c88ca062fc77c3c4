"""What a contract lets the brand take back, and when: read strictly, applied purely."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from kernel.payload import Payload
from kernel.sentences import sentence
from tenant_apps.commissions.rules.conditions import months_after

# A hundred years: what is longer is a slip of the finger, and no calendar holds it.
LONGEST_DAYS = 36_500


class Schedule(StrEnum):
    """How much of what a refund undoes is taken back, as time goes by."""

    FULL = "full"
    PRO_RATA = "pro_rata"
    DECLINING = "declining"


@dataclass(frozen=True, slots=True)
class ClawbackStep:
    """From so many days after the sale on, this part is taken back."""

    after_days: int
    rate: Decimal


@dataclass(frozen=True, slots=True)
class ClawbackTerms:
    """The terms of one contract version; by default everything is taken back, whenever it is.

    `max_payout_share` is a matter of the settlement: what clawbacks may take of one payout.
    """

    schedule: Schedule = Schedule.FULL
    window_days: int | None = None
    months: int = 0
    steps: tuple[ClawbackStep, ...] = ()
    max_payout_share: Decimal | None = None

    def part_taken_back(self, *, sold_at: datetime, returned_at: datetime, returned_on: date | None = None) -> Fraction:
        """Return which part of the commission on returned money is taken back, from 0 to 1.

        Money that returns after the window takes nothing back; its last instant is inside. `pro_rata`
        earns a month when it is over, by the calendar of `sold_at`'s zone (31 January, then the last of
        February), and takes back the months that are not. `declining` takes the rate of the last step
        that was reached, everything before the first. Never more later than earlier.
        Where only the day of the return is known, `returned_on` says it and counts alone: whole days of that
        calendar since the day of the sale, and a month is over on its last day.
        """
        age = returned_at.astimezone(UTC) - sold_at.astimezone(UTC)
        if returned_on is not None:
            age = timedelta(days=(returned_on - sold_at.date()).days)
        if self.window_days is not None and age > timedelta(days=self.window_days):
            return Fraction(0)
        if self.schedule is Schedule.PRO_RATA:
            return 1 - Fraction(_months_over(sold_at, returned_at, returned_on, self.months), self.months)
        reached = [step.rate for step in self.steps if age >= timedelta(days=step.after_days)]
        return Fraction(reached[-1]) if reached else Fraction(1)


FULL = ClawbackTerms()


def parse_clawback(payload: Payload) -> ClawbackTerms:
    """Read `{"window_days", "schedule", "months" | "steps", "max_payout_share"}`; `{}` takes everything back.

    Every field is optional but the one its schedule needs, and one of another schedule is refused.
    Raises InvalidInput naming the field.
    """
    payload.only("window_days", "schedule", "months", "steps", "max_payout_share")
    window, named = payload.optional("window_days"), payload.optional("schedule")
    schedule = named.choice(Schedule) if named else Schedule.FULL
    for name, owner in (("months", Schedule.PRO_RATA), ("steps", Schedule.DECLINING)):
        stray = payload.optional(name)
        if stray and schedule is not owner:
            raise stray.wrong(sentence("belongs to the schedule %(owner)s", owner=owner))
    share = payload.optional("max_payout_share")
    if share and share.rate(at_most=1) == 0:
        raise share.wrong("must be more than 0")
    return ClawbackTerms(
        schedule=schedule, window_days=_days(window) if window else None,
        months=payload.required("months").integer(at_least=1) if schedule is Schedule.PRO_RATA else 0,
        steps=_steps(payload.required("steps")) if schedule is Schedule.DECLINING else (),
        max_payout_share=share.rate(at_most=1) if share else None,
    )  # fmt: skip


def _steps(payload: Payload) -> tuple[ClawbackStep, ...]:
    steps: list[ClawbackStep] = []
    for item in payload.items(at_least=1):
        item.only("after_days", "rate")
        days, rate = item.required("after_days"), item.required("rate")
        step = ClawbackStep(after_days=_days(days), rate=rate.rate(at_most=1))
        if steps and step.after_days <= steps[-1].after_days:
            raise days.wrong("must be later than the step before")
        if steps and step.rate > steps[-1].rate:
            raise rate.wrong("must not rise")
        steps.append(step)
    return tuple(steps)


def _days(payload: Payload) -> int:
    days = payload.integer(at_least=0)
    if days > LONGEST_DAYS:
        raise payload.wrong(sentence("must be at most %(most)s", most=LONGEST_DAYS))
    return days


def _months_over(start: datetime, instant: datetime, day: date | None, most: int) -> int:
    """Return how many whole months after `start` have ended by `instant`, or on `day` if given; at most `most`."""
    over = 0
    while over < most:
        ends_at = months_after(start, over + 1)
        if ends_at is None:
            break
        if ends_at.date() > day if day else ends_at.astimezone(UTC) > instant.astimezone(UTC):
            break
        over += 1
    return over
