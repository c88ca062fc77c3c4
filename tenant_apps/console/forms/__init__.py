"""What operators fill in: each form says its fields; the action that it calls decides."""

from tenant_apps.console.forms.catalog import OfferForm, PriceForm
from tenant_apps.console.forms.claims import ClaimForm, ClaimTermsForm
from tenant_apps.console.forms.commissions import ExchangeRateForm, HeldForm, ManualLineForm, SelectionForm
from tenant_apps.console.forms.credit import AgentEntryForm, CodeForm, DealForm, OverrideForm, PolicyForm
from tenant_apps.console.forms.imports import ImportForm
from tenant_apps.console.forms.money import AdjustmentForm, SetOffForm
from tenant_apps.console.forms.partners import (
    ContractForm,
    LinkForm,
    PaperRuleForm,
    PartnerForm,
    RecruiterForm,
    SiteForm,
    TermsForm,
)
from tenant_apps.console.forms.payments import PayingAccountForm, PaymentAccountForm
from tenant_apps.console.forms.settling import CadenceForm
from tenant_apps.console.forms.taxing import VatRateEndForm, VatRateForm

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
    "HeldForm",
    "ImportForm",
    "LinkForm",
    "ManualLineForm",
    "OfferForm",
    "OverrideForm",
    "PaperRuleForm",
    "PartnerForm",
    "PayingAccountForm",
    "PaymentAccountForm",
    "PolicyForm",
    "PriceForm",
    "RecruiterForm",
    "SelectionForm",
    "SetOffForm",
    "SiteForm",
    "TermsForm",
    "VatRateEndForm",
    "VatRateForm",
]
