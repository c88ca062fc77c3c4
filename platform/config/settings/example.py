"""Print `.env.example` from the settings' own class: `python -m config.settings.example > .env.example`."""

import sys

from config.settings.env import LOCAL, Env


def env_example() -> str:
    """Return the text of `.env.example`: each variable with its meaning and its default."""
    lines = ["# Generated from platform/config/settings/env.py (`make drift-fix`). Copy to .env and fill in.", ""]
    for name, field in Env.model_fields.items():
        default = "" if field.default is None else str(field.default).replace(str(LOCAL), ".local")
        lines += [f"# {field.description}", f"{name.upper()}={default}", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(env_example())
