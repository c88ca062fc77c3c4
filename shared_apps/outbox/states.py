from enum import StrEnum


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"

    @property
    def is_open(self) -> bool:
        return self is DeliveryState.WAITING
