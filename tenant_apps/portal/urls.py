from django.urls import path

from tenant_apps.portal.views import claims, contracts, deals, decisions, earnings, entering, links, statements

urlpatterns = [
    path("enter", entering.enter, name="portal_enter"),
    path("leave", entering.leave, name="portal_leave"),
    path("", earnings.earnings, name="portal_home"),
    path("earnings/<slug:ref>/", earnings.earning, name="portal_earning"),
    path("statements/", statements.statement_list, name="portal_statements"),
    path("statements/<slug:ref>/", statements.statement_page, name="portal_statement"),
    path("statements/<slug:ref>.pdf", statements.statement_pdf, name="portal_statement_pdf"),
    path("statements/<slug:ref>/credit-note.pdf", statements.credit_note_pdf, name="portal_credit_note_pdf"),
    path("statements/<slug:ref>/credit-note.csv", statements.credit_note_csv, name="portal_credit_note_csv"),
    path("statements/<slug:ref>.proof.json", statements.statement_proof, name="portal_statement_proof"),
    path("statements/<slug:ref>.csv", statements.statement_csv, name="portal_statement_csv"),
    path("contracts/", contracts.contracts, name="portal_contracts"),
    path("contracts/<slug:ref>/", contracts.contract, name="portal_contract"),
    path("contracts/<slug:ref>/accept", contracts.accept_contract, name="portal_accept_contract"),
    path("contracts/<slug:ref>/decline", contracts.decline_contract, name="portal_decline_contract"),
    path("decisions/", decisions.decisions, name="portal_decisions"),
    path("decisions/<slug:ref>/", decisions.decision, name="portal_decision"),
    path("deals/", deals.deals, name="portal_deals"),
    path("deals/new/", deals.new_deal, name="portal_new_deal"),
    path("deals/<slug:ref>/withdraw", deals.withdraw, name="portal_withdraw_deal"),
    path("claims/", claims.claims, name="portal_claims"),
    path("claims/new", claims.new_claim, name="portal_new_claim"),
    path("claims/<slug:ref>/", claims.claim, name="portal_claim"),
    path("claims/<slug:ref>/answer", claims.answer_claim, name="portal_answer_claim"),
    path("claims/<slug:ref>/show", claims.show_more, name="portal_show_more"),
    path("claims/<slug:ref>/withdraw", claims.withdraw_claim, name="portal_withdraw_claim"),
    path("claims/evidence/<slug:ref>", claims.evidence, name="portal_evidence"),
    path("links/", links.links, name="portal_links"),
]
