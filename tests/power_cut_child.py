"""The victim of test_kiosk_power_cut.py: taps as fast as it can and prints the number of each tap once it is on the disk."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from kiosk.documents import Documents, Layout, open_documents

LAYOUTS = {"facts": Layout(index=("card",), append_only=True), "members": Layout(keyed=True)}
CARDS = 7


def tap(db: Documents, number: int) -> int:
    """Tap number `number` from 1: one fact, one member with the count of its facts. Returns the fact's id."""
    ref = f"card-{number % CARDS}"
    with db.transaction():
        member = db.table("members").get_by_key(ref) or {"facts": 0}
        fact_id = db.table("facts").insert({"card": ref, "number": number, "pad": "x" * (number % 900)})
        db.table("members").put(ref, {"facts": member["facts"] + 1, "newest": fact_id})
    return fact_id


def main() -> None:
    db = open_documents(Path(sys.argv[1]), LAYOUTS)
    number = db.table("facts").last_id()
    if sys.argv[2] == "housekeeping":  # the other moment a power cut may strike: the journal moving into the database
        while True:
            number = tap(db, number + 1)
            os.write(1, b"%d\n" % number)
            if number % 20 == 0:
                db.checkpoint(wipe=number % 40 == 0)
    while True:
        number = tap(db, number + 1)
        os.write(1, b"%d\n" % number)


if __name__ == "__main__":
    main()
