"""Verbs of the console: one POST, one policy, one action, one sentence back."""
