"""What follows from facts that were just kept: cards and members move, accounts are folded, and the hub's own facts are decided. Pure.

All of it belongs to the transaction that keeps the facts, so each happens exactly once. What is told of it is `announce`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from hub import deciding, places
from hub.door import HubTransaction
from hub.folding import Folded, as_of, current, refold
from hub.records import DESK, Figures, KeptFact, MemberRecord, ProfileValue, Snapshot, StreamId
from hub.sorting import write
from hub.timing import dated
from loyalty.calendar import NEVER
from loyalty.codec import encode
from loyalty.facts import (
    Body,
    CardChange,
    CardChanged,
    ClockQuality,
    ExitWay,
    Fact,
    FactId,
    MemberLeft,
    Merged,
    QuestionAnswered,
    RuleClosed,
)
from loyalty.rulebook import Closing, Rulebook
from loyalty.shop.credentials import Card, change

ROUNDS_MAX = 8  # a purchase converts a referral, which spends a budget, which closes a rule: three; eight are a mistake of ours
DAY_MS = 86_400_000


@dataclass(slots=True)
class Settling:
    """One transaction's consequences. `own` is the hub's stream of this run; `members` and `snapshots`: all that changed, by id."""

    tx: HubTransaction
    book: Rulebook
    own: StreamId
    now_ms: int
    members: dict[str, MemberRecord] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)

    def settle(self, facts: Sequence[Fact], more: Collection[str] = ()) -> None:
        """Do what follows from these facts, and fold `more` members whatever they did."""
        touched = set(more)
        for _ in range(ROUNDS_MAX):
            touched |= self._move(facts)
            by_member = self._about(facts)
            folded = self._fold(touched | by_member.keys(), by_member)
            bodies = deciding.decided(self.tx, self.book, folded, facts, self.now_ms)
            if not bodies:
                return
            facts, touched = self._write_down(bodies), set()
        raise RuntimeError("facts of the hub's own go on to cause others")

    def _move(self, facts: Iterable[Fact]) -> set[str]:
        """Cards and members first: they say whose the facts are. Returns who gained or lost something by it."""
        touched: set[str] = set()
        closed = []
        for fact in facts:
            match fact.body:
                case CardChanged():
                    touched |= self._card(fact, fact.body)
                case Merged(member, merged):
                    touched |= self._merge(member, merged)
                case MemberLeft(member, way) if way is not ExitWay.DEACTIVATED:
                    self.tx.forget(member)
                case RuleClosed(rule, kiosk, until) if fact.id.kiosk == DESK:
                    closed.append(Closing(rule, kiosk, fact.when_ms, until or NEVER))
        if closed:
            self.tx.close(closed)
            self.book = Rulebook(self.book.editions, self.book.zone, (*self.book.closed, *closed))
        return touched

    def _card(self, fact: Fact, body: CardChanged) -> set[str]:
        """A card moves as `credentials` says; one that takes another's place stands for the same member, a generation later."""
        held = self.tx.cards([card for card in (body.card, body.by) if card])
        before = held.get(body.card, Card(body.card))
        moved = [change(before, fact)]
        if body.change is CardChange.REPLACED and body.by:
            new = change(held.get(body.by, Card(body.by)), fact)
            if new.replaced_for == body.card:
                new = replace(new, owner=new.owner or before.owner, generation=before.generation + 1)
            moved.append(new)
        known = self.tx.survivors([card.owner for card in moved if card.owner])
        moved = [replace(card, owner=known.get(card.owner, "")) for card in moved]
        touched = {owner for card in (*held.values(), *moved) if (owner := card.owner)}
        self.tx.save_cards(moved)
        if any(held.get(card.card, Card("")).owner != card.owner for card in moved):
            self.tx.drop_snapshots(touched)
        return touched

    def _merge(self, member: str, merged: str) -> set[str]:
        known = self.tx.survivors([member, merged])
        stays, ends = known.get(member), known.get(merged)
        if stays is None or ends is None or stays == ends:
            return set()
        self.tx.merge(ends, stays, self.now_ms)
        self.tx.drop_snapshots([stays])
        self.members.pop(ends, None)
        self.snapshots.pop(ends, None)
        return {stays}

    def _about(self, facts: Iterable[Fact]) -> dict[str, list[Fact]]:
        """The facts by the member they are about."""
        owners = self.tx.owners({fact.card for fact in facts if fact.card})
        known = self.tx.survivors({fact.member for fact in facts if fact.member})
        found: dict[str, list[Fact]] = {}
        for fact in facts:
            member = owners.get(fact.card or "") or known.get(fact.member or "")
            if member:
                found.setdefault(member, []).append(fact)
        return found

    def _fold(self, ids: Collection[str], new: dict[str, list[Fact]]) -> dict[str, Folded]:
        """Fold these members and keep that. A version never falls, also not after a restored backup."""
        members, held = self.tx.members(ids), self.tx.snapshots(ids)
        folded: dict[str, Folded] = {}
        records = []
        for id_, member in sorted(members.items()):
            done = refold(id_, held.get(id_), new.get(id_, ()), lambda member=member: _all_facts(self.tx, member), self.book)  # type: ignore[misc]
            folded[id_], self.snapshots[id_] = done, done.snapshot
            self._learn(id_, new.get(id_, ()))
            version = max(member.version + 1, self.now_ms)
            records.append(with_figures(replace(member, version=version), done.snapshot, self.now_ms, self.book))
            self.members[id_] = records[-1]
        self.tx.folded(records, {id_: done.snapshot for id_, done in folded.items()}, self.now_ms)
        before = self.tx.places_of(folded)
        seats = {id_: places.held_by(done.account) for id_, done in folded.items()}
        self.tx.take_places({id_: now for id_, now in seats.items() if now != before.get(id_, frozenset())})
        return folded

    def _learn(self, member: str, facts: Iterable[Fact]) -> None:
        """Answers to questions about a field of the profile are kept with the profile, for as long as the field says."""
        for fact in facts:
            if isinstance(fact.body, QuestionAnswered) and (value := self._value(fact, fact.body)) is not None:
                self.tx.save_value(member, value)

    def _value(self, fact: Fact, body: QuestionAnswered) -> ProfileValue | None:
        programme = self.book.at(fact.when_ms).programme
        asked = next((question for question in programme.question if question.id == body.question), None)
        about = next((each for each in programme.field if asked is not None and each.id == asked.field), None)
        if about is None:
            return None
        return ProfileValue(about.id, body.choice, fact.when_ms, fact.when_ms + about.valid_days * DAY_MS)

    def _write_down(self, bodies: Sequence[tuple[Body, int]]) -> list[Fact]:
        """Keep facts of the hub's own, each at its moment, in the stream of this run."""
        first = self.tx.cursors([self.own]).get(self.own, 0) + 1
        kept = [own_fact(self.own, number, body, at_ms) for number, (body, at_ms) in enumerate(bodies, start=first)]
        self.tx.keep(kept, self.now_ms)
        self.tx.move_cursors({self.own: first + len(kept) - 1}, self.now_ms)
        return [each.fact for each in kept]


