"""A database backend that enters a brand by search path and role in one statement."""
