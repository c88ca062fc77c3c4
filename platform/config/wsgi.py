"""The WSGI door. WSGI, because the brand is bound to the thread's connection (see docs/decisions)."""

import io
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for source_root in (ROOT / "platform", ROOT):
    if str(source_root) not in sys.path:
        sys.path.insert(0, str(source_root))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()
call_command("check", stdout=io.StringIO())  # a door without a policy, or a cache that mixes brands, serves nobody
