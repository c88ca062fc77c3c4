from shared_apps.accounts.policies import is_admin, is_operations, is_operator

may_see_leads = is_operator
may_move_leads = is_admin | is_operations
