from collections.abc import Iterator

from shared_apps.audit.verifying import Flaw, verifies
from tenant_apps.attribution.queries import decided_since, replay


@verifies("decisions")
def decision_flaws() -> Iterator[Flaw]:
    """Decide every attribution again from its evidence; yield each that comes out otherwise."""
    for attribution in decided_since(None):
        try:
            differences = replay(attribution)
        except Exception as error:  # noqa: BLE001  (evidence that was tampered with may break any rule)
            differences = [f"it cannot be replayed: {type(error).__name__}: {error}"]
        if differences:
            yield Flaw("decision", attribution.public_id, "; ".join(differences))
