from functools import partial

from django.db import models

from kernel.ids import public_id


class AgentEntry(models.Model):
    """An operator's word that a partner brought a customer, or one order; a candidate like any touch."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "age"), editable=False)
    enrollment = models.ForeignKey("programs.Enrollment", models.PROTECT, related_name="agent_entries")
    customer_ref = models.CharField(max_length=40, blank=True, db_index=True)
    order_ref = models.CharField(max_length=40, blank=True, db_index=True)
    reason = models.CharField(max_length=300)
    happened_at = models.DateTimeField(help_text="When the partner acted; what windows count from.")
    entered_by = models.CharField(max_length=120)
    entered_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "agent entries"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(customer_ref="") ^ models.Q(order_ref=""), name="agent_entry_is_about_one"
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrollment} for {self.order_ref or self.customer_ref}"


class ImportedTouch(models.Model):
    """A touch that another system recorded, known by that system's id; the customer only by pseudonym or visitor."""

    append_only = True

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "imp"), editable=False)
    external_id = models.CharField(max_length=130, unique=True, help_text="The other system and its id there.")
    enrollment = models.ForeignKey("programs.Enrollment", models.PROTECT, related_name="imported_touches")
    visitor_ref = models.CharField(max_length=64, blank=True, db_index=True)
    customer_key = models.CharField(max_length=64, blank=True, db_index=True, help_text="Pseudonym of the e-mail.")
    campaign = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()
    imported_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "imported touches"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(visitor_ref="", customer_key=""), name="imported_touch_names_somebody"
            )
        ]

    def __str__(self) -> str:
        return self.external_id
