from kernel.errors import DomainError, NotFound


class FileNotReady(DomainError):
    """The export has no file: it is still being written, it failed, or its time is over."""

    code, status = "file_not_ready", 409


class TooManyRows(DomainError):
    """A spreadsheet ends at 1,048,576 rows; more of them fit into CSV."""

    code, status = "too_many_rows", 422


class ResultDropped(DomainError):
    """The simulation's time is over: its lines are gone, and asking again makes new ones."""

    code, status = "result_dropped", 409


class UnknownDeal(NotFound):
    """There is no such contract version, enrollment or program in this brand; `errors` names each at its field."""

    code = "unknown_deal"


class SimulationsWaiting(DomainError):
    """Simulations are worked off one after the other; so many may wait."""

    code, status = "simulations_waiting", 409
