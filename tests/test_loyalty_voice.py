"""What a member said: ratings that count, and cases as a state machine that only the customer can bring to a good end."""

from __future__ import annotations

from datetime import time

import pytest

from loyalty import facts as f
from loyalty.account import Account, fold
from loyalty.account.reckoning import Change, Line
from loyalty.account.voice import CASES_KEPT, FOLLOWS, REASONS_KEPT, CaseStatus
from loyalty.facts import Body, CaseStep
from loyalty.programme.ladder import Tier
from loyalty.programme.listening import Cases, Ratings
from tests.loyalty_histories import CARDS, DAY_MS, HOUR_MS, MEMBER, TEXT, at, book, fact, folded, rating, told, visit

BAD = ("2026-03-02 10:00", rating(f.Face.BAD))
ID = "k1/aaaaaaaaaaaa/1"


def step(what: CaseStep, case: str = ID) -> f.CaseStepped:
    """Staff moved a case."""
    return f.CaseStepped(MEMBER, case, what, "s-1", cause="rota")


def answer(right: bool) -> f.CaseAnswered:
    """The customer said whether it was put right."""
    return f.CaseAnswered(CARDS[0], ID, right)


def case_after(*bodies: Body) -> tuple[CaseStatus, int]:
    """Where a case stands after a bad rating and these facts, an hour apart, and how many of them made no sense."""
    account = folded(told(BAD, *[(f"2026-03-02 {11 + hour}:00", body) for hour, body in enumerate(bodies)]), book())
    return account.voice.cases[0].status, account.marked


ACK, ACT, RES, EXP = step(CaseStep.ACKNOWLEDGED), step(CaseStep.ACTED), step(CaseStep.RESOLVED), step(CaseStep.EXPIRED)
WAYS = [
    ((), CaseStatus.OPEN, 0),
    ((ACK,), CaseStatus.ACKNOWLEDGED, 0),
    ((ACK, ACK), CaseStatus.ACKNOWLEDGED, 1),
    ((ACT,), CaseStatus.ACTION, 0),
    ((ACK, ACT, ACK), CaseStatus.ACTION, 1),
    ((ACK, ACT, RES), CaseStatus.RESOLVED, 0),
    ((RES, ACT), CaseStatus.RESOLVED, 1),
    ((RES, answer(True)), CaseStatus.CONFIRMED, 0),
    ((RES, answer(False)), CaseStatus.REOPENED, 0),
    ((RES, answer(False), ACK, RES, answer(True)), CaseStatus.CONFIRMED, 0),
    ((answer(True),), CaseStatus.CONFIRMED, 0),
    ((answer(True), answer(False)), CaseStatus.CONFIRMED, 1),
    ((answer(True), RES), CaseStatus.CONFIRMED, 1),
    ((EXP,), CaseStatus.EXPIRED, 0),
    ((RES, EXP), CaseStatus.EXPIRED, 0),
    ((EXP, RES), CaseStatus.EXPIRED, 1),
    ((step(CaseStep.RESOLVED, "nowhere"),), CaseStatus.OPEN, 1),
]


@pytest.mark.parametrize(("bodies", "status", "marked"), WAYS)
def test_a_case_moves_only_along_its_ways(bodies: tuple[Body, ...], status: CaseStatus, marked: int) -> None:
    """Each step leads where it may; one that cannot follow is marked and changes nothing."""
    assert case_after(*bodies) == (status, marked)


def test_staff_can_never_confirm() -> None:
    """Among what staff can do there is no way to CONFIRMED."""
    assert CaseStatus.CONFIRMED not in {status for status, _ in FOLLOWS.values()}
    assert set(FOLLOWS) == set(CaseStep)


def test_a_case_keeps_its_moments() -> None:
    """When it was opened, first taken, resolved, asked about and closed, and the root cause that staff found."""
    account = folded(told(BAD, ("2026-03-02 11:00", ACK), ("2026-03-02 12:00", RES), ("2026-03-03 09:00", answer(True))), book())
    case = account.voice.cases[0]
    moments = (case.opened, case.acknowledged, case.resolved, case.asked, case.closed)
    assert moments == tuple(map(at, ("2026-03-02 10:00", "2026-03-02 11:00", "2026-03-02 12:00", "2026-03-03 09:00", "2026-03-03 09:00")))
    assert (case.cause, case.source) == ("rota", f.CaseSource.RATING)


