"""The scripted minute: a shop's day in little, every promise of the product checked as it is played.

It prints a timeline with timings on stdout and leaves pictures, logs and `timeline.json` in its folder. Any promise broken:
exit code 1. How acts are played and judged is `teller`.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from kiosk.demo.folder import DemoTrouble
from kiosk.demo.stage import Stage
from kiosk.demo.teller import EVENT_WAIT_S, Broken, Teller

UNHAPPY = "m_demo02"  # whose card is 2
READING_S = 0.5  # the customer reads the question; it takes no answer before it can have been read


def play(out: Path | None, acts: Sequence[Act] | None = None, wait_s: float = EVENT_WAIT_S) -> int:
    """Play the minute, or other `acts`. Returns 0 when every promise was kept, else 1. Raises MosquittoMissing, DemoTrouble."""
    folder = out.resolve() if out else Path(tempfile.mkdtemp(prefix="stupeni-demo-"))
    began = time.monotonic()
    with Stage(folder, "none", lambda text: click.echo(f"{time.monotonic() - began:6.2f} s  {text}")) as stage:
        teller = Teller(stage, began, wait_s)
        try:
            for act in MINUTE if acts is None else acts:
                act(teller)
        except (Broken, DemoTrouble) as broken:
            teller.say(str(broken), False)
            click.echo(f"a promise was broken: {broken}. Logs: {folder}", err=True)
        lines = teller.lines
    (folder / "timeline.json").write_text(json.dumps([asdict(line) for line in lines], indent=1))
    kept = all(line.kept for line in lines)
    click.echo(f"{'every promise kept' if kept else 'NOT every promise kept'}; pictures, logs and timeline: {folder}")
    return 0 if kept else 1


def _opening(teller: Teller) -> None:
    stage = teller.stage
    teller.await_("painted", "the kiosk is up and has found its reader", scene="Ready")
    teller.await_("hub.synced", "hub and kiosk know of one another")
    teller.expect(lambda: stage.tell_kiosk("x"), "key", "it answers its keyboard", key="x")
    teller.began = teller.figures()["facts"] - teller.written
    teller.picture("ready")


def _greeted(teller: Teller, card: str, what: str, said: str) -> None:
    """A card is laid, and this is said."""
    teller.expect(lambda: teller.stage.lay(card), "greeted", what, said=said)
    teller.await_("painted", "it is on the glass, from disk", scene="Greeting")
    teller.picture(said.replace("_", "-"))


def _cleared(teller: Teller) -> None:
    teller.expect(teller.stage.lift, "painted", "card lifted, screen cleared", scene="Ready")


def _birthday(teller: Teller) -> None:
    stage = teller.stage
    _greeted(teller, "1", "card 1: a birthday, greeted by name", "birthday")
    teller.expect(lambda: stage.tell_kiosk("a"), "committed", "best face pressed", kind="rating")
    teller.caught_up(teller.began)
    _cleared(teller)
    before = teller.figures()["points"]
    _again(teller, "1")
    teller.caught_up(teller.began)
    teller.say("a second visit of the day gives nothing twice", teller.figures()["points"] == before)
    _cleared(teller)


def _again(teller: Teller, card: str) -> None:
    """The same card as a visit of its own: what comes back within two seconds is the same visit."""
    time.sleep(2.1)
    teller.expect(lambda: teller.stage.lay(card), "greeted", f"card {card} again")


def _burn_and_complaint(teller: Teller) -> None:
    stage, before = teller.stage, teller.figures()["cases"]
    _greeted(teller, "2", "card 2: points that burn soon", "burn")
    teller.expect(lambda: stage.tell_kiosk("f"), "painted", "worst face pressed: asked why", scene="WhyBad")
    teller.picture("why-ru")
    time.sleep(READING_S)
    teller.expect(lambda: stage.tell_kiosk("s"), "painted", "reason pressed: thanked without cheering", scene="Thanks")
    teller.hub("the hub has opened a case", lambda now: now["cases"] == before + 1)
    _cleared(teller)


def _put_right(teller: Teller) -> None:
    """Staff act at once; the customer, still in the shop, is asked at the next tap."""
    stage = teller.stage
    cases = stage.hub_status()["cases"]
    about = next({"member": each["member"], "case": each["case"]} for each in cases if each["member"] == UNHAPPY)
    stage.desk("case.stepped", **about, step="acknowledged", by="maryna")
    stage.desk("points.goodwill", **about, points=50, by="maryna")
    stage.desk("case.stepped", **about, step="resolved", by="maryna")
    teller.began += 3
    teller.caught_up(teller.began)
    teller.expect(lambda: stage.lay("2"), "painted", "card 2 again: did we put it right?", scene="PutRight")
    teller.picture("put-right")
    teller.expect(lambda: stage.tell_kiosk("a"), "painted", "yes: the greeting goes on", scene="Greeting")
    teller.hub("only the customer's word closed the case", lambda now: now["cases"] == len(cases) - 1)
    _cleared(teller)


def _promotion_and_reward(teller: Teller) -> None:
    stage = teller.stage
    _greeted(teller, "3", "card 3: this very visit reaches a tier", "promotion")
    teller.caught_up(teller.began)
    before = teller.figures()["points"]
    teller.expect(lambda: stage.tell_kiosk("r"), "painted", "the menu", scene="Menu")
    teller.expect(lambda: stage.tell_kiosk("a"), "painted", "rewards for points", scene="Rewards")
    teller.picture("rewards")
    teller.expect(lambda: stage.tell_kiosk("a"), "painted", "one is chosen", scene="ConfirmReward")
    teller.expect(lambda: stage.tell_kiosk("a"), "painted", "confirmed: on disk, then its code is shown", scene="RewardCode")
    teller.picture("reward-code")
    teller.began += 1  # the hub's own: it set the points aside before the code was shown
    teller.caught_up(teller.began)
    teller.say("the hub's points are fewer by it", teller.figures()["points"] < before)
    stage.tell_kiosk("h")
    stage.lift()


def _welcome_back_and_friend(teller: Teller) -> None:
    stage = teller.stage
    _greeted(teller, "4", "card 4: welcome back after a long absence", "welcome_back")
    teller.expect(lambda: stage.tell_kiosk("r"), "painted", "the menu", scene="Menu")
    teller.expect(lambda: stage.tell_kiosk("s"), "painted", "bring a friend", scene="BringFriend")
    teller.picture("bring-friend")
    stage.lift()
    teller.expect(lambda: stage.lay("5"), "painted", "card 5, a friend's, laid within the minute", scene="FriendJoined")
    teller.await_("greeted", "and greeted for the first time", said="welcome")
    teller.await_("painted", "it is on the glass", scene="Greeting")
    teller.picture("welcome")
    teller.caught_up(teller.began)
    _cleared(teller)


def _strange_things(teller: Teller) -> None:
    stage = teller.stage
    teller.expect(lambda: stage.lay("phone"), "painted", "a phone laid: refused kindly", scene="UnusableCard")
    teller.picture("phone")
    stage.lift()
    teller.expect(stage.toggle_reader, "painted", "reader unplugged: said on the screen", scene="OutOfService")
    teller.picture("no-reader")
    teller.expect(stage.toggle_reader, "painted", "reader plugged in: ready again by itself", scene="Ready")


def _cable_cut(teller: Teller) -> None:
    stage, before = teller.stage, teller.figures()
    teller.expect(stage.toggle_network, "link.gone", "network cut")
    teller.expect(lambda: stage.lay("6"), "painted", "card 6, never seen here, off line: its visit counts", scene="Greeting")
    teller.picture("greeting-offline")
    teller.expect(lambda: stage.tell_kiosk("s"), "committed", "and its rating", kind="rating")
    teller.expect(stage.lift, "painted", "screen cleared", scene="Ready")
    teller.expect(lambda: stage.lay("1"), "painted", "card 1 again, off line: greeted with the balance of before", scene="Greeting")
    teller.picture("greeting-offline-known")
    teller.say("the hub knows nothing of it yet", teller.figures() == before)


def _plug_pulled(teller: Teller) -> None:
    stage = teller.stage
    teller.expect(stage.pull_plug, "exited", "power pulled in the middle of a greeting")
    stage.lift()
    teller.expect(stage.start_kiosk, "painted", "power back: ready again", scene="Ready")
    teller.picture("ready-again")
    teller.expect(lambda: stage.lay("1"), "committed", "card 1 a third time, still off line", kind="visit")
    teller.expect(stage.lift, "painted", "screen cleared", scene="Ready")


def _mended(teller: Teller) -> None:
    stage = teller.stage
    teller.expect(stage.toggle_network, "hub.synced", "network mended: hub and kiosk in sync")
    teller.caught_up(teller.began)
    status = stage.hub_status()
    teller.say("the hub put no fact aside and misses none", not status["put_aside"] and not status["lost"])
    said = stage.explain(UNHAPPY)
    teller.say("the hub explains each point of card 2's member", "goodwill" in said.lower())


Act = Callable[[Teller], None]
MINUTE: tuple[Act, ...] = (
    _opening,
    _birthday,
    _burn_and_complaint,
    _put_right,
    _promotion_and_reward,
    _welcome_back_and_friend,
    _strange_things,
    _cable_cut,
    _plug_pulled,
    _mended,
)
