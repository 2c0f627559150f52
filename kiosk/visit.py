"""The conversation with the customer, from the card's arrival to the cleared screen. Pure.

The phases are values of `phases`; this file says what moves the conversation from one to the next. Nothing is promised
here before `Committed` says that it is on disk.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

from display.scenes import Because, Button, Hide, Intent, MoreTime, Rate, Trouble
from kiosk.messages import (
    CardArrived,
    CardLeft,
    CardRead,
    CardUnreadable,
    CardUnusable,
    Chime,
    Commit,
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
from kiosk.phases import Asking, Conversation, Greeted, Idle, Phase, Reading, Recent, Sorry, Thanked
from loyalty.facts import Evidence, Face, Rating, Reason, ReasonCode, Visit
from loyalty.moment import Moment
from loyalty.standing import Standing
from loyalty.tap import welcome
from mqtt.messages import Lookup, LookupAnswer, LookupStatus

LOOKUP_WAIT_MS = 3_000  # a hub answers in milliseconds; longer than this nobody stands and waits
THANKS_MS = 1_500  # long enough to read two words
THANKS_AFTER_BAD_MS = 3_000  # a sentence to read, and no cheering
ASK_MS = 8_000  # one question, one tap; no answer is an answer
DEAF_MS = 400  # an impatient second press lands within 0.3 s, where the face was there are reasons now; nobody reads six in that time
AGAIN_MS = 2_000
SORRY_MS = 5_000  # an unknown card: two sentences to read
READ_WAIT_MS = 4_000  # the reader gives up sooner; this only keeps a lost word from freezing the screen
EXTENSIONS_MAX = 10  # WCAG 2.2, 2.2.1: extend at least ten times; then the next customer's turn
REASONS_PER_PAGE = 3  # four push-buttons: three answers and one to turn the page


Step = tuple[Conversation, list[Effect]]


def _to(talk: Conversation, phase: Phase, *effects: Effect) -> Step:
    return replace(talk, phase=phase), list(effects)


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
    return _to(replace(talk, stale=None, recent=recent), reading, Note("card.arrived", {"presentation": presentation}))


def _read(talk: Conversation, message: CardRead) -> Step:
    """The card is known by its reference: look up what is known about it."""
    phase = talk.phase
    if not isinstance(phase, Reading | Sorry) or phase.presentation != message.presentation:
        return talk, []
    reading = Reading(message.presentation, message.now.mono_ms + READ_WAIT_MS, message.card, message.evidence)
    return _to(talk, reading, Recall(message.presentation, message.card))


def _recalled(talk: Conversation, now: Moment, presentation: int, standing: Standing) -> Step:
    """A card that comes right back is greeted as it stands now; one never seen here is asked of the hub while there is one."""
    phase = talk.phase
    if not isinstance(phase, Reading) or phase.presentation != presentation or phase.evidence is None:
        return talk, []
    recent = talk.recent
    if recent is not None and recent.card == standing.card:
        said = replace(welcome(standing, standing), earned=recent.welcome.earned)
        return _greet(talk, now, presentation, replace(recent, welcome=said))
    if standing.view is None and talk.online:
        token = blake2b(f"{talk.epoch}/{presentation}".encode(), digest_size=16).digest()
        asking = replace(phase, token=token, until_ms=now.mono_ms + LOOKUP_WAIT_MS)
        return _to(talk, asking, Send(Lookup(standing.card, token)))
    return talk, [Commit(presentation, Visit(standing.card, phase.evidence))]


def answered(talk: Conversation, now: Moment, answer: LookupAnswer) -> Step:
    """The hub knows (or does not know) the card that was asked for; a late answer only fills the cache."""
    keep: list[Effect] = [KeepViews(((answer.card, answer.view),))] if answer.view is not None else []
    phase = talk.phase
    if not isinstance(phase, Reading) or phase.token != answer.token or phase.card != answer.card or phase.evidence is None:
        return talk, keep
    if answer.status is LookupStatus.UNKNOWN:
        return _to(talk, Sorry("unknown", now.mono_ms + SORRY_MS), Chime("again"), Note("card.unknown"))
    return _to(talk, replace(phase, token=None), *keep, Commit(phase.presentation, Visit(answer.card, phase.evidence)))


def committed(talk: Conversation, message: Committed) -> Step:
    """It is on disk: now it may be celebrated."""
    talk = replace(talk, failures=0)
    now, fact = message.now, message.fact
    match fact.body:
        case Visit(card):
            recent = Recent(card, fact.id.number, welcome(message.before, message.after))
            return _greet(replace(talk, recent=recent), now, message.presentation, recent)
        case Rating(card, _, face):
            return _rated(talk, now, message.presentation, card, face, fact.id.number, message.after.waiting - message.before.waiting)
        case Reason() if isinstance(talk.phase, Asking):
            asked = talk.phase
            return _to(talk, Thanked(asked.language, True, asked.earned, now.mono_ms + THANKS_AFTER_BAD_MS), Chime("ok"))
    return talk, []


def _greet(talk: Conversation, now: Moment, presentation: int, recent: Recent) -> Step:
    phase = talk.phase
    if not isinstance(phase, Reading) or phase.presentation != presentation:
        return talk, []
    until = now.mono_ms + talk.shop.greeting_ms
    left_ms = now.mono_ms + talk.shop.after_left_ms if phase.left else None
    greeted = Greeted(presentation, recent.card, recent.visit, recent.welcome, now.mono_ms, until, left_ms)
    return _to(talk, greeted, Chime("ok"), Note("greeted", {"presentation": presentation, "fact": recent.visit}))


def _rated(talk: Conversation, now: Moment, presentation: int, card: str, face: Face, number: int, earned: int) -> Step:
    phase = talk.phase
    if not isinstance(phase, Greeted) or phase.presentation != presentation:
        return talk, []
    language = phase.welcome.language
    shown = 0 if phase.welcome.balance is None else earned
    note = Note("rated", {"presentation": presentation, "face": int(face), "fact": number})
    if face.is_bad:
        return _to(talk, Asking(presentation, card, number, language, shown, now.mono_ms + ASK_MS, now.mono_ms + DEAF_MS), note)
    return _to(talk, Thanked(language, False, shown, now.mono_ms + THANKS_MS), Chime("ok"), note)


def _refused(talk: Conversation, presentation: int, sorry: Sorry, event: str) -> Step:
    if presentation == talk.stale:
        return talk, []
    return _to(talk, sorry, Chime("again"), Note(event, {"presentation": presentation}))


def _not_saved(talk: Conversation, now: Moment, presentation: int, why: str) -> Step:
    talk = replace(talk, failures=talk.failures + 1)
    note = Note("commit.failed", {"presentation": presentation, "why": why}, warning=True)
    return _to(talk, Sorry(Trouble.NOT_SAVED, now.mono_ms + AGAIN_MS), Chime("stop"), note)


def _left(talk: Conversation, now: Moment, presentation: int) -> Step:
    phase = talk.phase
    if isinstance(phase, Greeted) and phase.presentation == presentation:
        return _to(talk, replace(phase, left_ms=now.mono_ms + talk.shop.after_left_ms))
    if isinstance(phase, Reading) and phase.presentation == presentation:
        if phase.card is not None:
            return _to(talk, replace(phase, left=True))
        return _to(talk, Sorry(Trouble.HOLD_STILL, now.mono_ms + AGAIN_MS, presentation), Chime("again"))
    return talk, []


def _touched(talk: Conversation, now: Moment, intent: Intent) -> Step:
    match talk.phase, intent:
        case Greeted() as greeted, Rate(face):
            return _rate(talk, now, greeted, face)
        case Greeted() as greeted, Button(index) if 0 <= index <= max(Face):
            return _rate(talk, now, greeted, Face(max(Face) - index))
        case Greeted() as greeted, MoreTime() if greeted.extensions < EXTENSIONS_MAX:
            longer = now.mono_ms + talk.shop.greeting_ms
            return _to(talk, replace(greeted, touched=True, extensions=greeted.extensions + 1, until_ms=longer))
        case Asking(deaf_ms=deaf), _ if now.mono_ms < deaf:
            return talk, []
        case ((Greeted() | Asking()), Hide()):
            return _to(talk, Idle())
        case Asking() as asking, Because(code):
            return talk, [Commit(asking.presentation, Reason(asking.card, asking.rating, code))]
        case Asking() as asking, Button(index):
            return _answer_by_button(talk, now, asking, index)
    return talk, []


def _rate(talk: Conversation, now: Moment, greeted: Greeted, face: Face) -> Step:
    shown_ms = max(0, now.mono_ms - greeted.shown_ms)
    return talk, [Commit(greeted.presentation, Rating(greeted.card, greeted.visit, face, shown_ms))]


def _answer_by_button(talk: Conversation, now: Moment, asking: Asking, index: int) -> Step:
    if index == REASONS_PER_PAGE:
        pages = -(-len(ReasonCode) // REASONS_PER_PAGE)
        return _to(talk, replace(asking, page=(asking.page + 1) % pages, until_ms=now.mono_ms + ASK_MS))
    codes = list(ReasonCode)[asking.page * REASONS_PER_PAGE :][:REASONS_PER_PAGE]
    if not 0 <= index < len(codes):
        return talk, []
    return talk, [Commit(asking.presentation, Reason(asking.card, asking.rating, codes[index]))]


def due_ms(talk: Conversation) -> int | None:
    """When the present phase ends by itself, monotonic ms; None for one that waits for a person."""
    match talk.phase:
        case Idle():
            return None
        case Greeted(until_ms=until, left_ms=left, touched=touched):
            return until if left is None or touched else min(until, left)
        case Reading(until_ms=until) | Asking(until_ms=until) | Thanked(until_ms=until) | Sorry(until_ms=until):
            return until


def ticked(talk: Conversation, now: Moment) -> Step:
    """Time passed: a phase whose time is over ends; a card the hub did not answer for counts all the same."""
    due = due_ms(talk)
    if due is None or now.mono_ms < due:
        return talk, []
    match talk.phase:
        case Reading(presentation, card=str(card), evidence=Evidence() as evidence, token=bytes()):
            silent = replace(talk, phase=replace(talk.phase, token=None, until_ms=now.mono_ms + READ_WAIT_MS))
            return silent, [Note("lookup.silent"), Commit(presentation, Visit(card, evidence))]
    return _to(talk, Idle())
