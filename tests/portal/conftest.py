from typing import Any

import pytest
from django.test import Client

from shared_apps.brands.entering import public_entered
from shared_apps.partners.models import Partner
from tests.portal.visiting import Browser, entered, joined, signed_in, user_of


@pytest.fixture(autouse=True)
def _no_rate_limits(settings: Any) -> None:
    """Every test signs in from one address; the limits live in the cache and would outlast the run."""
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture
def client(db: None) -> Browser:
    """A browser that is signed in nowhere."""
    return Browser()


@pytest.fixture
def nord(aurora: Any) -> Any:
    """A partner's enrollment at Aurora; Ann acts for the partner."""
    enrollment = joined(aurora)
    with public_entered():
        user_of(Partner.objects.get(public_id=enrollment.partner_ref))
    return enrollment


@pytest.fixture
def ann(client: Client, nord: Any) -> Client:
    """Ann, signed in on the partner host."""
    assert signed_in(client).status_code == 302
    return client


@pytest.fixture
def inside(ann: Client, aurora: Any) -> Client:
    """Ann, in Aurora's portal."""
    assert entered(ann, aurora).status_code == 303
    return ann
