"""How large the numbers of terms may be: what is accepted must never fail on a sale, whatever a rule makes of it."""

from decimal import Decimal

from kernel.payload import Payload
from kernel.sentences import sentence

MOST_MINOR = 10**15
MOST_RATE = 100


def too_large(entry: Payload) -> list[dict[str, str]]:
    """Return each number of a rule, level or bonus that was read well and is beyond all money and time, by its path."""
    value, wrong = entry.value, []
    if isinstance(value, dict):
        inside = [Payload(each, f"{entry.path}.{name}") for name, each in value.items()]
    else:
        inside = entry.items() if isinstance(value, list) else []
    for each in inside:
        wrong += too_large(each)
    is_rate = entry.path.endswith(".rate") and isinstance(value, str)
    if is_rate and Decimal(str(value)) > MOST_RATE:
        wrong.append(
            {
                "field": entry.path,
                "message": sentence("is too large: at most %(most)s times the whole", most=MOST_RATE),
            }
        )
    elif isinstance(value, int) and value > MOST_MINOR:
        wrong.append({"field": entry.path, "message": "is too large: at most 10^15"})
    return wrong
