"""What must hold when a day is over and healed. Each proof reads what the sides really hold; nothing here changes anything."""

from __future__ import annotations

import json
from collections import Counter

from hub.command_records import Standing
from hub.records import StreamId
from loyalty.account import advance, fold, snapshot
from loyalty.account.portable import portable
from loyalty.facts import ClockQuality, FactId, Redeemed
from mqtt.messages import SetUp
from tests.simulation.disk import facts_on_disk
from tests.simulation.faults import Kind
from tests.simulation.kiosk_unit import KioskUnit
from tests.simulation.rules import BOOK, LIMITS, OWNER, account_of, fact_of, is_about, is_closed, rules_of
from tests.simulation.shop import Shop
from tests.simulation.trouble import Broken, Proof

# A birth is dated by its arrival. It may wait in the broker for a hub that is away, up to its expiry (30 s), and be delayed on the way.
DATED_WITHIN_MS = 40_000


def prove(shop: Shop) -> None:
    """All proofs of the end of the day. Raises Broken."""
    _no_fact_is_lost(shop)
    _none_is_counted_twice(shop)
    _doubtful_clocks_are_dated(shop)
    _limits_are_kept(shop)
    _promises_are_kept(shop)
    for unit in shop.kiosks:
        _cursors_agree(shop, unit)
        _standings_agree(shop, unit)
        _set_ups_agree(shop, unit)
        _commands_were_done_once(shop, unit)


def _no_fact_is_lost(shop: Shop) -> None:
    """Whatever is on a kiosk's card, or was ever celebrated, is at the hub with the same content; nothing is put aside or missing."""
    held = {kept.fact.id: json.loads(kept.text) for kept in shop.hub.store.held.facts.values()}
    for unit in shop.kiosks:
        wanted = {FactId(unit.name, *place): document for place, document in unit.celebrated.items()}
        wanted = {id_: document for id_, document in wanted.items() if id_ not in shop.destroyed}
        wanted |= {FactId(unit.name, row.epoch, row.number): row.document for row in facts_on_disk(unit.path)}
        for id_, document in wanted.items():
            if held.get(id_) != document:
                raise Broken(Proof.LOST, f"{id_} is {document} on the kiosk and {held.get(id_)} at the hub")
    aside = [item for items in shop.hub.store.held.aside.values() for item in items]
    if aside or shop.hub.store.held.gaps:
        raise Broken(Proof.LOST, f"the hub put aside {aside} and gave up {shop.hub.store.held.gaps}")


def _none_is_counted_twice(shop: Shop) -> None:
    """Each identity is held once, and every account is the fold over the union of all facts of all sides."""
    held = shop.hub.store.held
    listed = Counter(fact.id for facts in held.by_card.values() for fact in facts)
    twice = [id_ for id_, times in listed.items() if times > 1]
    if twice or listed.keys() != {kept.fact.id for kept in held.facts.values() if kept.fact.card is not None}:
        raise Broken(Proof.TWICE, f"held more than once: {twice}")
    everywhere = {kept.fact.id: kept.fact for kept in held.facts.values()}
    for unit in shop.kiosks:
        for row in facts_on_disk(unit.path):
            everywhere.setdefault(FactId(unit.name, row.epoch, row.number), fact_of(row, unit.name))
    book = rules_of(shop.hub.store)
    for member in held.members.values():
        account = fold((fact for fact in everywhere.values() if is_about(fact, member)), book, member.id)
        if snapshot(account_of(shop.hub.store, member)) != snapshot(account):
            raise Broken(Proof.TWICE, f"{member.id} is kept otherwise than all facts folded")
        before = account.ledger.balance  # the hub's figure is of the moment it last folded: what was set aside may be free since
        now = advance(account, shop.now_ms, book).account.ledger.balance
        if member.points not in (before, now):
            raise Broken(Proof.TWICE, f"{member.id} has {member.points} points, all facts folded give {before}, and {now} by now")


def _doubtful_clocks_are_dated(shop: Shop) -> None:
    """A fact from a kiosk with a wrong clock counts when it truly happened, if the hub heard of that boot while it lasted, or had told it
    the time.
    """
    boots = {boot: began_ms for unit in shop.kiosks for boot, began_ms in unit.boots.items()}
    for kept in shop.hub.store.held.facts.values():
        fact = kept.fact
        heard = fact.clock is ClockQuality.UNSYNCED and (fact.id.kiosk, fact.boot) in shop.hub.store.held.boots
        if heard or fact.clock is ClockQuality.HUB:
            wrong_ms = fact.when_ms - (boots[fact.boot] + fact.mono_ms)
            if abs(wrong_ms) > DATED_WITHIN_MS:
                raise Broken(Proof.DATED, f"{fact.id} is dated {wrong_ms / 1000:.0f} s wrong")


