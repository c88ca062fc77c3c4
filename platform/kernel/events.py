"""Events: frozen dataclasses in past tense, ids and amounts only; an app's public contract."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Self


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened. Subclasses name themselves (`order.paid`) and the id that keeps order.

    Fields are str, int, bool, None or aware datetimes; `at` is the business time of the fact.
    """

    name: ClassVar[str]
    aggregate_field: ClassVar[str]
    at: datetime

    @property
    def aggregate(self) -> str:
        """The id whose messages are handled in the order they were published."""
        return str(getattr(self, self.aggregate_field))

    def as_payload(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in asdict(self).items()}

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        """Rebuild the event; fields a newer version no longer has are dropped, missing ones fail."""
        known = {field.name: field for field in fields(cls)}
        return cls(
            **{
                key: datetime.fromisoformat(value)
                if value is not None and known[key].type in (datetime, "datetime")
                else value
                for key, value in payload.items()
                if key in known
            }
        )
