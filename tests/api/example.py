from dataclasses import dataclass, field
from typing import Any


@dataclass
class Example:
    """How to ask an operation about a noun of Aurora's.

    `has_id` when the path names it, `once` when a second time is refused, `foreign` what the other brand (or partner)
    is answered where nothing of it is named by an id, `partner` whose session in the portal opens the door, where it is
    no operator's, `form` when the body is sent as a form with files.
    """

    path: str
    body: Any = None
    has_id: bool = False
    words: list[str] = field(default_factory=list)
    once: bool = False
    foreign: int = 200
    partner: str = ""
    form: bool = False
    headers: dict[str, str] = field(default_factory=dict)
