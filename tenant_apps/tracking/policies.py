from shared_apps.accounts.policies import is_admin, is_operations, is_operator

may_see_sites = is_operator
may_edit_sites = is_admin | is_operations
