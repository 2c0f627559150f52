"""The conversation with the customer, from the card's arrival to the greeting, and what ends by itself. Pure.

The phases are values of `phases`; answers to what is asked are in `answers`, what the customer chooses to do in `choices`.
Nothing is promised before `Committed` says that it is on disk.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

from display.scenes import Intent, Trouble
from kiosk import answers, choices
from kiosk.messages import (
    CardArrived,
    CardLeft,
    CardRead,
    CardUnreadable,
    CardUnusable,
    Chime,
    CommitFailed,
    Committed,
    CustomerMessage,
    Effect,
    KeepViews,
    Note,
    ReaderFound,
    ReaderLost,
    Recall,
    Recalled,
    Send,
    Touched,
)
from kiosk.phases import (
    Asking,
    Beckoned,
    Confirming,
    Conversation,
    Greeted,
    Idle,
    Joined,
    Mending,
    Phase,
    Questioning,
    Reading,
    Recent,
    Sorry,
    Writing,
)
from kiosk.talking import ASK_MS, NOTICE_MS, Step, to, write
from loyalty.counter.standing import Standing
from loyalty.counter.tap import Welcome, plan_visit, welcome_again
from loyalty.facts import Evidence, Visit
from loyalty.moment import Moment
from loyalty.shapes import Malformed
from mqtt.messages import Lookup, LookupAnswer, LookupStatus

LOOKUP_WAIT_MS = 3_000  # a hub answers in milliseconds; longer than this nobody stands and waits
AGAIN_MS = 2_000
SORRY_MS = 5_000  # an unknown card: two sentences to read
READ_WAIT_MS = 4_000  # the reader gives up sooner; this only keeps a lost word from freezing the screen


def step(talk: Conversation, message: CustomerMessage) -> Step:
    """What a message from the reader, the customer or the store means."""
    match message:
        case CardArrived(now, presentation, repeat, stale):
            return _arrived(talk, now, presentation, repeat, stale)
        case CardRead():
            return _read(talk, message)
        case Recalled(now, presentation, standing):
            return _recalled(talk, now, presentation, standing)
        case CardUnusable(now, presentation):
            return _refused(talk, presentation, Sorry("unusable", now.mono_ms + SORRY_MS, presentation), "card.unusable")
        case CardUnreadable(now, presentation, trouble):
            return _refused(talk, presentation, Sorry(trouble, now.mono_ms + AGAIN_MS, presentation), f"card.{trouble.value}")
        case CardLeft(now, presentation):
            return _left(talk, now, presentation)
        case Touched(now, intent):
            return _touched(talk, now, intent)
        case CommitFailed(now, presentation, why):
            return _not_saved(talk, now, presentation, why)
        case ReaderFound(_, reader):
            return replace(talk, reader_up=True), [Note("reader.found", {"reader": reader})]
        case ReaderLost(_, why):
            return replace(talk, reader_up=False), [Note("reader.lost", {"why": why}, warning=True)] if talk.reader_up is not False else []


def _arrived(talk: Conversation, now: Moment, presentation: int, repeat: bool, stale: bool) -> Step:
    if stale:
        return replace(talk, stale=presentation), [Note("card.stale", {"presentation": presentation})]
    reading = Reading(presentation, now.mono_ms + READ_WAIT_MS)
    recent = talk.recent if repeat else None  # what came before a pause is another visit, even of the same card
    return to(replace(talk, stale=None, recent=recent), reading, Note("card.arrived", {"presentation": presentation}))


def _read(talk: Conversation, message: CardRead) -> Step:
    """The card is known by its reference: look up what is known about it."""
    phase = talk.phase
    if not isinstance(phase, Reading | Sorry) or phase.presentation != message.presentation:
        return talk, []
    reading = Reading(message.presentation, message.now.mono_ms + READ_WAIT_MS, message.card, message.evidence)
    return to(talk, reading, Recall(message.presentation, message.card))


def _recalled(talk: Conversation, now: Moment, presentation: int, standing: Standing) -> Step:
    """A card that comes right back is greeted as it stands now; one never seen here is asked of the hub while there is one.

    After the hub's answer the card is recalled once more: what the member did here with other cards is then on top.
    """
    phase = talk.phase
    if not isinstance(phase, Reading) or phase.presentation != presentation or phase.evidence is None:
        return talk, []
    blocked = standing.view is not None and standing.view.blocked
    if talk.recent is not None and talk.recent.card == standing.card and not blocked:
        return _again(talk, now, phase, talk.recent, standing)
    if standing.view is None and phase.standing is not None:
        standing = phase.standing  # the hub has answered: where its word could not be kept, it counts all the same
    elif standing.view is None and talk.online:
        token = blake2b(f"{talk.epoch}/{presentation}".encode(), digest_size=16).digest()
        asking = replace(phase, token=token, standing=standing, until_ms=now.mono_ms + LOOKUP_WAIT_MS)
        return to(talk, asking, Send(Lookup(standing.card, token)))
    return _visit(talk, now, phase, standing, phase.evidence)


def _again(talk: Conversation, now: Moment, phase: Reading, recent: Recent, standing: Standing) -> Step:
    """The same visit, greeted once more."""
    try:
        recent = replace(recent, welcome=welcome_again(talk.counter, standing, recent.welcome, now))
    except Malformed:  # what is known was spoilt within two seconds: what was said then still holds
        standing = replace(standing, view=None)
    greeted = replace(_greeting(talk, now, phase, recent.welcome, standing), visit=recent.visit)
    return to(replace(talk, recent=recent), greeted, Chime("ok"), _greeted_note(phase.presentation, recent.visit, recent.welcome))


def answered(talk: Conversation, now: Moment, answer: LookupAnswer) -> Step:
    """The hub knows (or does not know) the card that was asked for, or cannot say now; a late answer only fills the cache."""
    keep: list[Effect] = [KeepViews(((answer.card, answer.view),))] if answer.view is not None else []
    phase = talk.phase
    if not isinstance(phase, Reading) or phase.token != answer.token or phase.card != answer.card or phase.evidence is None:
        return talk, keep
    if answer.status is LookupStatus.UNKNOWN:
        return _stranger(talk, now, phase)
    standing = phase.standing or Standing(answer.card)
    known = standing if answer.view is None else standing.with_view(answer.view)
    return to(talk, replace(phase, token=None, standing=known), *keep, Recall(phase.presentation, answer.card))


def _stranger(talk: Conversation, now: Moment, phase: Reading) -> Step:
    """A card nobody has yet: how to join. If somebody brought its owner along, that is written down for the day they join."""
    sorry = Sorry("unknown", now.mono_ms + SORRY_MS)
    friend = choices.friend_of(talk, now, phase.card or "", "")
    if friend is not None:
        joined = Joined(choices.inviter_language(talk), False, now.mono_ms + NOTICE_MS, sorry)
        return write(talk, now, phase.presentation, (friend,), joined, invitation=None)
    return to(talk, sorry, Chime("again"), Note("card.unknown"))


def _visit(talk: Conversation, now: Moment, phase: Reading, standing: Standing, evidence: Evidence) -> Step:
    """The visit and all that it brings, to be written; then the greeting. A view that cannot be read is none."""
    if standing.view is not None and standing.view.blocked:
        return to(talk, Sorry("blocked", now.mono_ms + SORRY_MS, phase.presentation), Chime("stop"), Note("card.blocked"))
    try:
        return _planned(talk, now, phase, standing, Visit(standing.card, evidence))
    except Malformed as error:
        talk, effects = _planned(talk, now, phase, replace(standing, view=None), Visit(standing.card, evidence))
        return talk, [Note("view.unreadable", {"where": error.field}, warning=True), *effects]


def _planned(talk: Conversation, now: Moment, phase: Reading, standing: Standing, visit: Visit) -> Step:
    view = standing.view
    friend = choices.friend_of(talk, now, standing.card, "" if view is None else view.member)
    known = friend is not None and choices.was_here(talk, standing)
    plan = plan_visit(talk.counter, standing, visit, now, None if known else friend)
    greeted = _greeting(talk, now, phase, plan.welcome, standing)
    then: Phase = greeted
    if plan.welcome.case:
        then = Mending(greeted, plan.welcome.case, now.mono_ms + ASK_MS)
    elif friend is not None:
        then = Joined(choices.inviter_language(talk), known, now.mono_ms + NOTICE_MS, greeted)
    invitation = talk.invitation if friend is None else None
    return write(replace(talk, phase=phase), now, phase.presentation, plan.bodies, then, invitation=invitation)


def _greeting(talk: Conversation, now: Moment, phase: Reading, welcome: Welcome, standing: Standing) -> Greeted:
    until = now.mono_ms + talk.shop.greeting_ms
    left_ms = now.mono_ms + talk.shop.after_left_ms if phase.left else None
    return Greeted(phase.presentation, 0, welcome, standing, now.mono_ms, until, left_ms)


def _greeted_note(presentation: int, visit: int, welcome: Welcome) -> Note:
    said = welcome.said
    return Note("greeted", {"presentation": presentation, "fact": visit, "said": said.kind.value if said else None})


def committed(talk: Conversation, message: Committed) -> Step:
    """It is on disk: now it may be celebrated."""
    phase = talk.phase
    if not isinstance(phase, Writing) or phase.presentation != message.presentation:
        return talk, []
    talk = replace(talk, failures=0, today=phase.today, invitation=phase.invitation)
    chime = [Chime(phase.chime)] if phase.chime else []
    number = next((fact.id.number for fact in message.facts if isinstance(fact.body, Visit)), 0)
    if number:
        return _greet(talk, message, phase.then, number)
    talk, effects = answers.committed(talk, message, phase)
    return talk, [*chime, *effects]


def _greet(talk: Conversation, message: Committed, then: Phase, number: int) -> Step:
    """The visit is on disk; the greeting, now or after what comes before it, learns its number. A view not read before is not read now."""

    def learnt(greeted: Greeted) -> Greeted:
        known = message.standing if greeted.standing.view is not None else replace(message.standing, view=None)
        return replace(greeted, visit=number, standing=known)

    match then:
        case Mending(greeted=greeted):
            then = replace(then, greeted=learnt(greeted))
        case Joined(then=Greeted() as greeted):
            then = replace(then, then=learnt(greeted))
        case Greeted() as greeted:
            then = learnt(greeted)
        case _:
            return talk, []  # a visit leads to nothing else
    talk = replace(talk, recent=Recent(message.standing.card, number, greeted.welcome))
    return to(talk, then, Chime("ok"), _greeted_note(message.presentation, number, greeted.welcome))


def _refused(talk: Conversation, presentation: int, sorry: Sorry, event: str) -> Step:
    if presentation == talk.stale:
        return talk, []
    return to(talk, sorry, Chime("again"), Note(event, {"presentation": presentation}))


def _not_saved(talk: Conversation, now: Moment, presentation: int, why: str) -> Step:
    talk = replace(talk, failures=talk.failures + 1)
    note = Note("commit.failed", {"presentation": presentation, "why": why}, warning=True)
    return to(talk, Sorry(Trouble.NOT_SAVED, now.mono_ms + AGAIN_MS), Chime("stop"), note)


def _left(talk: Conversation, now: Moment, presentation: int) -> Step:
    phase = talk.phase
    if isinstance(phase, Greeted) and phase.presentation == presentation:
        return to(talk, replace(phase, left_ms=now.mono_ms + talk.shop.after_left_ms))
    if isinstance(phase, Reading) and phase.presentation == presentation:
        if phase.card is not None:
            return to(talk, replace(phase, left=True))
        return to(talk, Sorry(Trouble.HOLD_STILL, now.mono_ms + AGAIN_MS, presentation), Chime("again"))
    return talk, []


def _touched(talk: Conversation, now: Moment, intent: Intent) -> Step:
    """Answers to what is asked first; what is none of them is a choice of the customer's own."""
    if isinstance(talk.phase, Asking | Questioning | Beckoned) and now.mono_ms < talk.phase.deaf_ms:
        return talk, []
    done = answers.touched(talk, now, intent)
    return done if done is not None else choices.touched(talk, now, intent) or (talk, [])


