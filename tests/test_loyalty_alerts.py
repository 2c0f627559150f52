"""Alerts: they open, call, repeat, are acknowledged and close as their sentences say, once a turn, and never in quiet hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.account.voice import Case, CaseStatus
from loyalty.calendar import Calendar
from loyalty.facts import CaseSource
from loyalty.programme.listening import Alert, AlertKind, Cases, Ratings
from loyalty.shop.alerts import Call, CallKind, Watch, acknowledge, case_calls, comment, measure, open_minutes, watch
from loyalty.shop.misuse import Pressed, in_span

KYIV = ZoneInfo("Europe/Kyiv")
CALENDAR = Calendar(KYIV)
MINUTE_MS, DAY_MS = 60_000, 86_400_000
ALWAYS, CASES = Ratings(), Cases(repeat_minutes=5)
HALF = Alert("half", threshold=50, minutes=15, responses_min=4)


def at(hour: int, minute: int = 0, day: int = 25) -> int:
    """A moment of November 2026 in Kyiv."""
    return int(datetime(2026, 11, day, hour, minute, tzinfo=KYIV).timestamp()) * 1000


def given_at(moment: int, *indices: int, kiosk: str = "k1") -> list[Pressed]:
    """Ratings in the minutes up to a moment, one each second."""
    first = moment - len(indices) * 1000
    return [Pressed(f"{kiosk}/e/{n}", first + n * 1000, index, kiosk, "a" * 32) for n, index in enumerate(indices)]


def turn(state: Watch, now: int, *indices: int, alert: Alert = HALF, hours: Ratings = ALWAYS) -> tuple[Watch, list[CallKind]]:
    """One turn with these ratings just given; returns the state and why somebody is called."""
    state, calls = watch(state, alert, given_at(now, *indices), now, CALENDAR, hours, CASES)
    assert all((call.about, call.at) == (alert.id, now) for call in calls)
    return state, [call.kind for call in calls]


OPENED = turn(Watch("half"), at(12), 0, 0, 3, 3)[0]


@pytest.mark.parametrize(
    ("alert", "indices", "reached", "figure"),
    [
        (HALF, (0, 1, 3, 3), True, 50),
        (HALF, (0, 2, 3, 3), False, 25),
        (HALF, (0, 0, 0), None, 100),
        (HALF, (), False, 0),
        (Alert("i", AlertKind.INDEX, 50), (0, 0, 3, 3), True, 50),
        (Alert("i", AlertKind.INDEX, 50), (0, 1, 3, 3), False, 58),
        (Alert("c", AlertKind.COUNT, 3), (0, 1, 1, 3), True, 3),
        (Alert("c", AlertKind.COUNT, 3), (0, 1, 2, 3), False, 2),
        (Alert("c", AlertKind.COUNT, 3), (0, 1, 1), None, 3),
    ],
)
def test_what_an_alert_measures(alert: Alert, indices: tuple[int, ...], reached: bool | None, figure: int) -> None:
    """Reaching a share or count of bad faces alerts, so does an index at or below; fewer ratings than wanted tell nothing, none is over."""
    found = measure(alert, given_at(at(12), *indices), at(12), CALENDAR, ALWAYS)
    assert (found.reached, found.figure, found.n) == (reached, figure, len(indices))


def test_only_ratings_of_the_window_and_the_kiosks_are_looked_at() -> None:
    """Ratings of just fifteen minutes ago, of other kiosks, or still to come are not measured."""
    ratings = given_at(at(11, 45) + 1000, 0) + given_at(at(12), 0, 0, kiosk="k2") + given_at(at(12), 3) + given_at(at(13), 0)
    assert measure(replace(HALF, kiosks=("k1",)), ratings, at(12), CALENDAR, ALWAYS).n == 1
    assert measure(HALF, ratings, at(12), CALENDAR, ALWAYS).n == 3


def test_it_opens_and_calls_at_once() -> None:
    """The turn in which the threshold is reached opens it and calls, with what was measured."""
    state, calls = watch(Watch("half"), HALF, given_at(at(12), 0, 0, 3, 3), at(12), CALENDAR, ALWAYS, CASES)
    assert state == Watch("half", True, at(12), last_called=at(12))
    assert [(call.kind, call.level, call.figure, call.n) for call in calls] == [(CallKind.OPENED, 1, 50, 4)]
    assert "50 % of 4 ratings in 15 minutes" in calls[0].why


def test_it_repeats_until_somebody_acknowledges() -> None:
    """Nothing before five minutes, a call at five, none any more once somebody has taken it."""
    state, called = turn(OPENED, at(12, 4), 0, 0, 0, 0)
    assert called == []
    state, called = turn(state, at(12, 5), 0, 0, 0, 0)
    assert called == [CallKind.REPEATED]
    state = acknowledge(state, "olena", at(12, 6))
    assert turn(state, at(12, 30), 0, 0, 0, 0)[1] == []


def test_the_first_who_acknowledges_has_it() -> None:
    """A second one changes nothing, and a closed alert is nobody's."""
    taken = acknowledge(OPENED, "olena", at(12, 1))
    assert acknowledge(taken, "petro", at(12, 2)) == taken
    assert (taken.acknowledged_by, taken.acknowledged_at) == ("olena", at(12, 1))
    assert acknowledge(Watch("half"), "olena", at(12)) == Watch("half")


