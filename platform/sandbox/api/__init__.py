"""The resources of the API, one noun per file; each ends in its table of routes."""
