"""A local payment provider that speaks Stripe's API, for the demo and for tests.

It is a process of its own with its own books: the official SDK talks to it unchanged, every
request is checked against the SDK's own parameter types, and every change of state is written
together with its event, its webhook deliveries and its idempotent answer in one SQLite
transaction, so that a kill at any moment loses nothing that was acknowledged.

It refuses what Stripe refuses (a refund above the rest of the charge, a reused idempotency key)
and says so plainly where Stripe can do something it cannot. It never moves real money, listens
on 127.0.0.1 only, and is not imported by the product.
"""
