"""Framework-free value objects that every floor of the house may use.

Owns money in integer minor units, exact splits, decimal rates with one rounding,
half-open zone-aware periods, transition tables, the error base, the actor, public
ids and the one wall clock. Invariant: nothing here is mutable, knows Django or
does input and output. It refuses floats, mixed currencies and naive datetimes.
"""
