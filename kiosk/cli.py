"""The command line `stupeni`. What a command does lives elsewhere; here are its words, its exit codes and its help.

Data goes to stdout, prose to stderr. Exit codes: 0 done, 1 failed, 2 wrong use, 69 something needed is not there, 74 the
disk or the store refuses, 78 the configuration is wrong (systemd does not restart on 78: only a person can cure it).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import click

from config.load import KIOSK_FILE, Loaded, load_kiosk
from config.schema import KioskConfig
from kiosk.command import EXIT_CONFIG, EXIT_IO, EXIT_UNAVAILABLE, config_option, fail, json_option, set_option, troubles
from kiosk.outbox_cli import outbox

# Python lets a busy thread keep the interpreter for 5 ms: as long as the loop draws, nothing could be sent or sensed.
# With half a millisecond the 99th percentile of a hop between threads falls from 11 ms to 1.
THREAD_TURN_S = 0.0005


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="stupeni", message="%(version)s")
def main() -> None:
    """Stupeni: the loyalty kiosk. `stupeni demo` shows it without any hardware."""


@main.command()
@config_option
@set_option
def run(config_file: Path | None, flags: tuple[str, ...]) -> None:
    """Run the kiosk on this machine's reader, screens and panel until stopped."""
    started_s = time.monotonic()
    from kiosk.devices import Counter

    if not (config_file or KIOSK_FILE.exists() or "STUPENI_CONFIG" in os.environ):
        click.echo(f"there is no {KIOSK_FILE}: the shipped defaults hold; docs/quick-start.md says how to begin", err=True)
    with troubles():
        run_kiosk(load_kiosk(config_file, flags=flags, environment=os.environ), Counter(), started_s)


def run_kiosk(own: Loaded[KioskConfig], devices: Any, started_s: float) -> None:
    """Build a kiosk and run it until SIGTERM or SIGINT, which only set a flag, or until it wants to begin as a fresh program. A thread that
    died ends it with 1.

    `own`: the configuration of this machine; what was pushed from afar comes on top.
    """
    from kiosk.again import begin_again
    from kiosk.build import kiosk
    from kiosk.log import set_up
    from kiosk.pushed_file import FILE_NAME, PushedFile
    from kiosk.threads import watched_threads

    os.umask(0o077)  # names lie in the store: nobody else on this machine is to read it
    set_up(own.config.log.level, own.config.log.format)
    pushed = PushedFile(own.config.kiosk.state_dir / FILE_NAME, own)
    config = pushed.begin()
    set_up(config.log.level, config.log.format)
    sys.setswitchinterval(THREAD_TURN_S)
    ends: list[Callable[[], None]] = []
    with watched_threads(lambda: [end() for end in ends]) as dead, kiosk(config, devices, pushed, started_s) as built:

        def stop(_signal: int, _frame: FrameType | None) -> None:
            built.loop.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        ends.append(built.loop.stop)
        if dead:  # while it was being built
            built.loop.stop()
        built.run()
    if dead:
        sys.exit(1)
    pushed.stop()
    if built.loop.again:
        begin_again()


@main.command()
@click.option("--script", is_flag=True, help="Play one scripted minute by itself and check every promise (also without a terminal).")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for pictures, logs and the timeline of the script.")
def demo(script: bool, out: Path | None) -> None:
    """The whole shop on this machine: a simulated card reader, a private broker, a hub and a kiosk."""
    from kiosk.demo.folder import DemoTrouble
    from kiosk.demo.terminal import SmallTerminal
    from mqtt.private_broker import MosquittoMissing

    _stop_in_order()
    try:
        if script or not (sys.stdin.isatty() and sys.stdout.isatty()):
            from kiosk.demo.story import play

            sys.exit(play(out))
        from kiosk.demo.console import converse

        sys.exit(converse(out))
    except MosquittoMissing as missing:
        fail(EXIT_UNAVAILABLE, str(missing))
    except DemoTrouble as trouble:
        fail(1, f"the demo could not go on: {trouble}")
    except SmallTerminal as small:
        fail(EXIT_UNAVAILABLE, str(small))


