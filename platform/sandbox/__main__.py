"""`python -m sandbox`."""

from .cli import main

raise SystemExit(main())
