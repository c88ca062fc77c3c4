from shared_apps.accounts.policies import is_admin, is_finance, is_operations, is_operator, is_partner

may_see_commissions = is_operator
may_confirm_commission = is_admin | is_operations
may_decide_held_commission = is_admin | is_finance
may_price_again = is_admin | is_finance
may_write_manual_lines = is_admin | is_finance
may_record_exchange_rates = is_admin | is_finance
may_see_own_commissions = is_partner
