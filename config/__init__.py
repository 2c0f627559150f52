"""Configuration: what a kiosk and a hub may be told, read once at start and frozen. Nothing here is asked for a setting later.

`schema` says what exists, `load` reads it, `reference` describes it. Knows nothing of kiosk, hub, drivers or the screen.
"""
