#!/bin/sh
# Build .venv and see to the system packages. Run by `make setup`; safe to run again, a no-op when all is in place.
#
# Everything goes below the project (.venv, .local) except the package managers' own caches and system packages.
# PYTHON=/path/to/python3.12-or-newer chooses the interpreter. SETUP_SYSTEM=never leaves the system alone;
# `retry` tries packages again that could not be installed before (`make setup` does, the other targets do not).
set -eu

cd "$(dirname "$0")/../.."
LOCAL=.local
VENV=.venv
LOCK=requirements/dev.txt
STAMP=$VENV/.installed
TRIED=$LOCAL/system-packages-tried
NEWEST_TESTED=$(cat .python-version)
# uv's own interpreter, should one be needed, stays inside the project.
export UV_PYTHON_INSTALL_DIR="$PWD/$LOCAL/python"
# Progress bars and the list of what was installed are for a person watching.
QUIET=
[ -t 2 ] || QUIET=--quiet
unset PYTHONPATH
# uv brings certificates of its own; the system's also know a company's proxy.
for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
    [ -n "${SSL_CERT_FILE:-}" ] || [ ! -r "$bundle" ] || export SSL_CERT_FILE="$bundle"
done

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$@" >&2; exit 1; }

can_install_system_packages() {
    command -v apt-get >/dev/null 2>&1 || return 1
    [ "${SETUP_SYSTEM:-}" != never ] || return 1
    [ "$(id -u)" = 0 ] || sudo -n true >/dev/null 2>&1
}

apt_install() {
    log=$LOCAL/logs/apt.log
    mkdir -p "$LOCAL/logs"
    as_root=
    [ "$(id -u)" = 0 ] || as_root='sudo -n'
    if [ -z "${APT_LISTS_FRESH:-}" ]; then
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get update >>"$log" 2>&1 || true
        APT_LISTS_FRESH=1
    fi
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "$@" >>"$log" 2>&1
}

fingerprint() {
    { cat "$LOCK"; "$VENV/bin/python" --version; } | cksum
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

# --- uv ---------------------------------------------------------------------------------------------------------

find_uv() {
    for candidate in "$(command -v uv 2>/dev/null || true)" "$PWD/$LOCAL/uv/bin/uv"; do
        if [ -n "$candidate" ] && "$candidate" --version >/dev/null 2>&1; then
            UV=$candidate
            return 0
        fi
    done
    return 1
}

get_uv_with() {
    # A plain virtual environment first; where Debian left out ensurepip, pip into a folder.
    rm -rf "$LOCAL/uv"
    if "$1" -m venv "$LOCAL/uv" >/dev/null 2>&1 \
        && "$LOCAL/uv/bin/python" -m pip install --quiet uv >"$LOCAL/logs/uv.log" 2>&1; then
        return 0
    fi
    rm -rf "$LOCAL/uv"
    "$1" -m pip install --quiet --target "$LOCAL/uv" uv >>"$LOCAL/logs/uv.log" 2>&1
}

ensure_uv() {
    find_uv && return 0
    mkdir -p "$LOCAL/logs"
    say "getting uv (the package installer) into $LOCAL/uv"
    for python in "${PYTHON:-}" python3 /usr/bin/python3; do
        [ -n "$python" ] && command -v "$python" >/dev/null 2>&1 || continue
        get_uv_with "$python" && find_uv && return 0
    done
    if can_install_system_packages; then
        say "installing python3-venv by apt-get, to get uv"
        apt_install python3 python3-venv && get_uv_with /usr/bin/python3 && find_uv && return 0
    fi
    fail "uv could not be found or installed (log: $LOCAL/logs/uv.log). Either of these mends it:" \
        "  apt-get install -y python3-venv       # as root, on Debian or Ubuntu" \
        "  python3 -m pip install --user uv      # then put its folder on PATH"
}

# --- Python -----------------------------------------------------------------------------------------------------

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        INTERPRETER=$(command -v "$PYTHON") || fail "PYTHON=$PYTHON is not a program."
        "$INTERPRETER" -c '' || fail "PYTHON=$PYTHON does not run; what it said is above."
        is_new_enough "$INTERPRETER" || fail "PYTHON=$PYTHON is older than 3.12; give a newer one."
        return 0
    fi
    for wish in "$NEWEST_TESTED" '>=3.12'; do
        INTERPRETER=$("$UV" python find --no-project --no-python-downloads "$wish" 2>/dev/null) || continue
        is_new_enough "$INTERPRETER" && return 0
    done
    for candidate in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3; do
        INTERPRETER=$candidate
        is_new_enough "$INTERPRETER" && return 0
    done
    say "no Python 3.12 or newer found; downloading $NEWEST_TESTED into $LOCAL/python"
    "$UV" python install --no-bin "$NEWEST_TESTED" || fail \
        "Python 3.12 or newer is needed. None is installed, and the download did not work." \
        "Install one (Debian 13: apt-get install python3; macOS: brew install python@3.13; or pyenv), or point to it:" \
        "  make setup PYTHON=/path/to/python3.13"
    INTERPRETER=$("$UV" python find --no-project "$NEWEST_TESTED")
}

