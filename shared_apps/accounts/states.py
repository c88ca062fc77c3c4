from enum import StrEnum


class Role(StrEnum):
    """Roles every brand has; custom roles are further groups."""

    ADMIN = "admin"
    OPERATIONS = "operations"
    FINANCE = "finance"
