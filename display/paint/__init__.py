"""Painters: a frame onto a window, an OLED, a PNG file or a terminal. Each offers `paint(frame)` and `close()`.

An equal frame paints nothing. Painters decide nothing: what is shown comes from scenes, where it stands from layouts.
"""