def test_a_resolved_case_nobody_confirms_ends_by_itself() -> None:
    """After the days in which the customer is asked it expires, at that moment, and is never called confirmed."""
    by = book(cases=Cases(ask_days=10))
    facts = told(
        BAD,
        ("2026-03-02 12:00", RES),
        ("2026-03-05 10:00", rating(f.Face.BAD, 2)),
        ("2026-03-06 12:00", step(CaseStep.RESOLVED, "k1/aaaaaaaaaaaa/3")),
    )
    journal: list[Line] = []
    account = fold(facts, by, MEMBER, at("2026-03-12 12:00"), journal)
    assert [case.status for case in account.voice.cases] == [CaseStatus.EXPIRED, CaseStatus.RESOLVED]
    assert account.voice.cases[0].closed == at("2026-03-12 12:00")
    assert account.voice.due == at("2026-03-16 12:00")
    assert isinstance(journal[-1], Change)
    assert (journal[-1].after, journal[-1].at) == ("expired", at("2026-03-12 12:00"))
    assert folded(facts, by, "2026-03-12 11:59").voice.cases[0].status is CaseStatus.RESOLVED


def test_a_reopened_case_has_its_time_again() -> None:
    """When the customer says "not yet", the time to resolve it runs anew."""
    by = book(cases=Cases(resolve_hours=24))
    facts = told(BAD, ("2026-03-02 12:00", RES), ("2026-03-20 10:00", answer(False)))
    assert not folded(facts, by, "2026-03-21 09:59").voice.overdue(at("2026-03-21 09:59"))
    assert folded(facts, by).voice.overdue(at("2026-03-21 10:00"))


def test_reasons_and_calls_belong_to_their_rating() -> None:
    """A reason and a wish to be called find the case of the same kiosk's rating; a call makes it the gravest; others are marked."""
    facts = told(
        BAD,
        ("2026-03-02 10:01", f.Reason(CARDS[0], 1, f.ReasonCode.PRICE)),
        ("2026-03-02 10:02", f.ContactRequested(CARDS[0], 1)),
        ("2026-03-02 10:03", f.Reason(CARDS[0], 99, f.ReasonCode.OTHER)),
        ("2026-03-02 10:04", f.ContactRequested(CARDS[0], 99)),
    )
    account = folded(facts, book())
    case = account.voice.cases[0]
    assert (case.reason, case.contact, case.severity, account.marked) == ("price", True, 1, 1)
    assert [said.code for said in account.voice.reasons] == ["price", "other"]


def test_a_call_for_staff_is_a_case_only_if_something_is_wrong() -> None:
    """ "Call somebody" is no complaint; "something is wrong" is."""
    facts = told(("2026-03-02 10:00", f.AssistRequested(CARDS[0])), ("2026-03-02 10:01", f.AssistRequested(CARDS[0], True)))
    assert [case.source for case in folded(facts, book()).voice.cases] == [f.CaseSource.TILE]


def test_staff_open_a_case_once() -> None:
    """A case from the hotline has the name and reason that staff gave; the same name again is marked."""
    opened = f.CaseOpened(MEMBER, "case-1", f.CaseSource.HOTLINE, f.ReasonCode.QUALITY)
    account = folded(told(("2026-03-02 10:00", opened), ("2026-03-02 11:00", opened)), book())
    assert [(case.id, case.reason) for case in account.voice.cases] == [("case-1", "quality")]
    assert account.marked == 1


def test_closed_cases_make_room_before_open_ones() -> None:
    """Only so many cases are kept: a closed one goes first, and if all are open the oldest."""
    complaints = [(f"2026-03-{day:02} 10:00", f.AssistRequested(CARDS[0], True)) for day in range(1, CASES_KEPT + 3)]
    closing = ("2026-03-03 11:00", step(CaseStep.EXPIRED, "k1/aaaaaaaaaaaa/3"))
    account = folded(told(*complaints[:3], closing, *complaints[3:]), book())
    assert [case.id.split("/")[-1] for case in account.voice.cases] == ["2", "5", "6", "7", "8", "9", "10", "11"]


