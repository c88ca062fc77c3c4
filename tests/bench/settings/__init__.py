"""Settings of a measurement: `runner` for the process that measures; the others for servers that are measured."""
