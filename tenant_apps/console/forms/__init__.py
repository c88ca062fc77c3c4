"""What operators fill in: each form says its fields; the action that it calls decides."""

from tenant_apps.console.forms.catalog import OfferForm, PriceForm
from tenant_apps.console.forms.claims import ClaimForm, ClaimTermsForm
from tenant_apps.console.forms.commissions import ExchangeRateForm, ManualLineForm, SelectionForm
from tenant_apps.console.forms.credit import AgentEntryForm, CodeForm, DealForm, OverrideForm, PolicyForm
from tenant_apps.console.forms.imports import ImportForm
from tenant_apps.console.forms.money import AdjustmentForm
from tenant_apps.console.forms.partners import (
    ContractForm,
    LinkForm,
    PaperRuleForm,
    PartnerForm,
    RecruiterForm,
    SiteForm,
)
from tenant_apps.console.forms.payments import PaymentAccountForm
from tenant_apps.console.forms.settling import CadenceForm

__all__ = [
    "AdjustmentForm",
    "AgentEntryForm",
    "CadenceForm",
    "ClaimForm",
    "ClaimTermsForm",
    "CodeForm",
    "ContractForm",
    "DealForm",
    "ExchangeRateForm",
    "ImportForm",
    "LinkForm",
    "ManualLineForm",
    "OfferForm",
    "OverrideForm",
    "PaperRuleForm",
    "PartnerForm",
    "PaymentAccountForm",
    "PolicyForm",
    "PriceForm",
    "RecruiterForm",
    "SelectionForm",
    "SiteForm",
]
