from shared_apps.accounts.policies import is_admin, is_operations, is_operator

may_see_attributions = is_operator
may_set_attribution_policy = is_admin
# Finance pays out and therefore does not say who earned: credit is given by operations.
may_decide_deals = is_admin | is_operations
may_enter_agents = is_admin | is_operations
may_resolve_duplicates = is_admin | is_operations
may_import = is_admin | is_operations