venv_works() {
    [ -x "$VENV/bin/python" ] && is_new_enough "$VENV/bin/python" || return 1
    [ -z "${PYTHON:-}" ] || [ "$(base_prefix "$VENV/bin/python")" = "$(base_prefix "$PYTHON")" ]
}

base_prefix() {
    "$1" -c 'import os, sys; print(os.path.realpath(sys.base_prefix))' 2>/dev/null
}

ensure_packages() {
    if venv_works && [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$(fingerprint)" ]; then
        return 0
    fi
    ensure_uv
    if ! venv_works; then
        [ ! -L "$VENV" ] || fail "$VENV is a link to an environment that does not work; remove the link."
        find_python
        say "building $VENV with $("$INTERPRETER" --version) ($INTERPRETER)"
        "$UV" venv --quiet --clear --no-project --python "$INTERPRETER" "$VENV"
    fi
    say "installing the Python packages of $LOCK, checked by hash"
    # shellcheck disable=SC2086 # one option or none
    "$UV" pip install $QUIET --python "$VENV/bin/python" --require-hashes -r "$LOCK"
    fingerprint >"$STAMP"
}

# --- system packages --------------------------------------------------------------------------------------------

unmet_needs() {
    PYTHONPATH=platform "$VENV/bin/python" -m embedded needs
}

ensure_system_packages() {
    missing=$(unmet_needs)
    [ -n "$missing" ] || { rm -f "$TRIED"; return 0; }
    if can_install_system_packages && { [ "${SETUP_SYSTEM:-}" = retry ] || [ "$(cat "$TRIED" 2>/dev/null)" != "$missing" ]; }; then
        # One need at a time: a package this system does not know must not keep the others away.
        while IFS='|' read -r name purpose packages; do
            say "installing $packages ($name, for $purpose)"
            # shellcheck disable=SC2086 # a list of package names
            apt_install $packages </dev/null || say "apt-get could not install $packages (log: $LOCAL/logs/apt.log)"
        done <<NEEDS
$missing
NEEDS
        missing=$(unmet_needs)
        [ -n "$missing" ] || { rm -f "$TRIED"; return 0; }
    fi
    mkdir -p "$LOCAL"
    printf '%s\n' "$missing" >"$TRIED"
    report_missing
}

report_missing() {
    all=
    while IFS='|' read -r name purpose packages; do
        say "missing: $name (for $purpose)"
        all="$all $packages"
    done <<NEEDS
$missing
NEEDS
    if command -v apt-get >/dev/null 2>&1; then
        say "everything else works without it. To add it, run:"
        say "  sudo apt-get update && sudo apt-get install -y --no-install-recommends$all"
    else
        say "everything else works without it. Install Pango, Noto CJK, Chromium and poppler with your system's packages"
        say "(macOS: brew install pango poppler font-noto-sans-cjk chromium)."
    fi
}

ensure_packages
ensure_system_packages
