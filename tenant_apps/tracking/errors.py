from kernel.errors import DomainError


class UnknownSite(DomainError):
    """No site of this brand has the key; another brand's key gets the same answer."""

    code, status = "unknown_site", 404
    default_message = "No site has this key."


class HostNotAllowed(DomainError):
    """The page that asks is not on the site's list of hosts."""

    code, status = "host_not_allowed", 403
    default_message = "This host is not on the site's list."
