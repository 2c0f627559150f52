"""Friends brought and clubs: who may be brought, who counts, who is in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loyalty import facts as f
from loyalty.account import advance
from loyalty.account.circle import FRIENDS_KEPT, REPLIES_KEPT
from loyalty.facts import Body
from loyalty.programme import About
from loyalty.programme.ladder import Tier
from loyalty.programme.rules import Clawback, Shortfall, Trigger
from loyalty.programme.saying import Club, ClubJoin
from loyalty.rulebook import Rulebook
from tests.loyalty_histories import CARDS, DAY_MS, KYIV, MEMBER, TEXT, at, book, fact, folded, perk, programme, purchase, rule, told, visit

BROUGHT = f.Referred(CARDS[0], CARDS[1], 1)
REFERRED = rule("referred", Trigger.REFERRED, 30)


def test_a_friend_is_brought_at_the_first_tap() -> None:
    """Whoever was never here before; by whom and when is kept, and when the other pressed the button."""
    circle = folded(
        told(("2026-03-01 10:00", visit()), ("2026-03-01 10:00", BROUGHT), ("2026-03-02", f.ReferralOpened(CARDS[0]))), book()
    ).circle
    assert (circle.by, circle.brought, circle.opened) == (CARDS[1], at("2026-03-01 10:00"), at("2026-03-02"))


@pytest.mark.parametrize(
    "events",
    [
        [("2026-03-01", visit()), ("2026-03-02", visit()), ("2026-03-02", BROUGHT)],
        [("2026-03-01", purchase("r-1")), ("2026-03-02", purchase("r-2")), ("2026-03-02", BROUGHT)],
        [("2026-03-01 10:00", visit()), ("2026-03-01 10:05", BROUGHT)],
        [("2026-03-01", purchase("r-1")), ("2026-03-02", BROUGHT)],
        [("2026-03-01", f.Referred(CARDS[0], CARDS[0], 1))],
        [("2026-03-01", f.Referred(CARDS[0], "", 1))],
    ],
)
def test_nobody_is_brought_twice_late_or_by_themselves(events: list[tuple[str, Body]]) -> None:
    """Marked, and nobody is brought."""
    account = folded(told(*events), book())
    assert (account.circle.by, account.marked) == ("", 1)


def test_the_first_who_brought_somebody_counts() -> None:
    """A second one is marked."""
    account = folded(told(("2026-03-01", BROUGHT), ("2026-03-01", f.Referred(CARDS[0], CARDS[2], 1))), book())
    assert (account.circle.by, account.marked) == (CARDS[1], 1)


def test_a_friend_is_welcomed_once_and_not_at_all_when_rejected() -> None:
    """What the hub found to count gives points and perk, once; found not to count, all of it goes again."""
    by = book(REFERRED, rule("syrup", Trigger.REFERRED, 0, perk="free"), perk=(perk(),))
    welcomed, no_more = f.Welcomed(MEMBER, "m-2"), f.ReferralRejected(MEMBER, "m-2")
    events: list[tuple[str, Body]] = [("2026-03-01", BROUGHT), ("2026-03-02", purchase("r-1"))]
    assert folded(told(*events), by).ledger.balance == 0
    events += [("2026-03-02", welcomed), ("2026-03-03", f.Welcomed(MEMBER, "m-3"))]
    account = folded(told(*events), by)
    assert (account.ledger.balance, len(account.perks.open_at(at("2026-03-04")))) == (30, 1)
    assert account.circle.friends_within(365, at("2026-03-04")) == 0, "whoever was brought has brought nobody"
    account = folded(told(*events, ("2026-03-04", no_more), ("2026-03-05", no_more)), by)
    assert (account.ledger.balance, account.perks.open_at(at("2026-03-06")), account.marked) == (0, [], 1)


def test_a_friend_counts_once_and_not_at_all_when_rejected() -> None:
    """What the referral gave is taken back as the programme's policy reaches; a second rejection is marked."""
    by = book(
        rule("referral", Trigger.REFERRAL, 100),
        rule("fifth", Trigger.REFERRAL, 1, per=5),
        clawback=Clawback(Shortfall.UNLIMITED),
    )
    friend, rejected = f.Converted(MEMBER, "m-2"), f.ReferralRejected(MEMBER, "m-2")
    events = [("2026-03-01", friend), ("2026-03-02", friend), ("2026-03-03", f.Redeemed(60, CARDS[0])), ("2026-03-04", rejected)]
    assert folded(told(*events[:2]), by).ledger.balance == 100
    account = folded(told(*events, ("2026-03-05", rejected)), by)
    assert (account.ledger.balance, account.marked, account.circle.friends_within(365, at("2026-03-06"))) == (-60, 1, 0)


def test_friends_are_counted_within_days_and_kept_within_bounds() -> None:
    """A friend of more than a year ago is no argument any more."""
    facts = [fact(f.Converted(MEMBER, f"m-{number}"), at("2026-01-01") + number * DAY_MS, number) for number in range(1, FRIENDS_KEPT + 6)]
    circle = folded(facts, book()).circle
    assert len(circle.friends) == FRIENDS_KEPT
    assert circle.friends_within(10, facts[-1].when_ms) == 10