def _all_facts(tx: HubTransaction, member: MemberRecord) -> list[Fact]:
    return tx.facts_of(member.cards, (member.id, *member.merged))


def snapshot_of(tx: HubTransaction, member: MemberRecord, book: Rulebook) -> Snapshot:
    """A member's account as it stands after the last fact: as it is held, or where that is not of these rules from all facts."""
    held = tx.snapshots([member.id]).get(member.id)
    return current(member.id, held, lambda: _all_facts(tx, member), book)


def with_figures(member: MemberRecord, snapshot: Snapshot, now_ms: int, book: Rulebook) -> MemberRecord:
    """The member with the account in plain columns, as of now."""
    now = as_of(snapshot, now_ms, book)
    ledger = now.ledger
    cases = len(now.voice.open_cases())
    figures = Figures(str(now.rung.rung), now.tier.tier, ledger.available, ledger.waiting, ledger.owed, cases, now.marked)
    return replace(member, points=ledger.balance, figures=figures)


def own_fact(stream: StreamId, number: int, body: Body, at_ms: int) -> KeptFact:
    """A fact that the hub itself writes down."""
    fact = Fact(FactId(stream.kiosk, stream.epoch, number), at_ms, 0, stream.kiosk, ClockQuality.NTP, body)
    written = write(encode(fact))
    return KeptFact(dated(fact, at_ms), written.text, written.content)
