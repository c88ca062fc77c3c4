from shared_apps.accounts.policies import is_admin, is_operator

may_see_attributions = is_operator
may_set_attribution_policy = is_admin
