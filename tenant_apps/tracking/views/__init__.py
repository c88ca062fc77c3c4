"""The widget's doors on a brand's host: the script, what it tells, what it shows."""
