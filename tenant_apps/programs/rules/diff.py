"""What differs between two versions, entry by entry, each difference as a sentence with the old and the new value."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tenant_apps.programs.rules.saying import Saying, say
from tenant_apps.programs.rules.terms import DEFAULTS, FIELDS, LISTS
from tenant_apps.programs.rules.wording import (
    said_bonus,
    said_condition,
    said_level,
    said_limit,
    said_pay,
    said_rule,
    said_term,
)

Document = Mapping[str, Any]
_UNSAID = {
    "": {"period": "month"},
    "when": {"charge": "any"},
    "pay": {"base": "net", "period": "month"},
    "caps": {"period": "lifetime"},
}
_TOGETHER = {"negative_cap_minor": "negative"}


class Difference(StrEnum):
    """How an entry differs."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where (`rules.standard.pay`), the values as they stand in the documents, and the sentence."""

    kind: Difference
    field: str
    old: Any
    new: Any
    sentence: Saying


def differences(old: Document, new: Document) -> tuple[Change, ...]:
    """Return what must be known to come from one document to the other, rules first, in the order of the new one.

    Values that are left out are the defaults they stand for; the same list of rules in another order is rules
    that moved, as few as possible. When a version begins is no difference of its terms.
    """
    changes = list(_entries("rules", old, new, "id", said_rule, _changes_of_rule))
    changes += _entries("levels", old, new, "level", lambda level, _: said_level(level), _changed_level)
    changes += _entries("bonuses", old, new, "id", said_bonus, _changed_bonus)
    for name in FIELDS:
        if name in LISTS or name in _TOGETHER or name == "starts_at":
            continue
        together = [other for other, with_ in _TOGETHER.items() if with_ == name]
        if any(_term(old, field) != _term(new, field) for field in (name, *together)):
            sentence = _from_to(said_term(name, _whole(old)), said_term(name, _whole(new)))
            changes.append(Change(Difference.CHANGED, name, _term(old, name), _term(new, name), sentence))
    return tuple(changes)


def _entries(
    name: str, old: Document, new: Document, key: str, said: Callable[[Document, str], Saying],
    changed: Callable[..., Iterator[Change]],
) -> Iterator[Change]:  # fmt: skip
    """Yield the differences of one list, whose entries are known by a key."""
    before = {entry[key]: _plain(entry) for entry in old.get(name, ())}
    after = {entry[key]: _plain(entry) for entry in new.get(name, ())}
    for ref, entry in before.items():
        if ref not in after:
            sentence = say("%(name)s is gone: %(what)s", name=_titled(name, ref), what=said(entry, old["currency"]))
            yield Change(Difference.REMOVED, f"{name}.{ref}", entry, None, sentence)
    moved = _moved([ref for ref in before if ref in after], [ref for ref in after if ref in before])
    places = {ref: place for place, ref in enumerate(before, 1)}
    for place, (ref, entry) in enumerate(after.items(), 1):
        if ref not in before:
            sentence = say("%(name)s is new: %(what)s", name=_titled(name, ref), what=said(entry, new["currency"]))
            yield Change(Difference.ADDED, f"{name}.{ref}", None, entry, sentence)
            continue
        if ref in moved:
            sentence = say("%(name)s moved from place %(old)s to place %(new)s", name=_titled(name, ref),
                           old=places[ref], new=place)  # fmt: skip
            yield Change(Difference.MOVED, f"{name}.{ref}", places[ref], place, sentence)
        yield from changed(ref, before[ref], entry, old["currency"], new["currency"])


def _changes_of_rule(ref: Any, old: Document, new: Document, was: str, now: str) -> Iterator[Change]:
    title, path = _titled("rules", ref), f"rules.{ref}"
    if old["pay"] != new["pay"]:
        sentence = _titled_from_to(title, said_pay(old["pay"], was), said_pay(new["pay"], now))
        yield Change(Difference.CHANGED, f"{path}.pay", old["pay"], new["pay"], sentence)
    for part, said, nothing in (
        ("when", said_condition, say("no such condition")), ("limits", said_limit, say("no such limit")),
    ):  # fmt: skip
        before, after = old.get(part, {}), new.get(part, {})
        for name in [*before, *(name for name in after if name not in before)]:
            if before.get(name) != after.get(name):
                sentence = _titled_from_to(
                    title,
                    said(name, before[name], was) if name in before else nothing,
                    said(name, after[name], now) if name in after else nothing,
                )
                field = f"{path}.{part}.{name}"
                yield Change(Difference.CHANGED, field, before.get(name), after.get(name), sentence)


def _changed_level(ref: Any, old: Document, new: Document, was: str, now: str) -> Iterator[Change]:  # noqa: ARG001
    if old != new:
        sentence = _titled_from_to(_titled("levels", ref), said_level(old), said_level(new))
        yield Change(Difference.CHANGED, f"levels.{ref}", old, new, sentence)


def _changed_bonus(ref: Any, old: Document, new: Document, was: str, now: str) -> Iterator[Change]:
    if old != new:
        sentence = _titled_from_to(_titled("bonuses", ref), said_bonus(old, was), said_bonus(new, now))
        yield Change(Difference.CHANGED, f"bonuses.{ref}", old, new, sentence)


def _moved(before: Sequence[Any], after: Sequence[Any]) -> set[Any]:
    """Return the fewest entries that moved: all but a longest row that kept its order."""
    place = {ref: index for index, ref in enumerate(before)}
    tails: list[int] = []
    chains: list[list[Any]] = []
    for ref in after:
        at = bisect_left(tails, place[ref])
        chain = [*(chains[at - 1] if at else []), ref]
        tails[at : at + 1], chains[at : at + 1] = [place[ref]], [chain]
    return set(after) - set(chains[-1] if chains else ())


def _titled(name: str, ref: Any) -> Saying:
    match name:
        case "levels":
            return say("Level %(name)s", name=ref)
        case "bonuses":
            return say("Bonus %(name)s", name=ref)
    return say("Rule %(name)s", name=ref)


def _from_to(old: Saying, new: Saying) -> Saying:
    return Saying("%(old)s → %(new)s", (("old", old), ("new", new)))


def _titled_from_to(title: Saying, old: Saying, new: Saying) -> Saying:
    return Saying("%(title)s: %(old)s → %(new)s", (("title", title), ("old", old), ("new", new)))


def _term(document: Document, name: str) -> Any:
    return document[name] if name in document else DEFAULTS.get(name)


def _whole(document: Document) -> dict[str, Any]:
    return {name: _term(document, name) for name in FIELDS}


def _plain(value: Any, inside: str = "") -> Any:
    """Return an entry without what it leaves out just as well: empty conditions and limits, defaults."""
    if isinstance(value, Mapping):
        unsaid = _UNSAID.get(inside, {})
        plain = {name: _plain(inner, "pay" if inside == "pay" else name) for name, inner in value.items()}
        return {
            name: inner for name, inner in plain.items()
            if not (name in ("when", "limits") and not inner) and unsaid.get(name) != inner
        }  # fmt: skip
    return [_plain(inner, inside) for inner in value] if isinstance(value, list) else value
