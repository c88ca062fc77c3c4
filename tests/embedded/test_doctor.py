"""`manage.py doctor`: says what is, what is not and how to mend it; works with everything down."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings

from embedded import checkup
from embedded.processes import ROOT, child_environment

DOWN = {"DATABASE_URL": "postgresql://owner:hunter2@127.0.0.1:1/db", "REDIS_URL": "redis://:hunter2@127.0.0.1:1/0"}


def test_a_sound_machine_passes() -> None:
    code, findings, _ = _doctor(DATABASE_URL=os.environ["DATABASE_URL"], REDIS_URL=os.environ["REDIS_URL"])
    required = {finding["name"]: finding["status"] for finding in findings if finding["required"]}
    assert code == 0
    assert required == dict.fromkeys(
        (
            *("Python", "PostgreSQL", "extensions", "owner role", "pg_dump", "Redis"),
            *(".local", "SECRET_KEY", "DATABASE_APP_PASSWORD"),
        ),
        "ok",
    ) | {name: status for name, status in required.items() if name == "disk space"}


def test_servers_that_are_down_fail_with_a_remedy_and_no_password() -> None:
    code, findings, shown = _doctor(**DOWN)
    failed = {finding["name"]: finding for finding in findings if finding["status"] == "failed"}
    assert code == 1
    assert sorted(failed) == ["PostgreSQL", "Redis"]
    assert "127.0.0.1:1" in failed["PostgreSQL"]["detail"]
    assert "DATABASE_URL" in failed["PostgreSQL"]["remedy"]
    assert "REDIS_URL" in failed["Redis"]["remedy"]
    assert "hunter2" not in shown


def test_a_malformed_address_is_named_without_its_value() -> None:
    answer = _run_doctor(DATABASE_URL="hunter2", REDIS_URL="hunter2")
    assert answer.returncode == 1
    assert [line.partition(":")[0] for line in answer.stderr.splitlines()[1:]] == ["DATABASE_URL", "REDIS_URL"]
    assert "hunter2" not in answer.stdout + answer.stderr


def test_a_weak_secret_fails_without_being_shown() -> None:
    code, findings, shown = _doctor(SECRET_KEY="swordfish-swordfish", **DOWN)
    assert (code, "swordfish" in shown) == (1, False)
    assert _named(findings, "SECRET_KEY")["status"] == "failed"


def test_an_owner_without_rights_is_told_the_grants() -> None:
    admin = os.environ["DATABASE_URL"]
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute("create role doctor_weak login password 'weak'")
        host, port, name = connection.info.host, connection.info.port, connection.info.dbname
        try:
            found = {f.name: f for f in checkup.database(f"postgresql://doctor_weak:weak@{host}:{port}/{name}")}
        finally:
            connection.execute("drop role doctor_weak")
    assert found["PostgreSQL"].ok
    assert found["owner role"].status == "failed"
    assert "CREATEROLE" in found["owner role"].remedy


def test_an_old_pg_dump_and_a_missing_one_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checkup.pg_dump(server_major=99).status == "failed"
    assert "99 or newer" in checkup.pg_dump(server_major=99).remedy
    monkeypatch.setattr("embedded.checkup.find_pg_dump", lambda: None)
    assert checkup.pg_dump(server_major=15).detail == "not found"


def test_a_folder_that_cannot_be_written_fails(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    assert checkup.writable(in_the_way / ".local").status == "failed"
    assert checkup.writable(tmp_path / ".local").status == "ok"


def test_a_command_says_in_a_line_that_the_database_has_no_tables(db: None) -> None:
    there = urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres").geturl()
    ran = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "settlements", "check", "--all"],
        env=child_environment(
            DJANGO_SETTINGS_MODULE="config.settings.local", DATABASE_URL=there,
            DATABASE_ROLE_PREFIX=settings.DATABASE_ROLE_PREFIX,
        ),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert ran.stderr.startswith("The database is not set up: relation ")
    assert ran.stderr.count("\n") == 1


def _doctor(**environment: str) -> tuple[int, list[dict[str, Any]], str]:
    ran = _run_doctor(**environment)
    assert ran.stdout.startswith("["), ran.stderr
    return ran.returncode, json.loads(ran.stdout), ran.stdout + ran.stderr


def _run_doctor(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "doctor", "--json"],
        env=child_environment(**{"DJANGO_SETTINGS_MODULE": "config.settings.local", **environment}),
        capture_output=True,
        text=True,
        check=False,
    )


def _named(findings: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(finding for finding in findings if finding["name"] == name)
