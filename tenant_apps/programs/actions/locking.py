"""The lock of everything that happens to a deal: one writer of an enrollment's versions at a time."""

from kernel.sentences import sentence
from tenant_apps.programs.errors import EnrollmentNotActive
from tenant_apps.programs.models import ContractVersion, Enrollment
from tenant_apps.programs.states import EnrollmentState


def locked_deal(enrollment_id: int) -> Enrollment:
    """Return the enrollment under its lock, in whatever state."""
    return Enrollment.objects.select_for_update(of=("self",)).select_related("program").get(pk=enrollment_id)


def active_deal(enrollment_id: int) -> Enrollment:
    """Return the enrollment under its lock. Raises EnrollmentNotActive."""
    locked = locked_deal(enrollment_id)
    if locked.state != EnrollmentState.ACTIVE:
        raise EnrollmentNotActive(sentence("%(locked)s is %(state)s.", locked=locked, state=locked.state))
    return locked


def locked_version(version: ContractVersion) -> ContractVersion:
    """Return the version as it is now, of an active deal under its lock. Raises EnrollmentNotActive."""
    active_deal(version.enrollment_id)
    return ContractVersion.objects.select_related("enrollment").get(pk=version.pk)
