from shared_apps.accounts.policies import is_admin, is_finance, is_operations, is_system

may_see_orders = is_admin | is_operations | is_finance
may_refund_orders = is_admin | is_operations | is_finance | is_system
# No provider checks what was paid elsewhere, so it is finance's word alone.
may_tell_refunds = is_admin | is_finance
may_fulfil_orders = is_admin | is_operations | is_system
