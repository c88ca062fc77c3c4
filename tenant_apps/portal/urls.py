from django.urls import path

from tenant_apps.portal.views import contracts, deals, earnings, entering, links, statements

urlpatterns = [
    path("enter", entering.enter, name="portal_enter"),
    path("leave", entering.leave, name="portal_leave"),
    path("", earnings.earnings, name="portal_home"),
    path("earnings/<slug:ref>/", earnings.earning, name="portal_earning"),
    path("statements/", statements.statement_list, name="portal_statements"),
    path("statements/<slug:ref>/", statements.statement_page, name="portal_statement"),
    path("statements/<slug:ref>.pdf", statements.statement_pdf, name="portal_statement_pdf"),
    path("statements/<slug:ref>.csv", statements.statement_csv, name="portal_statement_csv"),
    path("contracts/", contracts.contracts, name="portal_contracts"),
    path("contracts/<slug:ref>/", contracts.contract, name="portal_contract"),
    path("contracts/<slug:ref>/accept", contracts.accept_contract, name="portal_accept_contract"),
    path("contracts/<slug:ref>/decline", contracts.decline_contract, name="portal_decline_contract"),
    path("deals/", deals.deals, name="portal_deals"),
    path("deals/new/", deals.new_deal, name="portal_new_deal"),
    path("deals/<slug:ref>/withdraw", deals.withdraw, name="portal_withdraw_deal"),
    path("links/", links.links, name="portal_links"),
]
