"""Transition tables: who may move what to where, in one place per noun."""

from collections.abc import Mapping, Set
from enum import StrEnum

from kernel.errors import IllegalTransition


class Lifecycle[State: StrEnum]:
    """The allowed steps of one noun, given as `{state: {targets}}`.

    Every state of the enum must have its row, an empty one when nothing follows: a
    forgotten state is a mistake to find at import, not in production.
    """

    def __init__(self, name: str, steps: Mapping[State, Set[State]]) -> None:
        if not steps:
            raise ValueError(f"{name} has no states")
        missing = set(type(next(iter(steps)))) - set(steps)
        if missing:
            raise ValueError(f"{name} has no row for {', '.join(sorted(missing))}")
        self.name = name
        self._steps = {state: frozenset(targets) for state, targets in steps.items()}

    def allows(self, current: State, target: State) -> bool:
        """Return whether the step is in the table."""
        return target in self._steps[current]

    def check(self, current: State, target: State) -> None:
        """Raise IllegalTransition unless the step is in the table."""
        if not self.allows(current, target):
            raise IllegalTransition(lifecycle=self.name, current=current, target=target)

    def sources(self, target: State) -> frozenset[State]:
        """Return the states from which the target may be reached in one step."""
        return frozenset(state for state, targets in self._steps.items() if target in targets)
