from kernel.errors import DomainError


class OfferHasNoPrice(DomainError):
    """An offer without a price cannot be published: nobody could buy it."""

    code, status = "offer_has_no_price", 409
    default_message = "Set a price before publishing the offer."


class SlugTaken(DomainError):
    """Another offer already answers at this address."""

    code, status = "slug_taken", 409


class ProductCodeTaken(DomainError):
    """Another product already has this code, which commission rules name."""

    code, status = "product_code_taken", 409