def _cursors_agree(shop: Shop, unit: KioskUnit) -> None:
    """The kiosk knows that all its facts are claimed, and the hub's cursor of each stream stands at its last fact."""
    assert unit.loop is not None
    for stream in unit.loop.state.box.held:
        cursor = shop.hub.store.held.cursors.get(StreamId(unit.name, stream.epoch), (0, 0))[0]
        beyond = cursor > stream.last and not unit.imaged  # an older card holds less of an old stream than the hub
        if stream.claimed != stream.last or cursor < stream.last or beyond:
            raise Broken(Proof.CONVERGED, f"{unit.name} {stream} and the hub's cursor {cursor}")


def _standings_agree(shop: Shop, unit: KioskUnit) -> None:
    """Of each member's card seen there the kiosk knows what the hub knows, with nothing left to count on top.

    Except where a hub that was put back to a backup holds an older version of the member than the kiosk and no fact came since: the
    kiosk keeps the newer word until the member's next tap. It takes two disasters: a second backup, or a fact gone on both sides.
    """
    held = shop.hub.store.held
    own = {row.document["d"].get("card") for row in facts_on_disk(unit.path)}
    for card in sorted({*held.seen_by_kiosk.get(unit.name, ()), *(card for card in own if card)}):
        if card not in held.owner:
            continue
        member, standing = held.members[held.owner[card]], unit.store.standing(card)
        if shop.restored and standing.view is not None and standing.view.version > member.version:
            continue
        told, known = portable(account_of(shop.hub.store, member)), None if standing.view is None else standing.view.account
        if known != told or standing.waiting:
            said = f"{known} and {len(standing.waiting)} facts of its own"
            raise Broken(Proof.CONVERGED, f"{unit.name} knows of {member.id} {said}, the hub {told}")


def _set_ups_agree(shop: Shop, unit: KioskUnit) -> None:
    """The kiosk has seen what the hub desires of it, works by it or has given it back, and the hub knows that."""
    held, said = shop.hub.store.held.set_ups.get(unit.name), unit.pushed.report
    if held is None:
        return
    sides = (said.version, said.content) == (held.version, held.content) and held.reported == said
    if not sides or said.state not in (SetUp.TRIAL, SetUp.APPLIED, SetUp.RETURNED, *([] if held.version else [SetUp.LOCAL])):
        raise Broken(Proof.CONVERGED, f"{unit.name} is {said}, the hub desires {held}")


def _commands_were_done_once(shop: Shop, unit: KioskUnit) -> None:
    """No restart was done twice, and none is under way for ever: in the end the hub knows of the end of each that was taken.

    Where an older card forgets what was taken, or a wrong clock how long ago it was, nobody can ask that.
    """
    if unit.imaged or Kind.CLOCK in shop.faults:
        return
    given = [id_ for id_, kiosk in shop.hub.commanded.items() if kiosk == unit.name]
    if unit.restarts > len(given):
        raise Broken(Proof.ONCE, f"{unit.name} was restarted {unit.restarts} times by {len(given)} commands")
    held = shop.hub.store.held.commands
    under_way = [id_ for id_ in given if id_ in held and held[id_].state is Standing.ACCEPTED]
    if under_way:
        raise Broken(Proof.CONVERGED, f"{len(under_way)} restarts of {unit.name} are still under way for the hub")


def _promises_are_kept(shop: Shop) -> None:
    """What is given until a budget is spent, and was promised at a tap, is given: a closing waits until everybody has heard of it.

    Not so where the word cannot come: a broker loses what it has taken, a kiosk's clock is wrong, or the hub is put back to a backup and
    has forgotten a closing, or knows one again.
    """
    if {Kind.LOST, Kind.CLOCK, Kind.HUB_RESTORED} & shop.faults:
        return
    book = rules_of(shop.hub.store)
    for unit in shop.kiosks:
        for epoch, number in (place for place, promised in unit.early.items() if promised):
            kept = shop.hub.store.held.facts.get((StreamId(unit.name, epoch), number))
            if kept is not None and is_closed(book, "early", unit.name, kept.fact.when_ms):
                raise Broken(Proof.KEPT, f"{unit.name} promised for {number} of {epoch} what is closed for it")


def _limits_are_kept(shop: Shop) -> None:
    """What a kiosk gave on one of its days without asking is within the limits, for the kiosk and for each member.

    Where a wrong clock or an older card makes it forget what day it is, or what it gave, nobody can ask that of it.
    """
    if {Kind.CLOCK, Kind.IMAGE, Kind.HUB_RESTORED} & shop.faults:
        return
    given: Counter[tuple[str, int]] = Counter()
    for kept in shop.hub.store.held.facts.values():
        if isinstance(body := kept.fact.body, Redeemed) and body.offline:
            day = BOOK.calendar.day_of(kept.fact.at_ms)
            given[kept.fact.id.kiosk, day] += body.points
            given[f"{kept.fact.id.kiosk} {OWNER[body.card].id}", day] += body.points
    for (who, day), points in given.items():
        most = LIMITS.offline_card_day_points if " " in who else LIMITS.offline_kiosk_day_points
        if points > most:
            raise Broken(Proof.LIMITS, f"{who} gave {points} points alone on day {day}, at most {most} are allowed")
