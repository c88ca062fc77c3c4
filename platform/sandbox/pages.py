"""Writes the hosted pages: self-contained HTML, every value escaped, no outside resource."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from .cards import CARDS, VISA, Card
from .checkout import leave_address
from .currencies import shown
from .store import Json

FREE = VISA  # a total of zero asks for no card
_STYLE = files(__package__).joinpath("hosted.css").read_text(encoding="utf-8")
_SCRIPT = files(__package__).joinpath("hosted.js").read_text(encoding="utf-8")
_DECLINES = {
    "generic_decline": "card_declined",
    "insufficient_funds": "funds_declined",
    "expired_card": "expired_declined",
    "incorrect_cvc": "cvc_declined",
}


@dataclass(frozen=True, kw_only=True)
class Look:
    """Whose page it is and in which words."""

    brand: str
    accent: str
    nonce: str
    words: dict[str, str]

    def say(self, word: str, **values: str) -> str:
        """Return a sentence, escaped."""
        values.setdefault("brand", self.brand)
        return escape(self.words[word].format(**values))


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What stands in the form."""

    email: str = ""
    card: str = ""
    expiry: str = ""
    cvc: str = ""
    name: str = ""


def form(look: Look, session: Json, filled: Filled, wrong: dict[str, str], declined: Card | None) -> str:
    """Return the checkout page; `wrong` marks fields, `declined` tells why the card refused."""
    amount = shown(session["amount_total"], session["currency"])
    title = look.say("pay_brand")
    body = f"""
<main class="sheet">
{_summary(look, session, amount)}
<section class="pay" aria-labelledby="details">
<h2 id="details">{look.say("details")}</h2>
{_alert(look, wrong, declined)}
<form method="post" novalidate id="pay">
{_fields(look, session, filled, wrong)}
<button class="primary" type="submit" data-busy="{look.say("busy")}">{_label(look, session)}</button>
</form>
{_test_cards(look) if session["amount_total"] else ""}
</section>
</main>"""
    return _document(look, title, body)


def expired(look: Look, address: str | None) -> str:
    """Return the page of a session whose time is over."""
    return _notice(look, "over_title", "over_text", address)


def lost(look: Look) -> str:
    """Return the page for an address that is no checkout."""
    return _notice(look, "lost_title", "lost_text", None)