def test_an_acknowledged_one_is_told_again_once_a_day() -> None:
    """Still open on the next day it calls once, and once on the day after that."""
    state = acknowledge(OPENED, "olena", at(12, 1))
    for day in (26, 27):
        state, called = turn(state, at(0, 5, day), 0, 0, 0, 0)
        assert called == [CallKind.DAILY]
        state, called = turn(state, at(18, 0, day), 0, 0, 0, 0)
        assert called == []


def test_it_closes_by_itself_and_opens_anew() -> None:
    """Good ratings close it without a call; the next opening knows nobody who acknowledged the last."""
    state, called = turn(acknowledge(OPENED, "olena", at(12, 1)), at(12, 20), 3, 3, 3, 3)
    assert (state.open, state.closed, called) == (False, at(12, 20), [])
    assert state.acknowledged_by == "olena"
    state, called = turn(state, at(12, 40), 0, 0, 0, 0)
    assert (state.open, state.opened, state.acknowledged_by, state.comments, called) == (True, at(12, 40), "", (), [CallKind.OPENED])


def test_too_few_ratings_neither_open_nor_close_it() -> None:
    """With fewer than it wants, all bad or all good, everything stays; with none at all it is over."""
    assert not turn(Watch("half"), at(12), 0, 0, 0)[0].open
    assert turn(OPENED, at(12, 30), 3, 3, 3)[0].open
    assert not turn(OPENED, at(12, 30))[0].open


def test_one_that_opens_and_closes_by_turns_makes_no_storm() -> None:
    """Flapping each minute for an hour calls no oftener than one that stays open."""
    state, calls = Watch("half"), 0
    for minute in range(60):
        state, called = turn(state, at(12, minute), *([0] * 4 if minute % 2 == 0 else [3] * 4))
        calls += len(called)
    assert calls == 10  # 12:00, then 12:06, 12:12 ...: five minutes have passed, and it is open again


@pytest.mark.parametrize("opened", [None, at(21, 59)], ids=["at night", "before"])
def test_quiet_hours_are_quiet_and_their_end_is_not(opened: int | None) -> None:
    """Opened at night it calls nobody until the quiet hours end, and then once; opened before, it falls silent for them."""
    quiet = replace(HALF, quiet_from=time(22), quiet_to=time(7))
    state = Watch("half") if opened is None else turn(Watch("half"), opened, 0, 0, 0, 0, alert=quiet)[0]
    for hour, day in ((22, 25), (23, 25), (3, 26), (6, 26)):
        state, called = turn(state, at(hour, 0, day), 0, 0, 0, 0, alert=quiet)
        assert (state.open, called) == (True, [])
    state, called = turn(state, at(7, 0, 26), 0, 0, 0, 0, alert=quiet)
    assert called == [CallKind.OPENED if opened is None else CallKind.REPEATED]
    assert turn(state, at(7, 1, 26), 0, 0, 0, 0, alert=quiet)[1] == []


def test_what_recovered_in_quiet_hours_calls_nobody_at_their_end() -> None:
    """Opened and closed at night, it is no news in the morning."""
    quiet = replace(HALF, quiet_from=time(22), quiet_to=time(7))
    state, _ = turn(Watch("half"), at(23), 0, 0, 0, 0, alert=quiet)
    state, _ = turn(state, at(23, 30), 3, 3, 3, 3, alert=quiet)
    assert turn(state, at(7, 0, 26), alert=quiet)[1] == []


SILENT = Alert("silent", AlertKind.SILENT, minutes=60)
SHOP = Ratings(opens=time(9), closes=time(18))


def silent_turn(state: Watch, now: int, last: int) -> tuple[Watch, list[CallKind]]:
    """One turn of the silent alert, the last rating having been given at a moment."""
    state, calls = watch(state, SILENT, [Pressed("k1/e/1", last, 3, "k1", "a" * 32)], now, CALENDAR, SHOP, CASES)
    return state, [call.kind for call in calls]


