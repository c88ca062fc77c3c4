"""When debts may be set off between brands, and the words by which a partner agrees to it."""

from dataclasses import dataclass

from shared_apps.partners.rules.wording import filled

_TEXTS = {
    "en": (
        "{partner} agrees that what it owes back to {brand} ({entity}) in a currency may be set off against payouts in "
        "the same currency by other brands of {entity}, and payouts by {brand} against what it owes back to them, "
        "while each of these brands allows it and {partner} agreed to it there, too. Other currencies and other legal "
        "entities stay apart. {partner} may withdraw this at any time."
    ),
    "ko": (
        "{partner}은(는) {brand}({entity})에 반환할 금액을 {entity}의 다른 브랜드가 같은 통화로 지급할 금액과, 그리고 "
        "{brand}의 지급액을 그 브랜드들에 반환할 금액과 상계할 수 있다는 데 동의합니다. 이는 해당 브랜드가 각각 "
        "허용하고 {partner}이(가) 그 브랜드에도 동의한 동안에만 적용됩니다. 다른 통화와 다른 법인은 별도로 유지됩니다. "
        "{partner}은(는) 언제든지 이 동의를 철회할 수 있습니다."
    ),
    "es": (
        "{partner} acepta que lo que deba devolver a {brand} ({entity}) en una moneda pueda compensarse con los pagos "
        "en la misma moneda de otras marcas de {entity}, y los pagos de {brand} con lo que deba devolver a ellas, "
        "mientras cada una de estas marcas lo permita y {partner} lo haya aceptado también allí. Las demás monedas y "
        "las demás entidades legales quedan aparte. {partner} puede retirarlo en cualquier momento."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a partner last said of netting at a brand, and which legal entity the brand was of then."""

    agreed: bool
    entity: str
    vat_id: str


def may_net(*, allowed: bool, said: Consent | None, entity: str, vat_id: str) -> bool:
    """Whether debts may be set off at a brand: the brand allows it and the partner agreed.

    A brand that went to another legal entity since is another creditor, and the partner is asked again.
    """
    return allowed and said == Consent(agreed=True, entity=entity, vat_id=vat_id)


def netting_text(*, partner: str, brand: str, entity: str, language: str) -> str:
    """Return the agreement in a language, English where we have none."""
    text = _TEXTS.get(language.partition("-")[0], _TEXTS["en"])
    return filled(text, {"partner": partner, "brand": brand, "entity": entity})
