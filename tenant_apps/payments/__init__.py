"""Money through the provider: PaymentIntent, Charge, Refund, Dispute, transfers to partners, the inbox of its events.

Invariant: a provider's event takes effect once, in any order; refunded and
disputed never exceed captured. Every
external POST has an idempotency key stored before it is sent; a time-out is unknown, resolved by
looking it up. Refuses: unsigned or stale webhooks, events of another account, amount or currency.

"""
