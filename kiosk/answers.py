"""The customer's answers: a face, a reason, whether a case was put right, the one question or invitation. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from display.scenes import Answer, Because, Button, Choose, Hide, Intent, MoreTime, Rate
from kiosk.messages import Committed, Note
from kiosk.phases import Asking, Beckoned, Conversation, Greeted, Idle, Inviting, Mending, Phase, Questioning, Thanked, Writing
from kiosk.talking import ASK_MS, DEAF_MS, EXTENSIONS_MAX, PAGE, THANKS_AFTER_BAD_MS, THANKS_MS, Step, chosen, longer, pages, to, write
from loyalty.counter.events import invitation_for
from loyalty.counter.tap import earned_by, question_for
from loyalty.facts import CaseAnswered, Face, QuestionAnswered, QuestionSkipped, Rating, Reason, ReasonCode, Replied
from loyalty.moment import Moment
from loyalty.programme.listening import Question

YES, NO, SKIP = 0, 1, 3  # the push-buttons of a yes or no


def touched(talk: Conversation, now: Moment, intent: Intent) -> Step | None:
    """What a touch means as an answer; None if it is none."""
    match talk.phase, intent:
        case Greeted() as greeted, Rate(face):
            return _rate(talk, now, greeted, face)
        case Greeted() as greeted, Button(index) if 0 <= index <= max(Face):
            return _rate(talk, now, greeted, Face(max(Face) - index))
        case Greeted() as greeted, MoreTime() if greeted.extensions < EXTENSIONS_MAX:
            return to(talk, longer(talk, now, greeted))
        case ((Greeted() | Asking()), Hide()):
            return to(talk, Idle())
        case Asking() as asking, Because(code):
            return _because(talk, now, asking, code)
        case Asking() as asking, Button(index):
            return _by_button(talk, now, asking, index, len(ReasonCode), lambda at: _because(talk, now, asking, list(ReasonCode)[at]))
        case ((Mending() | Beckoned()) as asked, _):
            return _yes_or_no(talk, now, asked, intent)
        case Questioning() as asked, _:
            return _questioned(talk, now, asked, intent)
    return None


def _rate(talk: Conversation, now: Moment, greeted: Greeted, face: Face) -> Step:
    """A face was pressed: a bad one asks why, a good one may lead to the one question of this visit, or else to an invitation."""
    standing, language = greeted.standing, greeted.welcome.language
    person = None if standing.view is None else standing.view.person
    until, deaf = now.mono_ms + ASK_MS, now.mono_ms + DEAF_MS
    body = Rating(standing.card, greeted.visit, face, max(0, now.mono_ms - greeted.shown_ms))
    earned, at = earned_by(talk.counter, standing, (body,), now)
    shown = 0 if greeted.welcome.balance is None else earned
    then: Phase = Thanked(language, False, shown, now.mono_ms + THANKS_MS)
    if face.is_bad:
        then = Asking(greeted.presentation, standing.card, 0, language, shown, until, deaf)
    elif question := question_for(at, standing):
        then = Questioning(greeted.presentation, standing, question, language, shown, until, deaf)
    elif evening := invitation_for(at, person):
        then = Beckoned(greeted.presentation, standing.card, evening, language, shown, until, deaf)
    return write(talk, now, greeted.presentation, (body,), then, chime="" if face.is_bad else "ok")


def _because(talk: Conversation, now: Moment, asking: Asking, code: ReasonCode) -> Step:
    thanked = Thanked(asking.language, True, asking.earned, now.mono_ms + THANKS_AFTER_BAD_MS)
    return write(talk, now, asking.presentation, (Reason(asking.card, asking.rating, code),), thanked)


def _by_button(talk: Conversation, now: Moment, phase: Asking | Questioning, index: int, count: int, choose: Callable[[int], Step]) -> Step:
    """The first three push-buttons choose, the last turns the page."""
    if index == PAGE:
        return to(talk, replace(phase, page=(phase.page + 1) % pages(count), until_ms=now.mono_ms + ASK_MS))
    place = chosen(index, phase.page, count)
    return (talk, []) if place is None else choose(place)


def _yes_or_no(talk: Conversation, now: Moment, asked: Mending | Beckoned, intent: Intent) -> Step:
    """Yes, no, or no word on it: then what was under way goes on."""
    match intent:
        case Answer(yes):
            return _said(talk, now, asked, yes)
        case Button(index) if index in (YES, NO):
            return _said(talk, now, asked, index == YES)
        case Hide():
            return go_on(talk, now, asked)
        case Button(index) if index == SKIP:
            return go_on(talk, now, asked)
    return talk, []


def _said(talk: Conversation, now: Moment, asked: Mending | Beckoned, yes: bool) -> Step:
    return _put_right(talk, now, asked, yes) if isinstance(asked, Mending) else _replied(talk, now, asked, yes)


def _put_right(talk: Conversation, now: Moment, mending: Mending, right: bool) -> Step:
    """The customer's word on a case; then the greeting goes on."""
    greeted = mending.greeted
    body = CaseAnswered(greeted.standing.card, mending.case, right)
    return write(talk, now, greeted.presentation, (body,), _resumed(talk, now, greeted), chime="ok" if right else "")


