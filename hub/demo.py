"""The whole hub in one command, for a demonstration: tables, members, ingest here, the pages in a process beside it.

Not for a shop: there `ingest` and `web` are two services, and nobody makes keys by themselves.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from config.schema import HubConfig
from config.secret_file import PEPPER_BYTES_MIN, read_secret
from hub import build
from hub.demo_members import seed
from hub.fencing import HeldShard
from hub.ingest import wall_ms

log = logging.getLogger(__name__)

BROKER_WAIT_S = 20.0  # the demo's own broker is up in milliseconds; a machine under load may take seconds
WEB_STOP_WAIT_S = 10.0  # twice what the server itself grants its readers


class DemoUnavailable(RuntimeError):
    """Something the demonstration needs is not there; the message says what and what to do."""


def make_key(path: Path) -> None:
    """Make a random key, readable by this user alone, where there is none. One that is there stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(secrets.token_hex(32), encoding="ascii")
    try:
        os.link(fresh, path)  # never overwrites, and is never seen half written
    except FileExistsError:
        log.debug("%s is there already", path)
    finally:
        fresh.unlink()


def run(config: HubConfig, path: Path, held: HeldShard, on_stop: Callable[[Callable[[], None]], None], say: Callable[[str], None]) -> None:
    """Seed, then listen and show until stopped; `on_stop` is given what to call then. `say` gets one JSON line when all is ready.

    Raises DemoUnavailable if there is no broker or the pages cannot be served, ConfigErrors for a bad pepper or programme.
    """
    core = build.receiver(config, held)
    pepper = read_secret("cards.pepper_file", config.cards.pepper_file, bytes_min=PEPPER_BYTES_MIN)
    with _web(path) as web:
        log.info("%d demo members new or changed", seed(core, pepper, wall_ms()))
        given_up = threading.Event()

        def give_up() -> None:
            given_up.set()
            ear.stop()

        def up() -> None:
            if late.is_alive():  # the first connection; the later ones are nothing new
                late.cancel()
                late.join()
                say(json.dumps({"event": "ready", "web": _url(web)}))

        ear = build.ingest(config, core, up)
        late = threading.Timer(BROKER_WAIT_S, give_up)
        on_stop(ear.stop)
        late.start()
        try:
            ear.run()
        finally:
            late.cancel()
            _end(web)
    if given_up.is_set():
        broker = f"{config.broker.host}:{config.broker.port}"
        raise DemoUnavailable(f"there is no broker at {broker}; start Mosquitto there, or name another in [broker]")


def _web(path: Path) -> subprocess.Popen[str]:
    """The pages in a process of their own, which ends when we do: its stdin is a pipe only we hold."""
    words = [sys.executable, "-m", "hub.cli", "web", "--config", str(path), "--until-stdin-closes"]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _url(web: subprocess.Popen[str]) -> str:
    """Where the pages are, from the process's first line. Raises DemoUnavailable if it ended instead; it has said why on stderr."""
    line = web.stdout.readline() if web.stdout else ""
    if not line:
        raise DemoUnavailable(f"the pages cannot be served (the web process ended with {web.wait()}); its reason stands above")
    return str(json.loads(line)["web"])


def _end(web: subprocess.Popen[str]) -> None:
    web.terminate()
    try:
        web.wait(WEB_STOP_WAIT_S)
    except subprocess.TimeoutExpired:
        log.warning("the web process did not stop; it is killed")
        web.kill()
