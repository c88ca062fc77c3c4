from shared_apps.accounts.policies import is_admin, is_operations, is_operator

may_see_programs = is_operator
may_edit_programs = is_admin | is_operations
