from enum import StrEnum

from kernel.lifecycle import Lifecycle


class OfferState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"

    @property
    def can_be_bought(self) -> bool:
        return self is OfferState.PUBLISHED


OFFER = Lifecycle(
    "offer",
    {
        OfferState.DRAFT: {OfferState.PUBLISHED, OfferState.ARCHIVED},
        OfferState.PUBLISHED: {OfferState.ARCHIVED, OfferState.DRAFT},
        OfferState.ARCHIVED: {OfferState.DRAFT},
    },
)
