"""Everything the environment may say, typed and parsed once."""

import contextlib
import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[3]
LOCAL = ROOT / ".local"


class Env(BaseSettings):
    """Settings an operator of servers may give. `.env.example` is generated from this class."""

    model_config = SettingsConfigDict(env_file=ROOT / ".env", extra="ignore")

    secret_key: str = Field(default="", description="Signs sessions and tokens; 50 random characters or more.")
    database_url: str = Field(
        default="",
        pattern="^$|^postgres(ql)?://",
        description="The OWNER's connection (DDL, migrations, provisioning).",
    )
    database_app_password: str = Field(default="", description="Password of the runtime login role; made when empty.")
    database_role_prefix: str = Field(default="", description="Prefix of all roles; the database's name when empty.")
    redis_url: str = Field(
        default="",
        pattern="^$|^(rediss?|unix)://",
        description="Redis or Valkey: cache, rate limits, the bell for workers.",
    )
    platform_host: str = Field(default="tributary.localhost", description="Host of the platform owner's pages.")
    partner_host: str = Field(default="partners.localhost", description="Host where partners sign in.")
    public_port: str = Field(default="", description="Port shown in links when it is neither 80 nor 443.")
    public_scheme: Literal["http", "https"] = Field(default="https", description="Scheme of links to our own hosts.")
    media_root: Path = Field(default=LOCAL / "media", description="Where statements and uploads are kept.")
    stripe_secret_key: str = Field(default="", description="Empty: payments go to the local sandbox.")
    stripe_webhook_secret: str = Field(default="", description="Signing secret of the webhook endpoint at Stripe.")
    stripe_api_base: str = Field(default="", description="Another address that speaks Stripe's API (the sandbox).")
    mail_url: str = Field(default="", description="smtp://user:password@host:port; empty prints mails to the log.")
    simulations_kept_days: int = Field(
        default=90, ge=1, le=3650, description="How many days the result of a simulation is kept."
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")


def parsed() -> Env:
    """Read the environment once; what is malformed is named, its value (perhaps a secret) is not shown."""
    try:
        return Env()
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()]
        raise SystemExit("Settings (environment or .env) cannot be read.\n" + "\n".join(wrong)) from None


env = parsed()


def kept_secret(name: str, given: str) -> str:
    """Return `given`, else a secret made once and kept in `.local/` (never in the repository).

    Two processes may start at once: the first link wins, the other reads it.
    """
    path = LOCAL / name
    if given:
        return given
    if not path.exists():
        LOCAL.mkdir(exist_ok=True)
        draft = LOCAL / f"{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return path.read_text().strip()


def running(service: str) -> str:
    """Return the address of a server that `make run` or `make demo` keeps up beside us, or ''."""
    try:
        return str(json.loads((LOCAL / "servers.json").read_text()).get(service, ""))
    except (FileNotFoundError, ValueError):
        return ""


def database(url: str, *, user: str = "", password: str = "") -> dict[str, object]:
    """Turn a postgresql:// URL into Django's settings, with another login if one is given."""
    parts = urlsplit(url)
    return {
        "ENGINE": "shared_apps.brands.postgresql",
        "HOST": parts.hostname or "127.0.0.1",
        "PORT": str(parts.port or 5432),
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": user or unquote(parts.username or ""),
        "PASSWORD": password if user else unquote(parts.password or ""),
    }


def role_prefix(database_name: str) -> str:
    """Return the prefix of this installation's roles: short, so that prefix + schema fits 63 bytes."""
    prefix = env.database_role_prefix or database_name
    return prefix if len(prefix) <= 20 else f"trb_{hashlib.sha256(prefix.encode()).hexdigest()[:12]}"
