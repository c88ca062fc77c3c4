"""What was sold: Order and its Lines; who bought, when it was paid, fulfilled, refunded.

Invariant: totals are recomputed from the catalog, never taken from a client; refunded and disputed
together never exceed the total, of a line and of the order. The order's state
is derived from its money and fulfilment axes.

"""
