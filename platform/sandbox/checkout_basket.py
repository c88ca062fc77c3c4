"""What a checkout session sells: `line_items` with `price_data` become lines with amounts."""

from __future__ import annotations

from typing import Any

from .calls import Call, merged_metadata, names, only
from .currencies import MAX_AMOUNT, chargeable, known
from .errors import ApiError, missing, required
from .forms import joined
from .ids import new_id
from .store import Json

MAX_ITEMS = 100
_PRICE_DATA = frozenset(["currency", "product_data", "tax_behavior", "unit_amount"])
_PRODUCT = names("description images metadata name tax_code unit_label")
_ITEM = frozenset(["metadata", "price_data", "quantity"])


def basket(call: Call, params: Json) -> tuple[str, list[Json]]:
    """Return the currency and the lines; all lines share one currency.

    Raises ApiError naming the line when an amount, a quantity or a currency is not one that
    Stripe would take, or when the total cannot be charged. A total of zero is free of charge.
    """
    wanted = params["line_items"]
    if len(wanted) > MAX_ITEMS:
        raise ApiError(f"line_items can hold up to {MAX_ITEMS} items.", param="line_items")
    items = [_line(call, item, joined("line_items", at)) for at, item in enumerate(wanted)]
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise ApiError("All prices on a Checkout Session must have the same currency.", param="line_items")
    currency = items[0]["currency"]
    if known(params.get("currency") or currency) != currency:
        raise ApiError("The currency differs from the line items' currency.", param="currency")
    total = sum(item["amount_total"] for item in items)
    if total:
        chargeable(total, currency, "line_items")
    return currency, items


def _line(call: Call, item: Json, name: str) -> Json:
    if "price" in item:
        raise missing("price", item["price"], param=joined(name, "price"))
    if "price_data" not in item:
        raise required(joined(name, "price_data"))
    if "quantity" not in item:
        raise required(joined(name, "quantity"))
    only(item, _ITEM, inside=name)
    quantity = item["quantity"]
    if not 1 <= quantity <= 999_999:
        raise ApiError("Quantity must lie between 1 and 999999.", param=joined(name, "quantity"))
    price = _price(call, item["price_data"], joined(name, "price_data"))
    amount = price["unit_amount"] * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": price["_product"]["name"],
        "metadata": merged_metadata({}, item.get("metadata"), param=joined(name, "metadata")),
        "price": {key: value for key, value in price.items() if key != "_product"},
        "quantity": quantity,
    }


def _price(call: Call, data: Json, name: str) -> Json:
    only(data, _PRICE_DATA, inside=name)
    if "product_data" not in data:
        raise required(joined(name, "product_data"))
    if "unit_amount" not in data:
        raise required(joined(name, "unit_amount"))
    unit = data["unit_amount"]
    if not 0 <= unit <= MAX_AMOUNT:
        raise ApiError(
            "Invalid non-negative integer",
            param=joined(name, "unit_amount"),
            code="parameter_invalid_integer",
        )
    product = _product(call, data["product_data"], joined(name, "product_data"))
    return {
        "id": new_id("price"),
        "object": "price",
        "active": False,
        "billing_scheme": "per_unit",
        "created": call.now,
        "currency": known(data["currency"], joined(name, "currency")),
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": product["id"],
        "recurring": None,
        "tax_behavior": data.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": unit,
        "unit_amount_decimal": str(unit),
        "_product": product,
    }


def _product(call: Call, data: Json, name: str) -> dict[str, Any]:
    only(data, _PRODUCT, inside=name)
    product: Json = {
        "id": new_id("prod"),
        "object": "product",
        "active": False,
        "created": call.now,
        "default_price": None,
        "description": data.get("description"),
        "images": data.get("images", []),
        "livemode": False,
        "marketing_features": [],
        "metadata": merged_metadata({}, data.get("metadata"), param=joined(name, "metadata")),
        "name": data["name"],
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": data.get("tax_code"),
        "type": "service",
        "unit_label": data.get("unit_label"),
        "updated": call.now,
        "url": None,
    }
    return call.tx.insert(call.account, "product", product)
