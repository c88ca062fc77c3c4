"""Apps of the public schema: what spans brands."""
