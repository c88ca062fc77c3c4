"""The brand operators' pages: objects are admin pages, processes are pages of their own.

Reads by queries, writes by actions, asks policies at the door; decides nothing itself.

"""
