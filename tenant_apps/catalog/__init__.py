"""What is offered and at which price: Product (with capabilities), Offer, Price.

A kind (service, digital) is a template that seeds capabilities, never a branch in code. Amounts are
per currency and never converted. Refuses: a price without a currency, two active prices of one offer
in one currency, publishing an offer that has no price.

"""
