"""Closes periods: what was earned, taken back, carried forward and paid out.

Owns the period's settlement, its statement and its payout. Invariant: opening plus net
minus payout is closing, and closing is the next opening unless the contract resets
negative balances. Refuses a second settlement of one period and any edit of a closed one.
"""
