from shared_apps.accounts.policies import is_admin, is_finance, is_operations, is_system

may_refund = is_admin | is_operations | is_finance | is_system
may_connect_account = is_admin | is_system
may_see_payments = is_admin | is_operations | is_finance
may_resolve_events = is_admin | is_finance
