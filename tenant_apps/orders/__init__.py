"""What was sold: Order and its Lines; who bought, when it was paid, fulfilled, refunded.

Invariant: totals are recomputed from the catalog, never taken from a client; refunded never exceeds
the total. The order's state is derived from its money and fulfilment axes.

"""
