"""Accept the pictures as they are painted now: `python -m tests.golden_pictures --accept`. Without the flag it says what differs."""

from __future__ import annotations

import sys

from tests.pictures import GOLDEN, cases, difference, golden, painted, png_bytes, write_report


def main(arguments: list[str]) -> int:
    """0 when everything is as accepted, or has just been accepted; 1 with a report when something differs; 64 for other arguments."""
    if arguments not in ([], ["--accept"]):
        print(__doc__)
        return 64
    known = {case.name: case for case in cases()}
    changed = [name for name, case in known.items() if difference(painted(case), golden(name)) is not None]
    extra = sorted(path for path in GOLDEN.glob("*.png") if path.stem not in known)
    if arguments:
        GOLDEN.mkdir(exist_ok=True)
        for name in changed:
            (GOLDEN / f"{name}.png").write_bytes(png_bytes(known[name]))
        for path in extra:
            path.unlink()
        print(f"accepted {len(changed)} changed or new pictures, removed {len(extra)}, {len(known)} in all")
        return 0
    for line in [*changed, *(path.name for path in extra)]:
        print(line)
    if changed:
        print(f"see {write_report(changed)}")
    return int(bool(changed or extra))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
