"""What a customer chooses to do: the menu, spending points, bringing a friend, calling staff. Pure."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b

from display.scenes import Answer, Button, Choose, Hide, Intent, MenuEntry, OpenMenu, Pick
from kiosk.messages import Send
from kiosk.phases import (
    Browsing,
    Called,
    Choosing,
    Coded,
    Confirming,
    Conversation,
    Greeted,
    Idle,
    Invitation,
    Inviting,
    Joined,
    Mending,
    Refused,
)
from kiosk.standings import makes_sense
from kiosk.talking import CHOOSE_MS, CODE_MS, EXTENSIONS_MAX, NOTICE_MS, PAGE, Step, chosen, longer, pages, to, write
from loyalty.account import advance
from loyalty.counter.redeeming import Offer, Refusal, may_redeem, pickup_code
from loyalty.counter.standing import MemberView, Standing
from loyalty.counter.tap import offers_for
from loyalty.facts import AssistRequested, Redeemed, ReferralOpened, Referred
from loyalty.moment import Moment
from mqtt.messages import Reserve, ReserveAnswer, ReserveStatus

RESERVE_WAIT_MS = 3_000  # a hub answers in milliseconds; longer than this nobody stands and waits
INVITE_MS = 60_000  # two people standing at one counter: longer than a minute is another customer
CALLED_MS = 4_000
YES, NO = 0, 1


def touched(talk: Conversation, now: Moment, intent: Intent) -> Step | None:
    """What a touch means as a choice; None if it means nothing here."""
    match talk.phase, intent:
        case Greeted() as greeted, OpenMenu() if greeted.extensions < EXTENSIONS_MAX and entries(talk, greeted):
            return to(talk, Choosing(replace(greeted, touched=True), now.mono_ms + CHOOSE_MS))
        case Choosing() as menu, Pick(entry) if entry in entries(talk, menu.greeted):
            return _pick(talk, now, menu, entry)
        case Choosing() as menu, Button(index):
            offered = entries(talk, menu.greeted)
            return _pick(talk, now, menu, offered[index]) if 0 <= index < len(offered) else None
        case Browsing() as browsing, _ if not isinstance(intent, Hide):
            return _browse(talk, now, browsing, intent)
        case Confirming(token=token), _ if token:
            return talk, []  # the hub is being asked
        case Confirming() as confirming, (Answer(True) | Button(0)):
            return _redeem(talk, now, confirming)
        case ((Choosing(greeted=greeted) | Browsing(greeted=greeted) | Confirming(greeted=greeted)), (Hide() | Answer(False) | Button(_))):
            return to(talk, longer(talk, now, greeted))
        case (Inviting(), Hide()):
            return to(replace(talk, invitation=None), Idle())
        case ((Coded() | Refused() | Called() | Joined()), Hide()):
            return to(talk, Idle())
    return None


def told(talk: Conversation, views: Mapping[str, MemberView]) -> Conversation:
    """Newer word from the hub about whoever stands here: what they may still spend is reckoned by it, what they read stays."""
    phase = talk.phase
    if isinstance(phase, Greeted):
        return replace(talk, phase=_updated(phase, views))
    if isinstance(phase, Mending | Choosing | Browsing | Confirming):
        return replace(talk, phase=replace(phase, greeted=_updated(phase.greeted, views)))
    return talk


def _updated(greeted: Greeted, views: Mapping[str, MemberView]) -> Greeted:
    view = views.get(greeted.standing.card)
    if view is None or greeted.standing.view is None or not makes_sense(view):
        return greeted
    return replace(greeted, standing=greeted.standing.with_view(view))


def entries(talk: Conversation, greeted: Greeted) -> tuple[MenuEntry, ...]:
    """What the menu offers this customer: rewards only where there are some and the balance may be shown."""
    if greeted.standing.view is None:
        return ()
    found = [MenuEntry.REWARDS] if greeted.welcome.spendable else []
    return (*found, MenuEntry.FRIEND, MenuEntry.WRONG, MenuEntry.STAFF)


def _pick(talk: Conversation, now: Moment, menu: Choosing, entry: MenuEntry) -> Step:
    greeted = menu.greeted
    card, language = greeted.standing.card, greeted.welcome.language
    match entry:
        case MenuEntry.REWARDS:
            offered = offers_for(talk.counter, greeted.standing, now)
            return to(talk, Browsing(greeted, offered, greeted.welcome.balance or 0, now.mono_ms + CHOOSE_MS))
        case MenuEntry.FRIEND:
            return _invite(talk, now, greeted)
    wrong = entry is MenuEntry.WRONG
    called = Called(language, talk.shop.book.now.cases.acknowledge_minutes, now.mono_ms + CALLED_MS)
    return write(talk, now, greeted.presentation, (AssistRequested(card, wrong),), called)


# --- spending points ---


def _browse(talk: Conversation, now: Moment, browsing: Browsing, intent: Intent) -> Step:
    count = len(browsing.offers)
    match intent:
        case Choose(index) if 0 <= index < count:
            return _choose(talk, now, browsing, browsing.offers[index])
        case Button(index) if index == PAGE:
            return to(talk, replace(browsing, page=(browsing.page + 1) % pages(count), until_ms=now.mono_ms + CHOOSE_MS))
        case Button(index):
            place = chosen(index, browsing.page, count)
            return (talk, []) if place is None else _choose(talk, now, browsing, browsing.offers[place])
    return talk, []


def _choose(talk: Conversation, now: Moment, browsing: Browsing, offer: Offer) -> Step:
    refusal = _refusal(talk, now, browsing.greeted.standing, offer, talk.online)
    if refusal is not None:
        return to(talk, Refused(browsing.greeted.welcome.language, refusal, now.mono_ms + NOTICE_MS))
    return to(talk, Confirming(browsing.greeted, offer, browsing.balance, now.mono_ms + CHOOSE_MS))


def _refusal(talk: Conversation, now: Moment, standing: Standing, offer: Offer, online: bool) -> Refusal | None:
    """Why this reward cannot be had now, reckoned anew: the balance may have changed since the list was shown."""
    if standing.view is not None and standing.view.blocked:
        return Refusal.ENDED
    at = advance(standing.account(talk.shop.book), now.wall_ms, talk.shop.book)
    books = at.account.books
    card_today = books.offline if books.offline_day == at.day else 0
    as_of = 0 if standing.view is None else standing.view.as_of_ms
    return may_redeem(at, offer.perk, online, as_of, card_today, talk.today.on(at.day, now.kept).offline_points)


def _redeem(talk: Conversation, now: Moment, confirming: Confirming) -> Step:
    """The customer said yes. While there is a hub it is asked: the same points may be spent elsewhere in this very moment."""
    standing, offer = confirming.greeted.standing, confirming.offer
    refusal = _refusal(talk, now, standing, offer, talk.online)
    if refusal is not None or not talk.online:
        return _spend(talk, now, confirming, refusal, asked=False)
    token = blake2b(f"{talk.epoch}/{confirming.greeted.visit}/{now.mono_ms}".encode(), digest_size=16).digest()
    asking = replace(confirming, token=token, until_ms=now.mono_ms + RESERVE_WAIT_MS)
    return to(talk, asking, Send(Reserve(standing.card, offer.perk, offer.points, _hold(talk, token), token)))


def _hold(talk: Conversation, token: bytes) -> str:
    """The name under which the hub sets points aside for a question."""
    return f"{talk.shop.kiosk}/{b32encode(token).decode('ascii').rstrip('=').lower()}"


def reserved(talk: Conversation, now: Moment, answer: ReserveAnswer) -> Step:
    """The hub's word: the points are set aside, or why not. What comes too late is free again by itself."""
    asked = talk.phase
    if not isinstance(asked, Confirming) or not asked.token or asked.token != answer.token:
        return talk, []
    if answer.status is ReserveStatus.BUSY:
        return unanswered(talk, now, asked)
    if answer.status is ReserveStatus.HELD:
        return _spend(talk, now, asked, None, asked=True)
    known = answer.why in set(Refusal)
    return _spend(talk, now, asked, Refusal(answer.why) if known else Refusal.ENDED, asked=True)