def test_silence_is_counted_in_opening_time() -> None:
    """A rating half an hour before closing and half an hour after opening make an hour of silence; the night between does not count."""
    last = at(17, 30, 24)
    assert silent_turn(Watch("silent"), at(9, 29), last) == (Watch("silent"), [])
    state, called = silent_turn(Watch("silent"), at(9, 30), last)
    assert (state.open, called) == (True, [CallKind.OPENED])
    assert silent_turn(state, at(9, 40), at(9, 39))[0].closed == at(9, 40)


def test_a_closed_shop_is_not_silent() -> None:
    """After closing a silent alert neither opens nor closes nor calls; the next opening time goes on with it."""
    state, _ = silent_turn(Watch("silent"), at(17, 55), at(16, 0))
    assert state.open
    assert silent_turn(state, at(21), at(16, 0)) == (state, [])
    assert not silent_turn(Watch("silent"), at(21), at(16, 0))[0].open
    assert silent_turn(state, at(9, 0, 26), at(16, 0))[1] == [CallKind.REPEATED]


def test_a_kiosk_that_was_never_rated_is_silent_too() -> None:
    """Without any rating the whole opening time is silence."""
    state, calls = watch(Watch("silent"), SILENT, [], at(12), CALENDAR, SHOP, CASES)
    assert state.open
    assert calls[0].figure == 60


@given(st.integers(0, 4000), st.integers(0, 4000), st.integers(0, 1439), st.integers(0, 1439))
def test_open_minutes_are_the_minutes_in_which_it_is_open(start: int, length: int, opens: int, closes: int) -> None:
    """Counted minute by minute it is the same, across midnights and with hours that reach over them."""
    begin = at(12, 0, 2) + start * MINUTE_MS
    first, last = time(*divmod(opens, 60)), time(*divmod(closes if closes != opens else (closes + 1) % 1440, 60))
    expected = sum(in_span(CALENDAR.clock_of(begin + minute * MINUTE_MS), first, last) for minute in range(length))
    hours = Ratings(opens=first, closes=last)
    assert open_minutes(begin, begin + length * MINUTE_MS, 10_080, CALENDAR, hours) == expected


def test_open_minutes_follow_the_shops_clock_when_it_is_set_back() -> None:
    """Over the night in which an hour comes twice, two days of nine hours are still eighteen; and no more are counted than asked for."""
    start = int(datetime(2026, 10, 24, 0, tzinfo=KYIV).timestamp()) * 1000
    assert open_minutes(start, start + 2 * DAY_MS, 10_080, CALENDAR, SHOP) == 18 * 60
    assert open_minutes(start, start + 2 * DAY_MS, 100, CALENDAR, SHOP) == 100
    assert open_minutes(start, start + 2 * DAY_MS, 10_080, CALENDAR, ALWAYS) == 48 * 60


@given(st.lists(st.tuples(st.integers(1, 600), st.lists(st.integers(0, 3), max_size=8), st.booleans()), max_size=40))
def test_a_watch_is_sane_whatever_comes(turns: list[tuple[int, list[int], bool]]) -> None:
    """At most one call a turn, only while open, never in quiet hours, and between two calls at least the repeat time."""
    alert = replace(HALF, quiet_from=time(22), quiet_to=time(7))
    state, now, last = Watch("half"), at(12), None
    for minutes, indices, taken in turns:
        now += minutes * MINUTE_MS
        state, calls = watch(state, alert, given_at(now, *indices), now, CALENDAR, ALWAYS, CASES)
        assert len(calls) <= 1
        if calls:
            assert state.open
            assert not in_span(CALENDAR.clock_of(now), time(22), time(7))
            assert last is None or now - last >= 5 * MINUTE_MS
            last = now
        if taken:
            state = acknowledge(state, "olena", now)


def test_silence_is_counted_back_for_a_year_and_no_further() -> None:
    """A shop that opens for a minute a day has so many minutes as the days that are looked at, however long nobody came."""
    minute = Ratings(opens=time(10), closes=time(10, 1))
    assert open_minutes(0, at(12), 10_080, CALENDAR, minute) == 366