def _replied(talk: Conversation, now: Moment, beckoned: Beckoned, coming: bool) -> Step:
    """Coming or not is thanked for alike."""
    body = Replied(beckoned.card, beckoned.evening.club, beckoned.evening.event, coming)
    return write(talk, now, beckoned.presentation, (body,), _thanked(now, beckoned))


def go_on(talk: Conversation, now: Moment, asked: Mending | Beckoned) -> Step:
    """No word on a case or an invitation: the greeting, or the thank-you for the face, goes on, and the next visit asks again."""
    return to(talk, _resumed(talk, now, asked.greeted) if isinstance(asked, Mending) else _thanked(now, asked))


def _thanked(now: Moment, beckoned: Beckoned) -> Thanked:
    return Thanked(beckoned.language, False, beckoned.earned, now.mono_ms + THANKS_MS)


def _resumed(talk: Conversation, now: Moment, greeted: Greeted) -> Greeted:
    """The greeting from now on; what was said about the case has been said."""
    until = now.mono_ms + talk.shop.greeting_ms
    welcome = replace(greeted.welcome, said=None, second=None, case="")
    return replace(greeted, welcome=welcome, shown_ms=now.mono_ms, until_ms=until, left_ms=None)


def question_of(talk: Conversation, id_: str) -> Question | None:
    """The question of that name in the programme in force."""
    return next((each for each in talk.shop.book.now.question if each.id == id_), None)


def _questioned(talk: Conversation, now: Moment, asked: Questioning, intent: Intent) -> Step:
    question = question_of(talk, asked.question)
    if question is None or isinstance(intent, Hide):
        return skipped(talk, now, asked, silent=False)
    count = len(question.choices)
    match intent:
        case Choose(index) if 0 <= index < count:
            return _choice(talk, now, asked, question, index)
        case Button(index):
            return _by_button(talk, now, asked, index, count, lambda at: _choice(talk, now, asked, question, at))
    return talk, []


def _choice(talk: Conversation, now: Moment, asked: Questioning, question: Question, index: int) -> Step:
    """The question was answered; the thank-you does not depend on the answer."""
    body = QuestionAnswered(asked.standing.card, question.id, question.choices[index].id)
    earned, _ = earned_by(talk.counter, asked.standing, (body,), now)
    hidden = asked.standing.view is not None and asked.standing.view.person.hide_balance
    thanked = Thanked(asked.language, False, 0 if hidden else asked.earned + earned, now.mono_ms + THANKS_MS)
    return write(talk, now, asked.presentation, (body,), thanked)


def skipped(talk: Conversation, now: Moment, asked: Questioning, silent: bool) -> Step:
    """No answer is an answer, and nobody is asked the same soon."""
    body = QuestionSkipped(asked.standing.card, asked.question, silent)
    thanked = Thanked(asked.language, False, asked.earned, now.mono_ms + THANKS_MS)
    return write(talk, now, asked.presentation, (body,), Idle() if silent else thanked, chime="")


def committed(talk: Conversation, message: Committed, phase: Writing) -> Step:
    """An answer or a choice is on disk: what it leads to learns the number of its fact and the newest standing."""
    number, then = message.facts[0].id.number, phase.then
    match then:
        case Asking():
            then = replace(then, rating=number)
        case Questioning():
            then = replace(then, standing=message.standing.unnamed())
        case Greeted():
            then = replace(then, standing=message.standing)
        case Inviting() if talk.invitation is not None:
            talk = replace(talk, invitation=replace(talk.invitation, opened=number))
    notes = []
    if isinstance(body := message.facts[0].body, Rating):
        notes.append(Note("rated", {"presentation": message.presentation, "face": int(body.face), "fact": number}))
    return to(talk, then, *notes)
