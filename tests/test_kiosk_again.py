"""How a process begins again: the same process id and command line, a fresh program, and what was left to be done at the end done first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHILD = """
import atexit, os, sys
from pathlib import Path
from kiosk.again import begin_again

diary = Path(sys.argv[1])
times = len(diary.read_text().split()) if diary.exists() else 0
atexit.register(lambda: diary.open("a").write("end "))
with diary.open("a") as book:
    book.write(f"{os.getpid()}:{sys.argv[2]} ")
if times < 2:
    begin_again()
"""


def test_a_process_begins_again_as_itself(tmp_path: Path) -> None:
    """It has the same number and the same arguments, and whatever was registered for its end has been done before."""
    script, diary = tmp_path / "child.py", tmp_path / "diary"
    script.write_text(CHILD, encoding="utf-8")
    command = [sys.executable, str(script), str(diary), "a word with spaces"]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}, stderr=subprocess.PIPE) as child:
        _, said = child.communicate(timeout=60)
    assert (child.returncode, said) == (0, b"")
    assert diary.read_text(encoding="utf-8") == f"{child.pid}:a word with spaces end " * 2
