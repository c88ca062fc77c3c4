"""One scenario a file; each has `scenario()`, which makes what the runner runs."""