def due_ms(talk: Conversation) -> int | None:
    """When the present phase ends by itself, monotonic ms; None for one that waits for a person."""
    match talk.phase:
        case Idle() | Writing():
            return None
        case Greeted(until_ms=until, left_ms=left, touched=touched):
            return until if left is None or touched else min(until, left)
    return talk.phase.until_ms


def ticked(talk: Conversation, now: Moment) -> Step:
    """Time passed: a phase whose time is over ends; a card the hub did not answer for counts all the same."""
    if talk.invitation is not None and now.mono_ms >= talk.invitation.until_ms:
        talk = replace(talk, invitation=None)
    due = due_ms(talk)
    if due is None or now.mono_ms < due:
        return talk, []
    match talk.phase:
        case Reading(card=str(card), evidence=Evidence() as evidence, token=bytes()) as phase:
            waiting = replace(phase, token=None, until_ms=now.mono_ms + READ_WAIT_MS)
            talk, effects = _visit(talk, now, waiting, phase.standing or Standing(card), evidence)
            return talk, [Note("lookup.silent"), *effects]
        case Joined(then=Greeted() as greeted):
            later = now.mono_ms + talk.shop.greeting_ms
            return to(talk, replace(greeted, shown_ms=now.mono_ms, until_ms=later, left_ms=None if greeted.left_ms is None else later))
        case Joined(then=then):
            return to(talk, replace(then, until_ms=now.mono_ms + SORRY_MS))
        case Confirming(token=token) as asked if token:
            talk, effects = choices.unanswered(talk, now, asked)
            return talk, [Note("reserve.silent"), *effects]
        case Mending() as mending:
            return answers.go_on(talk, now, mending)
        case Questioning() as asked:
            return answers.skipped(talk, now, asked, silent=True)
    return to(talk, Idle())
