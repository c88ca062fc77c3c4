"""The only writers of the record: what was done, and the seals that close it."""

from shared_apps.audit.actions.recording import change_state, change_states, record
from shared_apps.audit.actions.sealing import seal_record

__all__ = ["change_state", "change_states", "record", "seal_record"]
