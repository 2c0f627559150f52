"""A kiosk on paper: the real machine, with a dictionary where the store would be and a list where screen, lamp and wire would be.

For stories of the machine alone. How the loop drives real parts is in test_kiosk_loop.py.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from display.scenes import Frame, Greeting, Intent, Scene
from kiosk import machine
from kiosk.machine import State
from kiosk.messages import (
    CardArrived,
    CardLeft,
    CardRead,
    Chime,
    Commit,
    CommitFailed,
    Committed,
    Effect,
    Heard,
    KeepViews,
    Light,
    LinkFound,
    Message,
    Recall,
    Recalled,
    Send,
    Tick,
    Touched,
)
from kiosk.phases import Phase, Shop
from kiosk.taken import CommandLost, CommandTaken, ForgetViews, Picture, Pictured, TakeCommand
from loyalty.counter.standing import MemberView, Standing
from loyalty.facts import Body, ClockQuality, Evidence, Fact, FactId, GreetingShown
from loyalty.moment import Moment
from loyalty.programme.ladder import Tier
from loyalty.programme.listening import Asking, Choice, Question
from loyalty.programme.rules import Once, Perk, PerkKind, Redemption, Rule, Status, Trigger
from loyalty.programme.saying import Campaign, Club, ClubEvent, Goal
from mqtt.messages import (
    FromHub,
    FromKiosk,
    HubState,
    Lookup,
    LookupAnswer,
    LookupStatus,
    Presence,
    Reserve,
    ReserveAnswer,
    ReserveStatus,
    Sync,
)
from tests.builders import BOOT, CARD, EPOCH, HUB, NOON_MS, shop, state

EVIDENCE = Evidence("NTAG213")
NAMED = {"en": "words", "uk": "слова"}
PNG = b"\x89PNG\r\n\x1a\n"  # as a picture begins; what is in it nobody looks at on paper
CLUB_NIGHT = ClubEvent("night", NAMED, date(2026, 11, 22))


def lively(**tables: Any) -> Shop:
    """A shop that has something of everything: rewards, tiers, gifts, a question, a campaign and a club with an evening today."""
    given: dict[str, Any] = {
        "rule": (
            Rule("visit", Trigger.VISIT, Status.ACTIVE, points=10, once=Once.DAY),
            Rule("rating", Trigger.RATING, Status.ACTIVE, points=2, once=Once.DAY),
            Rule("answer", Trigger.ANSWER, Status.ACTIVE, points=3),
            Rule("birthday", Trigger.OCCASION, Status.ACTIVE, points=25, occasion="birthday", perk="coffee"),
            Rule("surprise", Trigger.SURPRISE, Status.ACTIVE, points=7, one_in=3, kiosk_day_max=2),
            Rule("evening", Trigger.CHECK_IN, Status.ACTIVE, points=4),
        ),
        "perk": (
            Perk("coffee", PerkKind.REWARD, {"en": "A coffee", "uk": "Кава"}, Status.ACTIVE, cost_points=50),
            Perk("mug", PerkKind.REWARD, {"en": "A mug", "uk": "Горнятко"}, Status.ACTIVE, cost_points=300),
        ),
        "redemption": Redemption(min_points=10, offline_card_day_points=100, offline_kiosk_day_points=150, offline_fresh_hours=48),
        "tier": (Tier("standard", NAMED), Tier("gold", {"en": "Gold", "uk": "Золото"}, 1_000)),
        "asking": Asking(visits_min=1),
        "question": (Question("tea", {"en": "Tea?", "uk": "Чай?"}, tuple(Choice(f"c{n}", NAMED) for n in range(4)), Status.ACTIVE),),
        "campaign": (Campaign("new", Goal.RETAIN, date(2026, 11, 1), date(2026, 12, 31), {"en": "Beans", "uk": "Зерно"}),),
        "club": (Club("insiders", NAMED, event=(CLUB_NIGHT,)),),
    }
    return shop(**(given | tables))


def plain(scene: Scene) -> Scene:
    """A scene without what is said beside name and balance."""
    return replace(scene, said=None, second=None, options=False) if isinstance(scene, Greeting) else scene


@dataclass(frozen=True)
class Shown:
    """What was on the glass after a message: when, in which phase, and how many facts were on disk by then."""

    at_ms: int
    frame: Frame
    phase: Phase
    facts: int


@dataclass
class PaperKiosk:
    """One machine, its time, and all that came of it. `disk_works` False makes every commit fail."""

    state: State = field(default_factory=state)
    now_ms: int = 0
    disk_works: bool = True
    quality: ClockQuality = ClockQuality.NTP
    facts: list[Fact] = field(default_factory=list)
    known: dict[str, Standing] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    presentation: int = 0

    def __post_init__(self) -> None:
        self._look()

    # --- what is there ---

    def now(self) -> Moment:
        """The present moment: noon plus the monotonic time."""
        return Moment(self.now_ms, NOON_MS + self.now_ms, self.quality)

    @property
    def frame(self) -> Frame:
        """What is on the glass."""
        return machine.frame_of(self.state, self.now())

    @property
    def scene(self) -> Scene:
        """The scene on the glass."""
        return self.frame.scene

    @property
    def plain(self) -> Scene:
        """The same without what is said beside name and balance, for stories about something else."""
        return plain(self.scene)

    @property
    def said(self) -> list[FromKiosk]:
        """What was said to the hub."""
        return [effect.said for effect in self.effects if isinstance(effect, Send)]

    @property
    def chimes(self) -> list[str]:
        """The sounds so far."""
        return [effect.name for effect in self.effects if isinstance(effect, Chime)]

    @property
    def lights(self) -> list[str]:
        """The lamp's colours so far."""
        return [effect.name for effect in self.effects if isinstance(effect, Light)]

    @property
    def bodies(self) -> list[str]:
        """The kinds of facts written, without what was said beside."""
        return [type(body).__name__ for body in self.acts]

    @property
    def acts(self) -> list[Body]:
        """What was written, without what was said beside."""
        return [fact.body for fact in self.facts if not isinstance(fact.body, GreetingShown)]

    def number_of(self, kind: type[Body]) -> int:
        """Number of the newest fact of a kind."""
        return next(fact.id.number for fact in reversed(self.facts) if isinstance(fact.body, kind))

    # --- what happens ---

    def handle(self, message: Message) -> list[Effect]:
        """One message and all that comes of it; returns the effects, in order."""
        waiting, done = deque([message]), list[Effect]()
        while waiting:
            self.state, effects = machine.step(self.state, waiting.popleft())
            for effect in effects:
                done.append(effect)
                answer = self._perform(effect)
                if answer is not None:
                    waiting.append(answer)
        self.effects += done
        self._look()
        return done

    def _look(self) -> None:
        self.shown.append(Shown(self.now_ms, self.frame, self.state.talk.phase, len(self.facts)))

    def _perform(self, effect: Effect) -> Message | None:
        match effect:
            case Recall(presentation, card):
                return Recalled(self.now(), presentation, self.known.get(card, Standing(card)))
            case Commit(presentation, bodies):
                return self._commit(presentation, bodies)
            case KeepViews(views):
                for card, view in views:
                    self.known[card] = self.known.get(card, Standing(card)).with_view(view)
            case TakeCommand(command, known):
                return CommandTaken(self.now(), command, known) if self.disk_works else CommandLost(self.now(), command)
            case Picture(id_):
                return Pictured(self.now(), id_, PNG)
            case ForgetViews():
                self.known.clear()
        return None

    def _commit(self, presentation: int, bodies: tuple[Body, ...]) -> Message:
        if not self.disk_works:
            return CommitFailed(self.now(), presentation, "the disk is full")
        first, now = len(self.facts) + 1, self.now()
        facts = tuple(
            Fact(FactId("k1", EPOCH, first + place), now.wall_ms, self.now_ms, BOOT, ClockQuality.NTP, body)
            for place, body in enumerate(bodies)
        )
        card = facts[0].card or ""
        after = self.known.get(card, Standing(card))
        for fact in facts:
            after = after.with_fact(fact)
        self.known[card] = after
        self.facts += facts
        return Committed(now, presentation, facts, after)

    # --- in the words of a story ---

    def knows(self, view: MemberView, card: str = CARD) -> PaperKiosk:
        """The hub has told us about a card's member."""
        self.known[card] = self.known.get(card, Standing(card)).with_view(view)
        return self

    def lay(self, card: str = CARD, *, repeat: bool = False) -> PaperKiosk:
        """A card is laid down and read."""
        return self.arrive(repeat=repeat).read(card)

    def arrive(self, *, repeat: bool = False, stale: bool = False) -> PaperKiosk:
        """A card comes into the field."""
        self.presentation += 1
        self.handle(CardArrived(self.now(), self.presentation, repeat, stale))
        return self

    def read(self, card: str = CARD) -> PaperKiosk:
        """The card that lies there is read."""
        self.handle(CardRead(self.now(), self.presentation, card, EVIDENCE))
        return self

    def lift(self) -> PaperKiosk:
        """The card is lifted."""
        self.handle(CardLeft(self.now(), self.presentation))
        return self

    def touch(self, *intents: Intent) -> PaperKiosk:
        """The customer touches."""
        for intent in intents:
            self.handle(Touched(self.now(), intent))
        return self

    def hear(self, said: FromHub) -> PaperKiosk:
        """The hub says something."""
        self.handle(Heard(self.now(), said))
        return self

    def online(self) -> PaperKiosk:
        """A broker and a hub are there, and in sync."""
        self.handle(LinkFound(self.now(), "s1"))
        self.hear(HubState(Presence.ONLINE, HUB))
        return self.hear(Sync("s1", HUB, NOON_MS, ((EPOCH, len(self.facts)),), 64, 16, 5))

    def answer(self, view: MemberView | None, status: LookupStatus | None = None) -> PaperKiosk:
        """The hub answers the newest question about a card."""
        asked = next(each for each in reversed(self.said) if isinstance(each, Lookup))
        found = status or (LookupStatus.UNKNOWN if view is None else LookupStatus.FOUND)
        return self.hear(LookupAnswer(asked.token, found, asked.card, view))

    def decide(self, status: ReserveStatus = ReserveStatus.HELD, why: str = "") -> PaperKiosk:
        """The hub answers the newest question about a reward."""
        asked = next(each for each in reversed(self.said) if isinstance(each, Reserve))
        return self.hear(ReserveAnswer(asked.token, status, why))

    def wait(self, elapsed_ms: int) -> PaperKiosk:
        """Time goes by, with a tick at every moment the machine asked for and one at the end."""
        end_ms = self.now_ms + elapsed_ms
        while (due_ms := machine.due_ms(self.state, self.now())) <= end_ms:
            self.now_ms = max(due_ms, self.now_ms)
            self.handle(Tick(self.now()))
        self.now_ms = end_ms
        self.handle(Tick(self.now()))
        return self
