"""Partner: the legal person, known to many brands; its users, its brands, its roll-ups across them.

Owns its tax and payout profile, too: versions that are only added, bank accounts sealed, every change
audited and followed by 72 hours without a payout.

Lives in public. Brand roles have no rights here: every query and action steps out of the brand by
`public_entered` and filters by brand or partner itself, so no brand sees another's partners.
"""
