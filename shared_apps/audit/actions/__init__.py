"""The only writers of the record: what was done, and the seals that close it."""

from shared_apps.audit.actions.recording import change_state, change_states, record, record_all
from shared_apps.audit.actions.sealing import seal_record

__all__ = ["change_state", "change_states", "record", "record_all", "seal_record"]
