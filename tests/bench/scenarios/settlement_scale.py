"""Closing a month of 1,000,000 commission lines beside one of 500,000: twice the lines, about twice the time.

Both months stand side by side in databases of their own, with the same thousand partners, and are closed in turn
as in `settlement_close`; per line the long one may cost at most a tenth more. The lines never leave the database:
the closing process may not grow with them.
"""

from collections.abc import Callable, Mapping

from tests.bench import databases
from tests.bench.runner import Place
from tests.bench.samples import Limit, Ratio, Sample
from tests.bench.scenarios.settlement_close import SettlementClose

GROWTH = 1.1


def scenario() -> "SettlementScale":
    """Return the scenario for the runner."""
    return SettlementScale()


class SettlementScale:
    """Sides `half` (500,000 lines; smoke: 2,000) and `whole` (twice as many), each with its `bare` beside it."""

    name = "settlement_scale"
    unit = "lines"
    ratios = (
        Ratio("a line of the long month against one of the short", "seconds", "whole", "half", at_most=1.1),
        Ratio("the long month against its bare INSERT … SELECT", "rate", "whole", "whole_bare", at_least=0.5),
    )
    limits: tuple[Limit, ...] = ()

    def setup(self, place: Place) -> None:
        """Write both months."""
        self.place = place
        self.months = {
            "half": SettlementClose("settlement_half", smoke=2_000, full=500_000),
            "whole": SettlementClose("settlement_whole", smoke=4_000, full=1_000_000),
        }
        for month in self.months.values():
            month.setup(place)
        self.memory: dict[str, list[float]] = {"half": [], "whole": []}

    def sides(self) -> Mapping[str, Callable[[], Sample]]:
        """Return what one round does."""
        return {
            "half": lambda: self._side("half", "ours"),
            "whole": lambda: self._side("whole", "ours"),
            "whole_bare": lambda: self._side("whole", "bare"),
        }

    def verify(self) -> list[str]:
        """Let each month look at itself; say if the process grew with the lines."""
        half, whole = (max(self.memory[name], default=0.0) for name in ("half", "whole"))
        wrong = [f"grew from {half:.0f} to {whole:.0f} MB"] if whole > half * GROWTH else []
        for name in self.months:
            self._enter(name)
            wrong += self.months[name].verify()
        return wrong

    def close(self) -> None:
        """Nothing runs; the databases go with the run."""
        databases.use(self.place.database)

    def _side(self, name: str, side: str) -> Sample:
        self._enter(name)
        sample = self.months[name].sides()[side]()
        if side == "ours" and sample.app_mb is not None:
            self.memory[name].append(sample.app_mb)
        return sample

    def _enter(self, name: str) -> None:
        databases.use(f"{self.place.database}_{self.months[name].database}")
