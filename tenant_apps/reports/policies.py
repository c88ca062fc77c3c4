from shared_apps.accounts.policies import is_admin, is_finance, is_operator

may_see_reports = is_operator
# A file leaves the house with partners' earnings and customers' addresses in it.
may_export = is_admin | is_finance
