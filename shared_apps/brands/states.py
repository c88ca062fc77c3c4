from enum import StrEnum

from kernel.lifecycle import Lifecycle


class BrandState(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


BRAND = Lifecycle(
    "brand",
    {BrandState.ACTIVE: {BrandState.SUSPENDED}, BrandState.SUSPENDED: {BrandState.ACTIVE}},
)
