"""A program with nothing but the window: shows one greeting, says "shown", then each intent it gets. `python -m tests.window_child`.

It ends when the window is asked to close, when its standard input closes, or after a minute.
"""

from __future__ import annotations

import select
import sys
import time

from display.input import Quit
from display.paint.window import WindowPainter
from display.words import load_words
from tests.pictures import cases, wide_theme

LIFE_S = 60.0  # no test is that slow; a forgotten child must not stay
TURN_S = 0.01


def main() -> None:
    """Paint, then print what is touched."""
    window = WindowPainter(wide_theme(), load_words())
    window.paint(next(case.frame for case in cases() if case.name == "wide-uk-greeting"))
    print("shown", flush=True)
    ends = time.monotonic() + LIFE_S
    while time.monotonic() < ends:
        for said in window.poll():
            print(said, flush=True)
            if isinstance(said, Quit):
                return
        if select.select([sys.stdin], [], [], TURN_S)[0]:
            return


if __name__ == "__main__":
    main()
