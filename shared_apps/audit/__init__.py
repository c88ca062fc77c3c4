"""Who did what, when and why: one row for every state change and every denied permission.

Append-only: the runtime roles may INSERT and SELECT, nothing else. `change_state` is the one way a
state moves: through the noun's Lifecycle table, by a conditional update, audited in the same transaction.
"""
