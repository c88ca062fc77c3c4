"""The law that a statement names as the reason for the VAT it does not add, as data.

Where the recipient owes the tax in the EU that is Article 196 of Directive 2006/112/EC, wherever the supplier is. A
small business is exempt by its country's own law, in the words that its invoices use:

- AT: § 6 (1) no. 27 UStG 1994 (wko.at, Kleinunternehmerregelung); DE: § 19 UStG; NL: Article 25 of the Wet op de
  omzetbelasting 1968; BE: Article 56bis of the VAT code, in both its languages; FR: Article 293 B CGI
- IT: Law 190/2014, Article 1 (54) to (89), the regime forfettario; PL: Article 113 of the VAT act; PT: Article 53
  CIVA; LU: Article 57 (1) of the VAT act of 12 February 1979 (pfi.public.lu, with the words for invoices)

What a country's law is not said to be here, or what is supplied into another Member State, is Article 284 of the
Directive, the one that all of them carry out (as Directive (EU) 2020/285 put it, since 1 January 2025). Spain exempts
nobody by it, so nothing is named there; nor outside the EU, where nothing is guessed.
"""

from typing import Final

from tenant_apps.settlements.rules.vat_rates import EU
from tenant_apps.settlements.states import VatTreatment

RECIPIENT_OWES: Final = "Article 196 of Directive 2006/112/EC"
SMALL_IN_THE_EU: Final = "Article 284 of Directive 2006/112/EC"
_NOT_CARRIED_OUT: Final = frozenset(("ES",))
_SMALL: Final = {
    "AT": "§ 6 Abs. 1 Z 27 UStG 1994",
    "BE": "art. 56bis W.BTW / art. 56bis CTVA",
    "DE": "§ 19 UStG",
    "FR": "art. 293 B du CGI",
    "IT": "art. 1, commi 54-89, L. 190/2014",
    "LU": "art. 57, paragraphe 1er, loi TVA du 12 février 1979",
    "NL": "art. 25 Wet OB 1968",
    "PL": "art. 113 ustawy o VAT",
    "PT": "art. 53.º do CIVA",
}


def law_named(treatment: str, *, place: str, partner_country: str) -> str:
    """Return the citation a statement gives for a treatment; empty where there is none to give.

    `place` is where the commission is supplied, the brand's country: its law exempts whoever is established there.
    """
    if place not in EU:
        return ""
    if treatment == VatTreatment.REVERSE_CHARGE:
        return RECIPIENT_OWES
    if treatment != VatTreatment.SMALL_BUSINESS or {place, partner_country} & _NOT_CARRIED_OUT:
        return ""
    return _SMALL.get(place, SMALL_IN_THE_EU) if partner_country == place else SMALL_IN_THE_EU
