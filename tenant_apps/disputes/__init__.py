"""Hears partners who say that credit for a sale is theirs, and decides.

Owns claims, what the parties say and show, the clock, and the brand's terms for all of it. Invariant:
only the disputed share waits while a claim is heard, and money moves only by a new decision of
attribution, so by new ledger lines, also after payout. Refuses a claim that comes too late, asks for
what the claimant has, or stands open already; and a decision by somebody who is a party to it.
"""
