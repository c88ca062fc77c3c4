from django.db import models

from shared_apps.accounts.wording import SentenceField
from shared_apps.outbox.states import DeliveryState


class Message(models.Model):
    """An event as it was published: name, payload, the aggregate whose order it keeps."""

    name = models.CharField(max_length=80)
    aggregate = models.CharField(max_length=80)
    payload = models.JSONField()
    request_id = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} · {self.aggregate}"


class Delivery(models.Model):
    """One message for one handler: waiting (with a lease while an effect runs), done or dead."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries")
    handler = models.CharField(max_length=160)
    aggregate = models.CharField(max_length=80)
    state = models.CharField(max_length=8, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    lease_token = models.CharField(max_length=32, blank=True)
    done_at = models.DateTimeField(null=True)
    error = SentenceField(default=str, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["message", "handler"], name="delivery_once_per_handler")]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=models.Q(state="waiting"), name="delivery_waiting"),
            models.Index(
                fields=["handler", "aggregate", "id"], condition=models.Q(state="waiting"), name="delivery_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message} → {self.handler}"
