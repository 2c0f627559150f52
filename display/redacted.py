"""A frame as it may be looked at from afar: nothing of the customer in front of the screen is left in it. Pure.

Everything a scene says of a person is replaced before anything is drawn, so that no painter, no file and no wire ever has it: the name,
every number of points, what is said to them, tier, codes, rewards, questions and evenings. What remains is the shape: which scene, in
which language, with how many buttons.
"""

from __future__ import annotations

from datetime import date, time
from typing import assert_never

from display.scenes import (
    Ask,
    BringFriend,
    ConfirmReward,
    Dark,
    Frame,
    FriendJoined,
    FriendKnown,
    Greeting,
    Identified,
    Invited,
    Menu,
    NotNow,
    Offer,
    OutOfService,
    PutRight,
    Reading,
    Ready,
    RewardCode,
    Rewards,
    Scene,
    SeeStaff,
    StaffCalled,
    Thanks,
    TryAgain,
    UnknownCard,
    UnusableCard,
    WhyBad,
)
from loyalty.said import GreetingKind, Said

MASK = "***"  # in place of every word: in all fonts, and nobody's name
MASKED_DAY = date(2000, 1, 1)
MASKED_TIME = time(0, 0)


def redacted(frame: Frame) -> Frame:
    """The same frame without the person. Since when there is no hub is the kiosk's own trouble and stays."""
    return Frame(_scene(frame.scene), frame.language, frame.offline_since)


def _scene(scene: Scene) -> Scene:
    match scene:
        case Greeting():
            return _greeting(scene)
        case Thanks(bad):
            return Thanks(bad, 0)
        case PutRight(name):
            return PutRight(_masked(name))
        case Ask(_, choices, page):
            return Ask(MASK, (MASK,) * len(choices), page)
        case Invited():
            return Invited(MASK, MASKED_DAY)
        case Rewards(_, offers, page):
            return Rewards(0, (Offer(MASK, 0),) * len(offers), page)
        case ConfirmReward():
            return ConfirmReward(MASK, 0, 0)
        case RewardCode():
            return RewardCode(MASK, MASK, 0)
        case FriendJoined(name):
            return FriendJoined(_masked(name))
        case (
            Ready()
            | Reading()
            | WhyBad()
            | TryAgain()
            | UnknownCard()
            | UnusableCard()
            | SeeStaff()
            | OutOfService()
            | Identified()
            | Dark()
        ):
            return scene
        case Menu() | NotNow() | BringFriend() | FriendKnown() | StaffCalled():
            return scene
    assert_never(scene)


def _masked(name: str | None) -> str | None:
    return None if name is None else MASK


def _greeting(scene: Greeting) -> Greeting:
    """Also what kind of thing is said, for "it is your birthday" says more than a name."""
    said = None if scene.said is None else Said(GreetingKind.NOTE, word=MASK, by=MASK)
    second = None if scene.second is None else Said(GreetingKind.NOTE, word=MASK, by=MASK)
    as_of = None if scene.as_of is None else MASKED_TIME
    balance = None if scene.balance is None else 0
    return Greeting(_masked(scene.name), balance, 0, as_of, 0, said, second, MASK if scene.tier else "", scene.options)
