"""The one place that imports pygame: settings SDL must find before it is loaded stand here.

Only fonts, events and the display are ever started; sound and joysticks never are.
"""

from __future__ import annotations

import os

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
# SDL would turn SIGTERM into an event and let the process live on; a service manager would then wait and kill.
os.environ.setdefault("SDL_NO_SIGNAL_HANDLERS", "1")

import pygame  # the settings above must come first

__all__ = ["pygame"]
