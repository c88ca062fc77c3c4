"""Settings by place: `local` (a developer's machine, the demo), `test`, `production`; all from `base`."""
