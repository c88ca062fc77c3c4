from shared_apps.partners.models.identity import PayoutVersion, SelfBilling, TaxVersion
from shared_apps.partners.models.joining import HandOff, Partner, PartnerBrand, PartnerUser
from shared_apps.partners.models.netting import NettingConsent
from shared_apps.partners.models.rolling_up import PartnerBalance, PartnerStatement

__all__ = [
    "HandOff",
    "NettingConsent",
    "Partner",
    "PartnerBalance",
    "PartnerBrand",
    "PartnerStatement",
    "PartnerUser",
    "PayoutVersion",
    "SelfBilling",
    "TaxVersion",
]
