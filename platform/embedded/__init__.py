"""PostgreSQL, Redis and the project's own processes for a machine that has none: demo, `make run` and tests.

Owns the life of every process it starts: free loopback ports, readiness, an ordered stop, and no orphans when the
launcher itself is killed. Servers come from Python wheels and fall back to what the system has installed. Data lives
below the project's `.local/`; ephemeral servers leave nothing behind.

It refuses to be a production set-up: connections from 127.0.0.1 are trusted without a password. `DATABASE_URL` and
`REDIS_URL` in the environment always win over it.
"""
