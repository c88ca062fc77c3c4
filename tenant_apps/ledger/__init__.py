"""Accounts, entries, transfers, seals: the only writer of money, double entry by construction.

One Transfer = one debit account, one credit account, a positive amount, one currency: it cannot be
unbalanced. An Entry groups the transfers of one cause, unique with a hash of its content. Append-only
by database privilege; balances are derived. Seals chain what was booked, so that also the owner's
editing is found, at its row. Refuses: the same cause with other content, editing.

"""
