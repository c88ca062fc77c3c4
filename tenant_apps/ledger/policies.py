from shared_apps.accounts.policies import is_admin, is_finance

may_see_books = is_admin | is_finance
