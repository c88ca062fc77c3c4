"""The main job as a story, told through the public interfaces: pages, widget doors, webhooks, commands.

`manage.py demo` prints it; the journeys under tests/ replay it and look closer.
"""
