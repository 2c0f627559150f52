"""The naive peer of a tap: what a competent person writes first from the libraries' own examples.

nfcpy's `connect()` with its defaults, TinyDB's JSON file, a message to the broker waited for, then the whole screen drawn anew
with a system font. It reads the same simulated field at the same modelled times, through the same patient transport, so that
only the design differs. Run as `python -m bench.peers.naive_kiosk FIELD_PATH BROKER_PORT DATABASE`; prints JSON lines.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import paho.mqtt.client as paho
import pygame
from tinydb import TinyDB, where
from tinydb.operations import add

from drivers.udp_reader import open_udp


def tell(event: str, **fields: object) -> None:
    """One line, with the wall clock like the kiosk's log."""
    print(json.dumps({"at": round(time.time(), 4), "event": event, **fields}), flush=True)


def draw(screen: pygame.Surface, name: str, points: int) -> None:
    """The whole greeting, from nothing."""
    screen.fill((15, 23, 34))
    font = pygame.font.SysFont("dejavusans", 60)
    screen.blit(font.render(f"Welcome, {name}!", True, (255, 255, 255)), (60, 60))
    screen.blit(font.render(f"{points} points", True, (70, 254, 253)), (60, 160))
    for place in range(4):
        pygame.draw.circle(screen, (249, 209, 100), (120 + place * 180, 360), 60)
    pygame.display.flip()


def main(path: str, port: int, database: Path) -> None:
    """Serve taps until killed."""
    db = TinyDB(database)
    members, facts = db.table("members"), db.table("facts")
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    pygame.init()
    screen = pygame.display.set_mode((800, 480))
    reader = open_udp(path)

    def tapped(tag: object) -> bool:
        tell("arrived")
        card = tag.identifier.hex()  # type: ignore[attr-defined]
        member = members.get(where("card") == card)
        assert isinstance(member, dict)
        facts.insert({"card": card, "at": time.time()})
        members.update(add("points", 10), where("card") == card)
        client.publish("naive/taps", json.dumps({"card": card}), qos=1).wait_for_publish()
        draw(screen, member["name"], member["points"] + 10)
        tell("painted")
        return True

    tell("ready")
    while True:
        try:
            reader.connect(rdwr={"on-connect": tapped})
        except RuntimeError:
            continue  # how nfcpy tells that the card left the simulated field during its presence check
        pygame.event.pump()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
