"""Huey, made to know brands. Imported while Django is still loading apps, so brands are met lazily."""

import json
from datetime import datetime
from typing import Any

import structlog
from huey import RedisHuey
from huey.registry import Message
from huey.serializer import Serializer

log = structlog.get_logger()
INSTANTS = ("eta", "expires_resolved")


class JsonSerializer(Serializer):  # type: ignore[misc]
    """JSON instead of pickle: write access to Redis must not be code execution."""

    def _serialize(self, data: Any) -> bytes:
        if not isinstance(data, Message):
            return json.dumps({"value": data}).encode()
        fields = data._asdict()
        for name in INSTANTS:
            fields[name] = fields[name].isoformat() if fields[name] else None
        return json.dumps(fields).encode()

    def _deserialize(self, data: bytes) -> Any:
        fields = json.loads(data)
        if set(fields) == {"value"}:
            return fields["value"]
        for name in INSTANTS:
            fields[name] = datetime.fromisoformat(fields[name]) if fields.get(name) else None
        known = {key: fields.get(key) for key in Message._fields}
        return Message(**(known | {"args": tuple(known["args"] or ()), "kwargs": dict(known["kwargs"] or {})}))


class BrandHuey(RedisHuey):  # type: ignore[misc]
    """Carry the schema through `serialize_task` and enter it in `_execute`: one road in, one road out."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, serializer=JsonSerializer(), **options)

    def serialize_task(self, task: Any) -> Any:
        from shared_apps.brands.postgresql.base import connected  # noqa: PLC0415

        task.kwargs.setdefault("_schema", connected().schema_name)
        return super().serialize_task(task)

    def _execute(self, task: Any, timestamp: Any) -> Any:
        from shared_apps.brands.entering import schema_entered  # noqa: PLC0415  (apps are not loaded at import)
        from shared_apps.brands.models import Brand  # noqa: PLC0415

        schema = task.kwargs.pop("_schema", None) or "public"
        try:
            with schema_entered(schema), structlog.contextvars.bound_contextvars(brand=schema, task=task.name):
                return super()._execute(task, timestamp)
        except Brand.DoesNotExist:
            log.warning("task_for_unknown_brand", schema=schema, task=task.name)
            return None
