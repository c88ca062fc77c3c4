"""Computes what each share of a conversion earned, and takes it back when money goes back.

Owns the reading of contract terms, commission lines with the steps that made them, and
their reversals. Invariant: a line recomputes to the same minor unit from its stored
inputs, and full refunds reverse exactly what was earned.
Refuses terms it does not know in full: a misspelt rule must not widen to "everything".
"""
