from shared_apps.accounts.policies import is_admin, is_finance, is_operations, is_operator

may_see_reports = is_operator
# A file leaves the house with partners' earnings and customers' addresses in it.
may_export = is_admin | is_finance
# Terms are tried by those who write them and by those who pay by them; everybody at the brand may read what came of it.
may_see_simulations = is_operator
may_simulate = is_admin | is_operations | is_finance
