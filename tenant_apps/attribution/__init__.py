"""Decides which touches earned a conversion, and tells every other touch why it did not.

Owns the policy (model, window, ladder) and the immutable decision with its shares.
Invariant: the shares of a decision sum to the conversion to the minor unit, and the
same policy, conversion and touches always give the same decision, in any order.
Refuses to edit a decision: a dispute makes a new one that points at the old.
"""
