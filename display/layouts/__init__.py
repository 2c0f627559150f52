"""Layouts: where everything stands on a given kind of screen, as pure functions from a frame to a list of drawing steps.

One design per kind of screen (`wide`, `mono`), never one that stretches. No pixels are touched here and nothing is waited for.
"""
