from shared_apps.accounts.policies import is_admin, is_finance, is_operations, is_partner

may_see_settlements = is_admin | is_finance | is_operations
may_close_periods = is_admin | is_finance
# That the approver is not the one who drew it up is no right of a role: the action asks, for everyone.
may_approve_settlements = is_admin | is_finance
may_pay_out = is_admin | is_finance
# Tax to withhold and netting change what is paid, not what is earned: whoever pays says them.
may_set_partner_terms = is_admin | is_finance
may_see_own_settlements = is_partner
