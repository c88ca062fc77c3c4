"""Apps of a brand's schema, in the order money flows."""
