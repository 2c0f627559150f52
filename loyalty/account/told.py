"""What was said to a member and asked of them: greetings shown, questions, notes and promises. What is said next is `greeting`'s."""

from __future__ import annotations

from dataclasses import dataclass, field

from loyalty.account.reckoning import Reckoning
from loyalty.account.rungs import HEIGHT
from loyalty.calendar import Day, Past
from loyalty.facts import (
    ConsentGiven,
    ConsentWithdrawn,
    GreetingShown,
    NoteShown,
    NoteWritten,
    PromiseKept,
    PromiseMade,
    QuestionAnswered,
    QuestionSkipped,
)
from loyalty.said import GreetingKind

SHOWN_KEPT = 24  # greetings remembered one by one: what rotation and gratitude look back on
NOTES_KEPT = 16
QUESTIONS_KEPT = 64  # twice what a programme has
PROMISES_KEPT = 16


@dataclass(slots=True)
class Shown:
    """A greeting that was shown: its kind, what it was about, which text, at which visit day of the member, when, and if it sold."""

    kind: str
    about: str
    variant: int
    visit: int
    at: Past
    offer: bool = False


@dataclass(slots=True)
class LastSaid:
    """When something of a kind was last said about the same thing, and how often in the running year (365 days from `since`)."""

    at: Past
    since: Past
    count: int


@dataclass(slots=True)
class Asked:
    """A question's past: when last asked, how often skipped in a row, and the last answer with its day (ordinal)."""

    at: Past = 0
    skips: int = 0
    choice: str = ""
    day: Day = 0


@dataclass(slots=True)
class Waiting:
    """A note that waits to be shown: who wrote it, when, and which reason it answers ("" for none)."""

    note: str
    by: str
    at: Past
    reply_to: str = ""


@dataclass(slots=True)
class Promise:
    """Something promised until a day (ISO), by whom."""

    promise: str
    owner: str
    due: str
    made: Past
    kept: Past = 0


@dataclass(slots=True)
class Consent:
    """The last word on one purpose: given or not, when, by which fact; `text` is the version of what was shown."""

    given: bool
    at: Past
    fact: str
    text: str = ""


@dataclass(slots=True)
class Told:
    """All of it for one member. `last`: kind/about -> when it was last said. `question_day`: of the last question of any kind."""

    shown: list[Shown] = field(default_factory=list)
    last: dict[str, LastSaid] = field(default_factory=dict)
    questions: dict[str, Asked] = field(default_factory=dict)
    question_day: Day = 0
    notes: list[Waiting] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    consents: dict[str, Consent] = field(default_factory=dict)

    def has_consent(self, purpose: str) -> bool:
        """Whether the last word on a purpose was yes."""
        found = self.consents.get(purpose)
        return found is not None and found.given


_PROMOTION = GreetingKind.PROMOTION  # looked up once: Python 3.11 is slow at it
YEAR_MS = 365 * 86_400_000
LAST_KEPT = 64


def on_greeting(now: Reckoning, body: GreetingShown) -> None:
    """Something was said; that it was is also what announces a tier or a rung."""
    told, account, kind = now.account.told, now.account, str(body.said)
    told.shown.append(Shown(kind, body.about, body.variant, account.footfall.visit_days, now.at, body.offer))
    del told.shown[:-SHOWN_KEPT]
    key = f"{kind}/{body.about}"
    last = told.last.pop(key, None)
    if last is None or now.at - last.since >= YEAR_MS:
        last = LastSaid(now.at, now.at, 0)
    last.at, last.count = now.at, last.count + 1
    told.last[key] = last
    while len(told.last) > LAST_KEPT:
        del told.last[next(iter(told.last))]
    if body.said is _PROMOTION:
        axis, _, name = body.about.partition(":")
        if axis == "tier":
            account.tier.told = name
        elif axis == "rung" and name in HEIGHT:
            account.rung.told = name


def on_answered(now: Reckoning, body: QuestionAnswered) -> bool:
    """A question was answered; returns whether it is the first answer of the day (a thank-you is given once)."""
    asked = _asked(now, body.question)
    first = asked.day != now.day
    asked.at, asked.skips, asked.choice, asked.day = now.at, 0, body.choice, now.day
    now.account.told.question_day = now.day
    return first


def _asked(now: Reckoning, question: str) -> Asked:
    """The past of a question, moved to the end: what was not asked for longest is forgotten first."""
    questions = now.account.told.questions
    asked = questions[question] = questions.pop(question, Asked())
    while len(questions) > QUESTIONS_KEPT:
        del questions[next(iter(questions))]
    return asked


def on_skipped(now: Reckoning, body: QuestionSkipped) -> None:
    """A question got no answer."""
    asked = _asked(now, body.question)
    asked.at, asked.skips = now.at, asked.skips + 1
    now.account.told.question_day = now.day


def on_note(now: Reckoning, body: NoteWritten) -> None:
    """Somebody of the staff wrote."""
    notes = now.account.told.notes
    notes.append(Waiting(body.note, body.by, now.at, body.reply_to))
    del notes[:-NOTES_KEPT]


def on_note_shown(now: Reckoning, body: NoteShown) -> None:
    """It was read; it is not shown again."""
    told = now.account.told
    told.notes = [note for note in told.notes if note.note != body.note]


def on_promise(now: Reckoning, body: PromiseMade) -> None:
    """Something was promised."""
    told = now.account.told
    told.promises = [promise for promise in told.promises if promise.promise != body.promise]
    told.promises.append(Promise(body.promise, body.owner, body.due, now.at))
    del told.promises[:-PROMISES_KEPT]


def on_kept(now: Reckoning, body: PromiseKept) -> None:
    """A promise was kept."""
    found = next((promise for promise in now.account.told.promises if promise.promise == body.promise), None)
    if found is None:
        now.mark(f"there is no promise {body.promise}")
    else:
        found.kept = now.at


def on_consent(now: Reckoning, body: ConsentGiven | ConsentWithdrawn) -> None:
    """The last word on a purpose."""
    given = isinstance(body, ConsentGiven)
    text = body.text if isinstance(body, ConsentGiven) else ""
    now.account.told.consents[body.purpose.value] = Consent(given, now.at, now.id, text)