def unanswered(talk: Conversation, now: Moment, asked: Confirming) -> Step:
    """The hub says nothing: what may be given without it is given."""
    return _spend(talk, now, asked, _refusal(talk, now, asked.greeted.standing, asked.offer, online=False), asked=False)


def _spend(talk: Conversation, now: Moment, confirming: Confirming, refusal: Refusal | None, *, asked: bool) -> Step:
    """The redemption is to be written, and then its code shown; or why not. It names what the hub may have set aside, answered or not."""
    greeted, offer = confirming.greeted, confirming.offer
    if refusal is not None:
        return to(talk, Refused(greeted.welcome.language, refusal, now.mono_ms + NOTICE_MS))
    code = pickup_code(f"{talk.epoch}/{greeted.visit}/{offer.perk}/{now.mono_ms}")
    hold = _hold(talk, confirming.token) if confirming.token else ""
    body = Redeemed(offer.points, greeted.standing.card, perk=offer.perk, code=code, offline=not asked, hold=hold)
    coded = Coded(greeted.welcome.language, offer.title, code, now.mono_ms + CODE_MS)
    return write(talk, now, greeted.presentation, (body,), coded)


# --- bringing a friend ---


def _invite(talk: Conversation, now: Moment, greeted: Greeted) -> Step:
    """From now on a new card is a friend's, for a minute."""
    view, welcome = greeted.standing.view, greeted.welcome
    until = now.mono_ms + INVITE_MS
    member = "" if view is None else view.member
    invitation = Invitation(greeted.standing.card, member, 0, welcome.language, until)
    body = ReferralOpened(greeted.standing.card)
    return write(talk, now, greeted.presentation, (body,), Inviting(welcome.language, until), invitation=invitation)


def friend_of(talk: Conversation, now: Moment, card: str, member: str) -> Referred | None:
    """The friend's fact, if this card is laid down while another member's invitation holds; nobody brings themselves."""
    invitation = talk.invitation
    if invitation is None or now.mono_ms >= invitation.until_ms:
        return None
    if card == invitation.card or (member and member == invitation.member):
        return None
    return Referred(card, invitation.card, invitation.opened)


def was_here(talk: Conversation, standing: Standing) -> bool:
    """Whether the card's member is no newcomer, as far as is known here. Raises Malformed for a view that cannot be read."""
    account = standing.account(talk.shop.book)
    return bool(account.footfall.visit_days or account.footfall.purchase_days or account.circle.by)


def inviter_language(talk: Conversation) -> str | None:
    """Language of whoever brought a friend."""
    return None if talk.invitation is None else talk.invitation.language
