from django.urls import path

from tenant_apps.storefront.views.checkout import checkout_again, checkout_return, checkout_state
from tenant_apps.storefront.views.offers import offer_list, offer_page
from tenant_apps.storefront.views.proof import check_script, published_roots, roots_page
from tenant_apps.storefront.views.theme import theme_css

urlpatterns = [
    path("", offer_list, name="offers"),
    path("o/<slug:slug>/", offer_page, name="offer"),
    path("checkout/return", checkout_return, name="checkout_return"),
    path("checkout/return/state", checkout_state, name="checkout_state"),
    path("checkout/again", checkout_again, name="checkout_again"),
    path("theme/<slug:brand_public_id>.css", theme_css, name="theme_css"),
    path("proof/", roots_page, name="proof"),
    path("proof/roots.json", published_roots, name="published_roots"),
    path("proof/verify_inclusion.py", check_script, name="check_script"),
]
