from rules.predicates import Predicate

from shared_apps.accounts.policies import is_admin, is_operations, is_operator, is_partner
from tenant_apps.attribution.states import ImportKind
from tenant_apps.orders.policies import may_tell_refunds

may_see_attributions = is_operator
may_set_attribution_policy = is_admin
# Finance pays out and therefore does not say who earned: credit is given by operations.
may_decide_deals = is_admin | is_operations
may_enter_agents = is_admin | is_operations
may_resolve_duplicates = is_admin | is_operations
may_import_sales = is_admin | is_operations
may_import = may_import_sales | may_tell_refunds
may_see_own_decisions = is_partner
may_register_own_deals = is_partner


def may_import_kind(kind: str) -> Predicate:
    """Return who may bring a file of a kind: refunds are money, so they are finance's; sales and touches are not."""
    return may_tell_refunds if kind == ImportKind.REFUNDS else may_import_sales
