from shared_apps.accounts.policies import is_admin, is_operations, is_operator

may_see_catalog = is_operator
may_edit_catalog = is_admin | is_operations
