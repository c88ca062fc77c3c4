"""Messages and deliveries: the only way to the background.

`publish(event)` writes one Message and one Delivery per subscribed handler inside the caller's
transaction and rings Huey on commit; a sweeper drains what the bell missed. Huey and Redis are the
bell, PostgreSQL is the record: kill -9 and FLUSHALL lose nothing. Messages of one aggregate reach a
handler in order. Refuses to publish outside a transaction.
"""
