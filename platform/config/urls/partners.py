from django.urls import include, path

from config.api import partner_api
from tenant_apps.portal.views import across, consolidated, identity, netting

urlpatterns = [
    path("", across.home, name="partner_home"),
    path("choose/", across.choose, name="partner_choose"),
    path("open/<slug:brand_ref>/", across.opening, name="partner_open"),
    path("enter/<slug:brand_ref>/", across.enter, name="partner_enter"),
    path("statement/", consolidated.page, name="partner_consolidated"),
    path("statement.pdf", consolidated.pdf, name="partner_consolidated_pdf"),
    path("statement.csv", consolidated.sheet, name="partner_consolidated_csv"),
    path("profile/", identity.profile, name="partner_profile"),
    path("profile/tax/", identity.tax, name="partner_tax"),
    path("profile/payout/", identity.payout, name="partner_payout"),
    path("profile/self-billing/<slug:brand_ref>/", identity.agree, name="partner_self_billing"),
    path("profile/netting/<slug:brand_ref>/agree/", netting.agree, name="partner_netting_agree"),
    path("profile/netting/<slug:brand_ref>/withdraw/", netting.withdraw, name="partner_netting_withdraw"),
    path("api/v1/", partner_api.urls),
    path("accounts/", include("allauth.urls")),
]
