from django.urls import path

from tenant_apps.console import admin  # noqa: F401  (registers the nouns)
from tenant_apps.console.site import site
from tenant_apps.console.views import contracts, making, settling, verbs

urlpatterns = [
    path("verbs/orders/<int:pk>/fulfil", verbs.fulfil_order_view, name="console-fulfil-order"),
    path("verbs/orders/<int:pk>/refund", verbs.refund_order_view, name="console-refund-order"),
    path("verbs/offers/<int:pk>/publish", verbs.publish_offer_view, name="console-publish-offer"),
    path("verbs/offers/<int:pk>/archive", verbs.archive_offer_view, name="console-archive-offer"),
    path("verbs/commissions/<int:pk>/confirm", verbs.confirm_commission_view, name="console-confirm-commission"),
    path("verbs/deliveries/<int:pk>/revive", verbs.revive_delivery_view, name="console-revive-delivery"),
    path("verbs/periods/close", settling.close_period_view, name="console-close-period"),
    path("verbs/periods/<int:pk>/approve", settling.approve_period_view, name="console-approve-period"),
    path("verbs/settlements/<int:pk>/approve", settling.approve_view, name="console-approve"),
    path("verbs/settlements/<int:pk>/pay", settling.request_payout_view, name="console-request-payout"),
    path("verbs/payouts/<int:pk>/confirm", settling.confirm_payout_view, name="console-confirm-payout"),
    path("verbs/payouts/<int:pk>/fail", settling.fail_payout_view, name="console-fail-payout"),
    path("new/offer", making.make_offer, name="console-new-offer"),
    path("new/offers/<int:pk>/price", making.make_price, name="console-new-price"),
    path("new/partner", making.make_partner, name="console-new-partner"),
    path("new/enrollments/<int:pk>/contract", making.make_contract, name="console-new-contract"),
    path("new/enrollments/<int:pk>/link", making.make_link, name="console-new-link"),
    path("new/enrollments/<int:pk>/site", making.make_partner_site, name="console-new-partner-site"),
    path("new/site", making.make_site, name="console-new-site"),
    path("payment-account", making.connect_payments, name="console-payment-account"),
    path("statements/<int:pk>.<slug:kind>", settling.download_statement_view, name="console-statement"),
    path("contracts/preview", contracts.preview, name="console-contract-preview"),
    path("contracts/<int:pk>", contracts.contract, name="console-contract"),
    path("contracts/<int:pk>/edit", contracts.edit_draft, name="console-edit-contract"),
    path("new/enrollments/<int:pk>/draft", contracts.new_draft, name="console-new-draft"),
    path("verbs/contracts/<int:pk>/propose", contracts.propose, name="console-propose-contract"),
    path("verbs/contracts/<int:pk>/withdraw", contracts.withdraw, name="console-withdraw-contract"),
    path("verbs/enrollments/<int:pk>/pause", contracts.pause, name="console-pause-enrollment"),
    path("verbs/enrollments/<int:pk>/resume", contracts.resume, name="console-resume-enrollment"),
    path("verbs/enrollments/<int:pk>/end", contracts.end, name="console-end-enrollment"),
    path("", site.urls),
]