def test_the_gravest_case_is_told_first() -> None:
    """Open cases come by severity, then by age; confirmed ones are not among them."""
    facts = told(
        BAD,
        ("2026-03-03 10:00", f.AssistRequested(CARDS[0], True)),
        ("2026-03-04 10:00", rating(f.Face.VERY_BAD, 9)),
        ("2026-03-04 10:01", f.ContactRequested(CARDS[0], 3)),
        ("2026-03-04 11:00", answer(True)),
    )
    assert [case.id[-1] for case in folded(facts, book()).voice.open_cases()] == ["3", "2"]


TIERS = (Tier("standard", TEXT), Tier("gold", TEXT, 2), Tier("vip", TEXT, invited=True))


@pytest.mark.parametrize(
    ("before", "tiers", "severity"),
    [
        ([], (), 3),
        ([visit()], (), 3),
        ([visit(), visit()], (), 2),
        ([f.TierSet(MEMBER, "gold", "2026-12-31", "s-1", "why")], TIERS, 1),
        ([f.TierSet(MEMBER, "vip", "2026-12-31", "s-1", "why")], TIERS, 1),
        ([], TIERS, 3),
        ([], TIERS[:1], 3),
    ],
)
def test_the_best_customers_are_helped_first(before: list[Body], tiers: tuple[Tier, ...], severity: int) -> None:
    """Gravest for the highest tier, next for those who come again, then the rest; where there is one tier all are equal."""
    facts = told(*[(f"2026-02-{day} 10:00", body) for day, body in enumerate(before, 10)], BAD)
    assert folded(facts, book(tier=tiers)).voice.cases[0].severity == severity


@pytest.mark.parametrize(
    ("gap_ms", "same_visit", "counted"),
    [(0, True, [0]), (4 * HOUR_MS - 1, False, [0]), (4 * HOUR_MS, False, [3, 0]), (9 * HOUR_MS, True, [0])],
)
def test_the_last_of_several_ratings_counts(gap_ms: int, same_visit: bool, counted: list[int]) -> None:
    """Within a visit, or within so many hours, the later replaces the earlier."""
    begin = at("2026-03-02 10:00")
    facts = [fact(rating(f.Face.VERY_GOOD, 1), begin, 1), fact(rating(f.Face.VERY_BAD, 1 if same_visit else 2), begin + gap_ms, 2)]
    assert folded(facts, book()).voice.indices() == counted


def test_only_the_last_ratings_and_reasons_are_kept() -> None:
    """What rungs look at is five ratings; their mean is of the best face in percent, 0 without any."""
    facts = [fact(rating(f.Face.VERY_GOOD, number), at("2026-03-01") + number * DAY_MS, number) for number in range(1, 5)]
    facts += [fact(rating(f.Face.GOOD, number), at("2026-03-01") + number * DAY_MS, number) for number in range(5, 8)]
    facts += [fact(f.Reason(CARDS[0], 1, f.ReasonCode.PRICE), at("2026-04-01") + number, 100 + number) for number in range(20)]
    voice = folded(facts, book()).voice
    assert (voice.indices(), voice.mean_percent(), voice.given, len(voice.reasons)) == ([3, 3, 2, 2, 2], 80, 7, REASONS_KEPT)
    assert Account().voice.mean_percent() == 0


@pytest.mark.parametrize(
    ("opens", "closes", "counts"),
    [
        (None, None, True),
        (time(9), None, True),
        (time(9), time(22), True),
        (time(22), time(9), False),
        (time(23), time(11), True),
        (time(10), time(11), True),
        (time(9), time(10), False),
        (time(9, 30), time(9), True),
    ],
)
def test_ratings_count_while_the_shop_is_open(opens: time | None, closes: time | None, counts: bool) -> None:
    """At ten in the morning; hours that end before they begin reach over midnight; without both times it is always open."""
    account = folded(told(("2026-03-02 10:00", rating())), book(ratings=Ratings(opens=opens, closes=closes)))
    assert bool(account.voice.ratings) is counts


def test_a_bad_rating_of_staff_is_no_case() -> None:
    """Nobody is called because somebody who works here pressed a face."""
    assert folded(told(("2026-03-01 10:00", f.Enrolled(MEMBER, staff=True)), BAD), book()).voice.cases == []


def test_a_bad_rating_after_hours_is_a_case_all_the_same() -> None:
    """A rating that does not count is somebody's problem still."""
    account = folded(told(BAD), book(ratings=Ratings(opens=time(12), closes=time(22))))
    assert (account.voice.indices(), len(account.voice.cases)) == ([], 1)