def ink_on(accent: str) -> str:
    """Return black or white, whichever reads better on the colour (`#rrggbb`)."""
    channels = [int(accent[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (light + 0.05) / 0.05 > 1.05 / (light + 0.05) else "#ffffff"


def _summary(look: Look, session: Json, amount: str) -> str:
    back = leave_address(session)
    link = (
        f'<a class="back" href="{escape(back)}"><span aria-hidden="true">←</span> {look.say("back")}</a>'
        if back
        else ""
    )
    items = "".join(_item(look, item) for item in session["_line_items"])
    return f"""<section class="summary" aria-labelledby="order">
{link}
<p class="brand"><span class="mark" aria-hidden="true">{escape(look.brand[:1].upper())}</span>
{escape(look.brand)}</p>
<h1 id="order"><span class="ask">{look.say("pay_brand")}</span>
<span class="amount">{escape(amount)}</span></h1>
<ul class="items">{items}</ul>
<p class="sum"><span>{look.say("total")}</span><span class="money">{escape(amount)}</span></p>
</section>"""


def _item(look: Look, item: Json) -> str:
    total = shown(item["amount_total"], item["currency"])
    notes = [look.say("quantity", quantity=str(item["quantity"]))]
    if item["quantity"] > 1:
        each = shown(item["price"]["unit_amount"], item["currency"])
        notes.append(look.say("each", amount=each))
    return (
        f'<li><span class="what"><span class="title">{escape(item["description"])}</span>'
        f'<span class="note">{" · ".join(notes)}</span></span>'
        f'<span class="money">{escape(total)}</span></li>'
    )


def _label(look: Look, session: Json) -> str:
    if session["amount_total"] == 0:
        return look.say("confirm")
    return look.say("pay", amount=shown(session["amount_total"], session["currency"]))


def _alert(look: Look, wrong: dict[str, str], declined: Card | None) -> str:
    if declined is not None:
        reason = look.say(_DECLINES[declined.decline_code])
        text = f"<strong>{reason}</strong> {look.say('not_paid')} {look.say('try_again')}"
    elif wrong:
        text = f"<strong>{look.say('check')}</strong>"
    else:
        return ""
    return f'<div class="alert" role="alert" tabindex="-1" id="alert"><p>{text}</p></div>'


def _fields(look: Look, session: Json, filled: Filled, wrong: dict[str, str]) -> str:
    def field(name: str, value: str, attributes: str) -> str:
        problem = wrong.get(name)
        invalid = f' aria-invalid="true" aria-describedby="{name}-problem"' if problem else ""
        said = f'<p class="problem" id="{name}-problem">{look.say(problem)}</p>' if problem else ""
        return (
            f'<div class="field {name}"><label for="{name}">{look.say(name)}</label>'
            f'<input id="{name}" name="{name}" value="{escape(value)}" required '
            f"{attributes}{invalid}>{said}</div>"
        )

    email = field("email", filled.email, 'type="email" autocomplete="email" inputmode="email"')
    if session["amount_total"] == 0:
        return email
    numeric = 'type="text" inputmode="numeric"'
    hint = f'placeholder="{look.say("expiry_hint")}"'
    return (
        email
        + field(
            "card",
            filled.card,
            f'{numeric} autocomplete="cc-number" maxlength="23" placeholder="1234 1234 1234 1234"',
        )
        + '<div class="pair">'
        + field("expiry", filled.expiry, f'{numeric} autocomplete="cc-exp" maxlength="9" {hint}')
        + field("cvc", "", f'{numeric} autocomplete="cc-csc" maxlength="4" placeholder="123"')
        + "</div>"
        + field("name", filled.name, 'type="text" autocomplete="cc-name"')
    )


def _test_cards(look: Look) -> str:
    rows = "".join(
        f'<li><span class="number">{card.spaced}</span>'
        f'<span class="does {"good" if not card.code else "bad"}">{look.say(card.does)}</span>'
        f'<button type="button" class="use" hidden data-card="{card.spaced}" '
        f'aria-label="{look.say("use_card", number=card.spaced)}">{look.say("use")}</button></li>'
        for card in CARDS
    )
    return f"""<section class="cards" aria-labelledby="test-cards">
<h2 id="test-cards">{look.say("test_cards")}</h2>
<p class="note">{look.say("test_note")}</p>
<ul>{rows}</ul>
</section>"""


def _notice(look: Look, title: str, text: str, address: str | None) -> str:
    link = f'<p><a class="primary" href="{escape(address)}">{look.say("return")}</a></p>' if address else ""
    body = f"""
<main class="notice"><h1>{look.say(title)}</h1><p>{look.say(text)}</p>{link}</main>"""
    return _document(look, look.say(title), body)


def _document(look: Look, title: str, body: str) -> str:
    accent = ""
    if re.fullmatch(r"#[0-9A-Fa-f]{6}", look.accent):
        accent = f":root{{--accent:{look.accent};--on-accent:{ink_on(look.accent)}}}"
    return f"""<!doctype html>
<html lang="{look.words["lang"]}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{title} · {look.say("sandbox")}</title>
<style nonce="{look.nonce}">{_STYLE}{accent}</style>
</head>
<body>
<p class="ribbon" role="note"><strong>{look.say("sandbox")}</strong> <span>{look.say("ribbon")}</span></p>
{body}
<footer>{look.say("foot")}</footer>
<script nonce="{look.nonce}">{_SCRIPT}</script>
</body>
</html>
"""
