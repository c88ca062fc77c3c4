from functools import partial

from django.db import models

from kernel.ids import public_id

new_public_key = partial(public_id, "pk")


class Site(models.Model):
    """A website that carries the widget: a publishable key, and the hosts that may use it."""

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "sit"), editable=False)
    name = models.CharField(max_length=120)
    enrollment = models.ForeignKey("programs.Enrollment", models.PROTECT, null=True, blank=True, related_name="sites")
    public_key = models.CharField(max_length=60, unique=True, default=new_public_key, editable=False)
    allowed_hosts = models.JSONField(default=list, help_text="Exact host names, with port where it is not 80 or 443.")
    active = models.BooleanField(default=True)
    last_seen_at = models.DateTimeField(null=True, editable=False)
    last_seen_host = models.CharField(max_length=260, blank=True, editable=False)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """Something a visitor did on a site, as the tracker told it; stored once per (site, uid)."""

    append_only = True

    site = models.ForeignKey(Site, models.PROTECT, related_name="events")
    uid = models.CharField(max_length=64)
    visitor_ref = models.CharField(max_length=64, db_index=True)
    type = models.CharField(max_length=40)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "uid"], name="event_once_per_site")]

    def __str__(self) -> str:
        return f"{self.type} {self.uid}"


class Touch(models.Model):
    """A contact that may earn credit: who brought the visitor, by which channel, when and from where."""

    append_only = True

    class Channel(models.TextChoices):
        CLICK = "click"
        VIEW = "view"
        CODE = "code"
        AGENT = "agent"
        REGISTERED_DEAL = "registered_deal"
        IMPORT = "import"

    public_id = models.CharField(max_length=40, unique=True, default=partial(public_id, "tch"), editable=False)
    visitor_ref = models.CharField(max_length=64)
    enrollment = models.ForeignKey("programs.Enrollment", models.PROTECT, related_name="touches")
    site = models.ForeignKey(Site, models.PROTECT, null=True, related_name="touches")
    link = models.ForeignKey("programs.Link", models.PROTECT, null=True, related_name="touches")
    event = models.OneToOneField(Event, models.PROTECT, null=True, related_name="touch")
    channel = models.CharField(max_length=16, choices=Channel)
    campaign = models.CharField(max_length=80, blank=True)
    source = models.CharField(max_length=80, blank=True)
    medium = models.CharField(max_length=80, blank=True)
    referrer = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=500, blank=True)
    click_id = models.CharField(max_length=120, blank=True)
    placement = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "touches"
        indexes = [models.Index(fields=["visitor_ref", "at"], name="touch_visitor")]

    def __str__(self) -> str:
        return f"{self.channel} {self.public_id}"
