"""Everything about Stripe: the client, what is asked, how answers and events read, signatures, secrets.

Nothing here writes a table. Answers and events leave as our own facts (`contents`), failures as one of
two things: Refused (nothing happened) or NoAnswer (nobody knows; look it up).
"""