CLUBS = (Club("wine", TEXT), Club("gold", TEXT, ClubJoin.RULE, (), ("gold",)), Club("regulars", TEXT, ClubJoin.RULE, ("client",)))
TIERS = (Tier("standard", TEXT), Tier("gold", TEXT, 100))


def test_one_joins_and_leaves_by_invitation() -> None:
    """Since when is kept; joining again changes nothing; a club that is not there, and leaving one that one is not in, is marked."""
    joined, left = f.ClubJoined(MEMBER, "wine"), f.ClubLeft(MEMBER, "wine")
    account = folded(told(("2026-03-01", joined), ("2026-03-02", joined)), book(club=CLUBS))
    assert account.circle.clubs == {"wine": at("2026-03-01")}
    account = folded(
        told(("2026-03-01", joined), ("2026-03-02", left), ("2026-03-02", left), ("2026-03-02", f.ClubJoined(MEMBER, "x"))),
        book(club=CLUBS),
    )
    assert (account.circle.clubs, account.marked) == ({}, 2)


def test_clubs_by_rule_follow_rung_and_tier() -> None:
    """One is in from the fact that led there on, and out when time ends the tier, without any fact."""
    by = book(rule(points=100), club=CLUBS, tier=TIERS)
    account = folded(told(("2026-03-01", visit())), by)
    assert account.circle.derived == ["gold"]
    account = folded(told(("2026-03-01", visit()), ("2026-03-02", visit())), by)
    assert account.circle.derived == ["gold", "regulars"]
    assert account.circle.in_any(("wine", "gold"))
    assert not account.circle.in_any(("wine",))
    advance(account, at("2029-01-01"), by)
    assert account.circle.derived == ["regulars"]


def test_a_tier_lost_by_time_earns_no_clubs_points_any_more() -> None:
    """The first visit after the tier has run out is reckoned without the club that the tier gave."""
    by = book(rule("once", Trigger.ENROLMENT, 100), rule("club", clubs=("gold",)), club=CLUBS, tier=TIERS)
    events = [("2026-03-01", f.Enrolled(MEMBER)), ("2026-03-02", visit()), ("2029-03-02", visit())]
    assert [folded(told(*events[:count]), by).ledger.balance for count in (1, 2, 3)] == [100, 110, 110]


def test_evenings_are_for_members_of_the_club_and_once_each() -> None:
    """At the door the card counts once for an evening; who is not in the club is marked and earns nothing."""
    by = book(rule("evening", Trigger.CHECK_IN, 15), club=CLUBS)
    door = [("2026-03-02", f.CheckedIn(CARDS[0], "wine", event)) for event in ("a", "a", "b")]
    account = folded(told(("2026-03-01", f.ClubJoined(MEMBER, "wine")), *door), by)
    assert (account.ledger.balance, account.circle.attended) == (30, ["wine/a", "wine/b"])
    account = folded(told(*door[:1]), by)
    assert (account.ledger.balance, account.marked) == (0, 1)


def test_the_last_answer_to_an_invitation_holds() -> None:
    """Yes or no, as last said; only so many are kept."""
    facts = [
        fact(f.Replied(CARDS[0], "wine", f"e-{number}", True), at("2026-03-01") + number, number) for number in range(1, REPLIES_KEPT + 3)
    ]
    facts.append(fact(f.Replied(CARDS[0], "wine", "e-9", False), at("2026-03-02"), 99))
    replies = folded(facts, book()).circle.replies
    assert (len(replies), replies["wine/e-9"], replies["wine/e-10"]) == (REPLIES_KEPT, False, True)


def test_evenings_attended_are_kept_within_bounds() -> None:
    """The oldest evenings are forgotten."""
    facts = [fact(f.ClubJoined(MEMBER, "wine"), at("2026-03-01"), 1)]
    facts += [
        fact(f.CheckedIn(CARDS[0], "wine", f"e-{number}"), at("2026-03-02") + number, number) for number in range(2, REPLIES_KEPT + 5)
    ]
    assert len(folded(facts, book(club=CLUBS)).circle.attended) == REPLIES_KEPT


def test_clubs_come_and_go_with_the_programme() -> None:
    """Time alone brings a new edition: its clubs by rule have their members at once, and those of the old one none."""
    plain, clubs = programme(), programme(version=2, club=CLUBS)
    facts = told(("2026-03-01", visit()), ("2026-03-02", visit()))
    begun = Rulebook([(0, plain), (at("2026-04-01"), clubs)], KYIV)
    assert folded(facts, begun, "2026-04-02").circle.derived == ["regulars"]
    ended = Rulebook([(0, clubs), (at("2026-04-01"), replace(plain, programme=About(3, "test", "Europe/Kyiv")))], KYIV)
    assert folded(facts, ended, "2026-03-31").circle.derived == ["regulars"]
    assert folded(facts, ended, "2026-04-02").circle.derived == []
    assert folded([*facts, fact(visit(), at("2026-04-03"), 9)], ended).circle.derived == []
