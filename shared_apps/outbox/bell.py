import structlog

from shared_apps.brands.entering import schema_entered

log = structlog.get_logger()


def ring(schema: str, *, after_seconds: float = 0) -> None:
    """Tell a worker to look at this schema's outbox, now or later. A silent bell costs seconds, never work."""
    from shared_apps.outbox.tasks import drain  # noqa: PLC0415  (tasks import the drain, which rings again)

    try:
        with schema_entered(schema):
            if after_seconds > 0:
                drain.schedule(delay=after_seconds)
            else:
                drain()
    except Exception as silent:  # noqa: BLE001  (Redis away: the sweeper will find the work)
        log.warning("bell_silent", schema=schema, error=str(silent))
