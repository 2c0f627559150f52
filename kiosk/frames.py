"""What is on the glass: the frame of a state, read off it and never commanded, so it cannot disagree with it. Pure."""

from __future__ import annotations

from datetime import datetime, time, tzinfo

from display import scenes
from display.scenes import Frame, Outage, Scene, Trouble
from kiosk import phases
from kiosk.answers import question_of
from kiosk.choices import entries
from kiosk.outbox import Outbox
from kiosk.phases import Conversation, Greeted, Phase
from loyalty.codec import TIME_MS_MAX
from loyalty.facts import ReasonCode
from loyalty.moment import Moment
from loyalty.programme.rules import in_language

LANGUAGE_TURN_MS = 6_000  # how long the invitation stays in one language
OFFLINE_SHOWN_AFTER_MS = 5_000  # a start or a blink of the network is nobody's news
SORRIES: dict[str, Scene] = {"unknown": scenes.UnknownCard(), "unusable": scenes.UnusableCard(), "blocked": scenes.SeeStaff()}


def frame_of(talk: Conversation, box: Outbox, now: Moment) -> Frame:
    """What is on the glass now."""
    away = box.away_since
    hidden = away is None or now.mono_ms - away.mono_ms < OFFLINE_SHOWN_AFTER_MS
    since = None if away is None or hidden else _clock(away.wall_ms, talk.shop.book.zone)
    return Frame(scene_of(talk, talk.phase, now), language_of(talk, talk.phase, now), since)


def _clock(wall_ms: int, zone: tzinfo) -> time:
    return datetime.fromtimestamp(min(wall_ms, TIME_MS_MAX) / 1000, zone).time().replace(second=0, microsecond=0)


def scene_of(talk: Conversation, phase: Phase, now: Moment) -> Scene:
    """What a phase shows."""
    match phase:
        case phases.Reading():
            return scenes.Reading()
        case phases.Writing(was=was):
            return scene_of(talk, was, now)
        case Greeted():
            return _greeting(talk, phase)
        case phases.Mending(greeted=greeted):
            return scenes.PutRight(greeted.welcome.name)
        case phases.Asking(page=page):
            return scenes.WhyBad(tuple(ReasonCode), page)
        case phases.Questioning():
            return _question(talk, phase)
        case phases.Beckoned(evening=evening):
            return scenes.Invited(evening.title, evening.day)
        case phases.Thanked(_, bad, earned):
            return scenes.Thanks(bad, earned)
        case phases.Sorry(why):
            return SORRIES.get(why) or scenes.TryAgain(Trouble(why))
        case phases.Idle():
            return _nobody(talk)
    return _chosen(talk, phase, now)


def _chosen(talk: Conversation, phase: Phase, now: Moment) -> Scene:
    """What a customer's own choice shows."""
    match phase:
        case phases.Browsing(offers=offers, balance=balance, page=page):
            return scenes.Rewards(balance, tuple(scenes.Offer(each.title, each.points, each.missing) for each in offers), page)
        case phases.Confirming(offer=offer, balance=balance, token=token):
            return scenes.Reading() if token else scenes.ConfirmReward(offer.title, offer.points, balance - offer.points)
        case phases.Coded(_, title, code, until):
            return scenes.RewardCode(title, code, _seconds(until, now))
        case phases.Refused(why=why):
            return scenes.NotNow(why)
        case phases.Inviting(until_ms=until):
            return scenes.BringFriend(_seconds(until, now))
        case phases.Joined(known=known):
            return scenes.FriendKnown() if known else scenes.FriendJoined(None)
        case phases.Called(minutes=minutes):
            return scenes.StaffCalled(minutes)
    assert isinstance(phase, phases.Choosing)  # noqa: S101 - the last there is
    return scenes.Menu(entries(talk, phase.greeted))


def _nobody(talk: Conversation) -> Scene:
    if talk.store_broken:
        return scenes.OutOfService(Outage.STORE)
    if talk.reader_up is None:
        return scenes.Reading()  # the first moment of a start
    return scenes.Ready(talk.shop.name) if talk.reader_up else scenes.OutOfService(Outage.READER)


def _seconds(until_ms: int, now: Moment) -> int:
    """Whole seconds left, never none while it is shown."""
    return max(1, -(-(until_ms - now.mono_ms) // 1000))


def _greeting(talk: Conversation, greeted: Greeted) -> scenes.Greeting:
    """Name and balance; without a hub the balance says how old it is and what is counted here on top."""
    said = greeted.welcome
    options = bool(entries(talk, greeted))
    if talk.online or said.as_of_ms is None or said.balance is None:
        return scenes.Greeting(said.name, said.balance, said.earned, None, 0, said.said, said.second, said.tier, options)
    as_of = _clock(said.as_of_ms, talk.shop.book.zone)
    return scenes.Greeting(said.name, said.balance, said.earned, as_of, said.waiting, said.said, said.second, said.tier, options)


def _question(talk: Conversation, asked: phases.Questioning) -> Scene:
    question = question_of(talk, asked.question)
    if question is None:
        return scenes.Thanks(False, asked.earned)
    language = language_of(talk, asked, None)
    choices = tuple(in_language(choice.title, language) for choice in question.choices)
    return scenes.Ask(in_language(question.text, language), choices, asked.page)


def language_of(talk: Conversation, phase: Phase, now: Moment | None) -> str:
    """The customer's language where it is known and spoken here; on the inviting screen each in turn; else the shop's first."""
    languages = talk.shop.languages
    match phase:
        case phases.Writing(was=was):
            return language_of(talk, was, now)
        case Greeted(welcome=said):
            wanted = said.language
        case phases.Mending(greeted=greeted) | phases.Choosing(greeted=greeted):
            wanted = greeted.welcome.language
        case phases.Browsing(greeted=greeted) | phases.Confirming(greeted=greeted):
            wanted = greeted.welcome.language
        case phases.Idle() if now is not None:
            wanted = languages[now.mono_ms // LANGUAGE_TURN_MS % len(languages)]
        case _:
            wanted = getattr(phase, "language", None)
    return wanted if wanted in languages else languages[0]


def turn_ms(talk: Conversation, now: Moment) -> int | None:
    """When the picture changes by time alone: another language, another second of a countdown; None if it does not."""
    match talk.phase:
        case phases.Idle():
            return (now.mono_ms // LANGUAGE_TURN_MS + 1) * LANGUAGE_TURN_MS
        case phases.Coded(until_ms=until) | phases.Inviting(until_ms=until):
            return now.mono_ms + ((until - now.mono_ms - 1) % 1000) + 1
    return None
