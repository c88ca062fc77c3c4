"""The words by which a partner lets a brand write its invoices. Stored as they were shown, with their hash."""

import hashlib

from shared_apps.partners.rules.wording import filled

# The recipient issues the invoice only where both agreed before (Directive 2006/112/EC, article 224).
_TEXTS = {
    "en": (
        "{partner} agrees that {brand} issues the invoices for its commissions (self-billing). {partner} will not "
        "issue invoices of its own for them, accepts each statement unless it objects within 14 days, and tells at "
        "once when its VAT number{vat} changes or ends; this agreement then ends and is to be renewed."
    ),
    "ko": (
        "{partner}은(는) {brand}이(가) 수수료에 대한 세금계산서를 발행(역발행)하는 데 동의합니다. "
        "{partner}은(는) 해당 수수료에 대해 직접 계산서를 발행하지 않으며, "
        "14일 이내에 이의를 제기하지 않으면 각 명세서를 승인한 것으로 봅니다. "
        "부가가치세 번호{vat}가 변경되거나 말소되면 즉시 알리며, "
        "그때 이 동의는 종료되고 다시 맺어야 합니다."
    ),
    "es": (
        "{partner} acepta que {brand} emita las facturas de sus comisiones (autofacturación). {partner} no emitirá "
        "facturas propias por ellas, acepta cada extracto salvo que se oponga en 14 días y avisará de inmediato si "
        "su número de IVA{vat} cambia o deja de ser válido; entonces este acuerdo termina y debe renovarse."
    ),
}


def self_billing_text(*, partner: str, brand: str, vat_id: str, language: str) -> str:
    """Return the agreement in a language, English where we have none."""
    text = _TEXTS.get(language.partition("-")[0], _TEXTS["en"])
    return filled(text, {"partner": partner, "brand": brand, "vat": f" ({vat_id})" if vat_id else ""})


def text_hash(text: str) -> str:
    """Return the SHA-256 of the words, as it is kept with the agreement."""
    return hashlib.sha256(text.encode()).hexdigest()
