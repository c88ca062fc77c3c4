"""The house's rules that a machine can check."""

import ast
import platform
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
APPS = sorted(path.parent for floor in ("shared_apps", "tenant_apps") for path in (ROOT / floor).glob("*/apps.py"))
ROOMS = {
    "__init__", "apps", "states", "events", "errors", "rules", "models", "queries", "actions", "policies", "schemas",
    "api", "handlers", "tasks", "admin", "views", "forms", "urls", "templates", "templatetags", "static", "migrations",
    "management",
}  # fmt: skip
MORE_ROOMS = {
    "brands": {
        "checks",
        "clock",
        "entering",
        "hosts",
        "migrating",
        "postgresql",
        "pseudonyms",
        "roles",
        "routing",
        "theming",
    },
    "accounts": {"acting", "doors", "foreign", "keys", "limits", "sign_in", "state_words", "wording"},
    "outbox": {"bell", "brand_huey", "draining", "subscribing"},
    "console": {"bookkeeping", "columns", "deeds", "look", "reasons", "showing", "site"},
    "audit": {"forever", "proof", "verifying"},
    "attribution": {"verifying"},
    "programs": {"locale"},
    "ledger": {"chart", "proof", "verifying"},
    "payments": {"checks", "providers"},
    "disputes": {"downloading", "files"},
    "reports": {"downloading", "files"},
    "settlements": {"banking", "calendar", "documents", "downloading", "locale", "printing", "proof", "verifying"},
}
OPEN_ROOMS = {"actions", "queries", "events", "errors", "states", "policies"}
MORE_OPEN_ROOMS = {
    "ledger": {"chart"},
    "disputes": {"downloading", "files"},
    "reports": {"downloading"},
    "settlements": {"documents", "downloading", "printing"},
}
INFRASTRUCTURE = {"brands", "accounts", "outbox", "audit"}
DRAWERS = {"utils", "helpers", "common", "misc"}


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def test_platform_is_never_a_package() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()
    assert list((ROOT / "platform").glob("*.py")) == []
    assert platform.python_version().startswith("3.")
    assert ROOT not in Path(str(platform.__file__)).parents


def test_the_top_level_is_the_houses() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert {path.split("/")[0] for path in tracked} <= {
        "manage.py", "platform", "tenant_apps", "shared_apps", "themes", "widget", "deploy", "pyproject.toml", "tests",
        "README.md", "CONTRIBUTING.md", "Makefile", "docs", "requirements", ".ci", ".python-version", ".gitignore",
        ".env.example", "LICENSE",
    }  # fmt: skip


@pytest.mark.parametrize("app", APPS, ids=lambda path: path.name)
def test_every_app_says_what_it_owns(app: Path) -> None:
    docstring = ast.get_docstring(ast.parse((app / "__init__.py").read_text())) or ""
    assert 3 <= len(docstring.splitlines()) <= 10, f"{app.name}/__init__.py: {len(docstring.splitlines())} lines"


@pytest.mark.parametrize("app", APPS, ids=lambda path: path.name)
def test_an_app_has_only_known_rooms(app: Path) -> None:
    rooms = {path.stem for path in app.iterdir() if path.name != "__pycache__"}
    assert rooms <= ROOMS | MORE_ROOMS.get(app.name, set())


@pytest.mark.parametrize("app", APPS, ids=lambda path: path.name)
def test_other_apps_enter_only_by_open_rooms(app: Path) -> None:
    trespasses = [
        f"{path.relative_to(ROOT)}: {module}"
        for path in python_files(str(app.relative_to(ROOT)))
        for module in imported_modules(path)
        if is_trespass(app, path, module)
    ]
    assert trespasses == []


