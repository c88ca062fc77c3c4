"""Brand (tenant), Domain and Theme; entering a brand; provisioning and migrating its schema.

Invariant: a brand's rows can be reached only by a connection that has entered the brand, that is,
whose search path and database role were set together. With no brand entered the database answers
"permission denied". Refuses: `with brand:`, schema contexts as decorators, cloning a schema,
foreign keys that leave a schema.
"""
