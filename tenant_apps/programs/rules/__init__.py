"""Contract terms, purely: read from a document, held against what is known, compared, and said in plain words."""

from tenant_apps.programs.rules.codes import follows, normalized_code, same_name, wrong_code
from tenant_apps.programs.rules.diff import Change, Difference, differences
from tenant_apps.programs.rules.known import Known, named_in, unknown_in
from tenant_apps.programs.rules.saying import Amount, Listed, Named, Rate, Saying, Voice, say, tell
from tenant_apps.programs.rules.terms import FIELDS, Negative, Pinning, Terms, canonical, digest, read_terms
from tenant_apps.programs.rules.wording import said_bonus, said_document, said_level, said_rule, said_term

__all__ = [
    "FIELDS",
    "Amount",
    "Change",
    "Difference",
    "Known",
    "Listed",
    "Named",
    "Negative",
    "Pinning",
    "Rate",
    "Saying",
    "Terms",
    "Voice",
    "canonical",
    "differences",
    "digest",
    "follows",
    "named_in",
    "normalized_code",
    "read_terms",
    "said_bonus",
    "said_document",
    "said_level",
    "said_rule",
    "said_term",
    "same_name",
    "say",
    "tell",
    "unknown_in",
    "wrong_code",
]
