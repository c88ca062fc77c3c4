"""The Django project: composition only, no decisions."""