def is_trespass(app: Path, path: Path, module: str) -> bool:
    floor, _, rest = module.partition(".")
    if floor not in ("tenant_apps", "shared_apps") or not rest:
        return False
    owner, _, room = rest.partition(".")
    room = room.split(".")[0]
    if owner == app.name or owner in INFRASTRUCTURE or not room:
        return False
    if app.name == "console" and room == "models":
        return False  # a ModelAdmin is made of a model; it writes by actions all the same
    if room == "rules" and (app.name, owner) in {
        ("programs", "commissions"),
        ("programs", "settlements"),
        ("settlements", "programs"),
        ("portal", "programs"),
        ("console", "programs"),
        ("console", "commissions"),
        ("reports", "commissions"),
        ("reports", "programs"),
        ("settlements", "attribution"),
        ("settlements", "commissions"),
    }:
        return False  # pure: parsing terms, previewing
    return room not in OPEN_ROOMS | MORE_OPEN_ROOMS.get(owner, set())


def imported_modules(path: Path) -> Iterator[str]:
    """Yield the modules a file imports at run time; `from a.b import c` may mean the module a.b.c."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = node.module.split(".")
            if len(parts) == 2 and parts[0] in ("tenant_apps", "shared_apps"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            else:
                yield node.module


def test_there_are_no_drawers() -> None:
    assert [
        path for path in python_files("platform", "shared_apps", "tenant_apps", "tests") if path.stem in DRAWERS
    ] == []


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"^\s*with brand:", "`with brand:` keeps one list for all threads; use brand_entered(brand)"),
        (r"^\s*@(schema_context|tenant_context|brand_entered|public_entered)", "contexts are blocks, never decorators"),
        (r"\bclone_schema\b", "schemas are made from the template's SQL"),
        (r"^\s*async def ", "async views lose the brand"),
        (r"post_save|pre_save|post_delete|pre_delete", "no Django signals for domain flow"),
        (r"\block_task\b", "money is locked in PostgreSQL"),
        (r"datetime\.now\(|datetime\.utcnow\(|date\.today\(|timezone\.now\(", "one clock: kernel.clock, brands.clock"),
        (r"\bpickle\b", "what Redis holds must not be code"),
    ],
)
def test_what_was_measured_as_a_trap_stays_out(pattern: str, why: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in python_files("platform/config", "platform/kernel", "shared_apps", "tenant_apps")
        if path != ROOT / "platform" / "kernel" / "clock.py"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line) and '"""' not in line and not line.strip().startswith(("#", "Refuses"))
        and "instead of pickle" not in line and "`with brand:`" not in line and "as decorators" not in line
    ]  # fmt: skip
    assert found == [], why


def test_every_cache_alias_keys_by_brand() -> None:
    for alias, options in settings.CACHES.items():
        assert options.get("KEY_FUNCTION") == "django_tenants.cache.make_key", alias


def test_no_foreign_key_leaves_a_brands_schema() -> None:
    shared = {
        model for label in ("brands", "partners", "contenttypes") for model in apps.get_app_config(label).get_models()
    }
    leaving = [
        f"{model.__name__}.{field.name}"
        for config in apps.get_app_configs()
        if config.name.startswith("tenant_apps.")
        for model in config.get_models()
        for field in model._meta.get_fields()
        if getattr(field, "many_to_one", False) and field.related_model in shared
    ]
    assert leaving == []


def test_ledger_decisions_statements_and_audit_are_append_only() -> None:
    tables = {model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False)}
    assert tables >= {
        "audit_auditevent", "ledger_account", "ledger_entry", "ledger_transfer", "ledger_seal",
        "attribution_attribution", "attribution_share", "attribution_policy",
        "settlements_statement", "settlements_settlementline", "tracking_touch", "tracking_event",
    }  # fmt: skip


@pytest.mark.parametrize(
    "path", list(python_files("platform", "shared_apps", "tenant_apps")), ids=lambda p: str(p.relative_to(ROOT))
)
def test_files_and_functions_stay_small(path: Path) -> None:
    source = path.read_text()
    assert source.count("\n") <= 300
    long = [
        f"{node.name}: {(node.end_lineno or 0) - node.lineno + 1}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > 60
    ]
    assert long == []
