"""Accounts, entries, transfers: the only writer of money, double entry by construction.

One Transfer = one debit account, one credit account, a positive amount, one currency: it cannot be
unbalanced. An Entry groups the transfers of one cause, unique with a hash of its content. Append-only
by database privilege; balances are derived. Refuses: the same cause with other content, editing.

"""
