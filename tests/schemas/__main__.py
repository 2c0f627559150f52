"""Write schemas and AsyncAPI documents as the code says now: `python -m tests.schemas --accept`. Without the flag it says what differs."""

from __future__ import annotations

import sys

from tests.schemas.documents import DOCS, files, stored


def main(arguments: list[str]) -> int:
    """0 when docs/ says what the code says, or has just been made to; 1 with what differs; 64 for other arguments."""
    if arguments not in ([], ["--accept"]):
        print(__doc__)
        return 64
    wanted, there = files(), stored()
    changed = sorted(path for path in wanted if wanted[path] != there.get(path))
    extra = sorted(there.keys() - wanted.keys())
    if arguments:
        for path in changed:
            (DOCS / path).parent.mkdir(parents=True, exist_ok=True)
            (DOCS / path).write_text(wanted[path], encoding="utf-8")
        for path in extra:
            (DOCS / path).unlink()
        print(f"wrote {len(changed)} changed or new files, removed {len(extra)}, {len(wanted)} in all")
        return 0
    for path in [*changed, *extra]:
        print(f"docs/{path}")
    return int(bool(changed or extra))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
