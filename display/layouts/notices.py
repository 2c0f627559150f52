"""Notices: scenes that say what happened and what to do, and ask for no answer. Their words, for every kind of screen. Pure."""

from __future__ import annotations

from display.scenes import FriendKnown, Identified, NotNow, OutOfService, SeeStaff, StaffCalled, TryAgain, UnknownCard, UnusableCard
from display.words import Phrase, Words

Notice = TryAgain | UnknownCard | UnusableCard | OutOfService | NotNow | FriendKnown | StaffCalled | SeeStaff | Identified


def notice_words(scene: Notice, words: Words) -> tuple[Phrase, Phrase]:
    """What happened, and what to do."""
    match scene:
        case TryAgain(trouble):
            return words.trouble(trouble)
        case UnknownCard():
            return words.unknown_card()
        case UnusableCard():
            return words.unusable_card()
        case OutOfService(outage):
            return words.out_of_service(outage)
        case NotNow(why):
            return words.not_now(why)
        case FriendKnown():
            return words.friend_known()
        case StaffCalled(minutes):
            return words.staff_called(minutes)
        case SeeStaff():
            return words.see_staff()
        case Identified(kiosk):
            return words.identified(kiosk)