def test_an_alert_says_what_it_saw() -> None:
    """It calls with the figure it measured and the one it calls at: a number of bad faces, or an index."""
    index = Alert("index", AlertKind.INDEX, 40, responses_min=1)
    _, calls = watch(Watch(index.id), index, given_at(at(12), 0, 1, 0, 3), at(12), CALENDAR, ALWAYS, Cases())
    assert [call.why for call in calls] == ["the index of 4 ratings in 15 minutes is 33, 40 calls"]
    three = Alert("three", AlertKind.COUNT, 3, responses_min=1)
    _, calls = watch(Watch(three.id), three, given_at(at(12), 0, 1, 0, 3), at(12), CALENDAR, ALWAYS, Cases())
    assert [call.why for call in calls] == ["3 of 4 ratings in 15 minutes were bad, 3 call"]


def test_comments_are_kept_within_bounds() -> None:
    """The newest fifty stay, each cut to its length, also after it closed."""
    state = Watch("half")
    for number in range(60):
        state = comment(state, "olena", number, f"{number} " + "x" * 500)
    assert len(state.comments) == 50
    assert (state.comments[-1].at, state.comments[0].at, len(state.comments[-1].text)) == (59, 10, 280)


def case(status: CaseStatus = CaseStatus.OPEN, severity: int = 2, opened: int = 0, id_: str = "c1", asked: int = 0) -> Case:
    """A case opened at noon or so many ms later, due a day after."""
    start = at(12) + opened
    return Case(id_, CaseSource.RATING, severity, start, status, asked=asked, due=start + DAY_MS)


def levels(moments: list[int], one: Case) -> list[int]:
    """Levels called at these moments, asked one after the other."""
    found, asked = [], 0
    for moment in moments:
        found += [call.level for call in case_calls([one], CASES, moment, asked)]
        asked = moment
    return found


def test_a_case_nobody_takes_climbs() -> None:
    """After two minutes level 1 is called, three times again every five minutes, then level 2, then 3, then no higher and once a day."""
    minutes = [at(12) + minute * MINUTE_MS for minute in range(240)]
    assert levels(minutes, case()) == [1] * 4 + [2] * 4 + [3] * 4
    assert case_calls([case()], CASES, at(12, 1)) == []
    first = case_calls([case()], CASES, at(12, 2))
    assert first == [
        Call("c1", CallKind.UNTAKEN, 1, at(12, 2), 2, 0, "a case of severity 2 has waited 2 minutes for somebody"),
    ]
    days = [at(12) + hour * 3_600_000 for hour in range(4, 24 * 4)]
    assert levels(days, replace(case(), due=at(12) + 99 * DAY_MS)) == [3] * 4  # the last of the first day, then one on each later day


def test_an_outage_is_no_storm() -> None:
    """Asked after hours, one case calls once, at the level it has reached."""
    assert [call.level for call in case_calls([case()], CASES, at(15))] == [3]


def test_a_case_that_somebody_has_taken_is_silent_until_it_is_overdue() -> None:
    """Acknowledged it calls nobody for a day, then once a day until it is resolved."""
    taken = case(CaseStatus.ACKNOWLEDGED)
    assert case_calls([taken], CASES, at(11, 59, 26)) == []
    due = case_calls([taken], CASES, at(12, 0, 26), at(11, 59, 26))
    assert [(call.kind, call.level, call.at) for call in due] == [(CallKind.OVERDUE, 2, at(12, 0, 26))]
    assert case_calls([taken], CASES, at(12, 30, 26))[0].why == "a case of severity 2 is overdue by 30 minutes"
    assert case_calls([taken], CASES, at(11, 0, 27), at(12, 0, 26)) == []
    assert len(case_calls([taken], CASES, at(12, 0, 27), at(11, 0, 27))) == 1


@pytest.mark.parametrize("status", [CaseStatus.RESOLVED, CaseStatus.CONFIRMED, CaseStatus.EXPIRED])
def test_a_case_that_staff_have_done_their_part_in_calls_nobody(status: CaseStatus) -> None:
    """Resolved, confirmed and expired cases are silent, however old."""
    assert case_calls([case(status)], CASES, at(12) + 99 * DAY_MS) == []


def test_a_reopened_case_waits_from_the_customers_word() -> None:
    """When the customer says it is not put right, the clock begins anew at level 1."""
    again = case(CaseStatus.REOPENED, asked=at(18))
    assert case_calls([again], CASES, at(18, 1)) == []
    assert [call.level for call in case_calls([again], CASES, at(18, 2))] == [1]


def test_the_gravest_case_calls_first() -> None:
    """Calls are in order of severity, then of age, whatever order the cases come in."""
    cases = [case(id_="late", severity=2, opened=1), case(id_="p1", severity=1, opened=2), case(id_="early", severity=2)]
    assert [call.about for call in case_calls(cases, CASES, at(12, 3))] == ["p1", "early", "late"]