def _stop_in_order() -> None:
    """A closed terminal or a `kill` ends the demo as `q` does: broker, hub and kiosk are processes that would else stay behind."""

    def stop(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGHUP, stop)


@main.command()
@click.option("--port", default=0, show_default="any free one", help="UDP port on 127.0.0.1; a kiosk reads it as udp:127.0.0.1:PORT.")
@click.option(
    "--timing", type=click.Choice(["none", "pn532-115200", "pn532-921600"]), default="none", help="How slowly a real reader would answer."
)
@click.argument("script", type=click.File("r"), default="-")
def sim(port: int, timing: str, script: Any) -> None:
    """A simulated card field for any kiosk: reads commands from SCRIPT or stdin, one a line.

    lay ntag215 04A1B2C3D4E5F6 | lay phone | lift | unplug | replug | wait 1.5
    """
    from kiosk.simulate import simulate

    try:
        sys.exit(simulate(port, timing, script))
    except OSError as error:
        fail(EXIT_UNAVAILABLE, f"UDP port {port} on 127.0.0.1 cannot be had ({error.strerror}); name another, or none for any free one")


@main.group()
def config() -> None:
    """Look at the configuration."""


@config.command("show")
@config_option
@set_option
@click.option("--origin", is_flag=True, help="Also say where each value was written.")
@json_option
def config_show(config_file: Path | None, flags: tuple[str, ...], origin: bool, as_json: bool) -> None:
    """Every setting and its value; files with secrets are named, never opened."""
    with troubles():
        from kiosk.pushed_file import with_pushed

        rows = with_pushed(load_kiosk(config_file, flags=flags, environment=os.environ)).origins()
    if as_json:
        click.echo(json.dumps([{"key": row.key, "value": row.value} | ({"origin": row.origin} if origin else {}) for row in rows]))
        return
    width = max(len(f"{row.key} = {row.value}") for row in rows) if origin else 0
    for row in rows:
        click.echo(f"{row.key} = {row.value}".ljust(width) + (f"  # {row.origin}" if origin else ""))


@config.command("check")
@config_option
@set_option
@json_option
def config_check(config_file: Path | None, flags: tuple[str, ...], as_json: bool) -> None:
    """Say everything that is wrong with the configuration and the files it names, all at once. Exit code 78 if anything is."""
    from kiosk.checks import faults_of

    faults = faults_of(config_file, flags, os.environ)
    if as_json:
        click.echo(json.dumps({"ok": not faults, "errors": faults}))
    elif not faults:
        click.echo("the configuration is right", err=True)
    else:
        click.echo("\n".join(faults), err=True)
    sys.exit(EXIT_CONFIG if faults else 0)


@main.command()
@click.argument("scene", required=False)
@click.option("--language", type=click.Choice(["en", "uk", "ru"]), default="en", show_default=True)
@click.option("--layout", type=click.Choice(["wide", "mono"]), default="wide", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="PNG file to write; else SCENE-LAYOUT-LANGUAGE.png here.")
@config_option
@set_option
def screenshot(scene: str | None, language: str, layout: str, out: Path | None, config_file: Path | None, flags: tuple[str, ...]) -> None:
    """Draw one scene as this kiosk's screen would show it. Without SCENE: list the scenes."""
    from kiosk.pictures import draw, scene_names

    if scene is None:
        click.echo("\n".join(scene_names()))
        return
    if scene not in scene_names():
        fail(2, f"there is no scene {scene!r}; `stupeni screenshot` lists them")
    with troubles():
        config = load_kiosk(config_file, flags=flags, environment=os.environ).config
        picture = draw(scene, language, layout, config.display)
    path = out or Path(f"{scene}-{layout}-{language}.png")
    try:
        path.write_bytes(picture)
    except OSError as error:
        fail(EXIT_IO, f"{path} cannot be written ({error.strerror})")
    click.echo(str(path))


main.add_command(outbox)

if __name__ == "__main__":
    main()
