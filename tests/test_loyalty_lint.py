"""What is allowed but unwise in a programme: the 26 templates told from shapes, and each finding with its code."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from config import shipped
from config.programme import named_programme
from loyalty.programme.lint import ITEMS_GOAL, Code, Report, Template, lines, lint, rungs_served
from loyalty.programme.templates import templates_of
from tests.programmes import TODAY, perk, programme_of, rule

BARE = "[earning]\ngoodwill_day_max = 0\n"
WINDOW = '[[window]]\nid = "w"\nrrule = "FREQ=WEEKLY;BYDAY=TU"\nstart = "14:00"\nminutes = 60\n'
HOLIDAY = '[[holiday]]\nid = "h"\ntitle = { en = "Day" }\nrrule = "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8"\n'
FIELD = '[[field]]\nid = "f"\npurpose = "To know."\n'
QUESTION = (
    '[[question]]\nid = "q"\nstatus = "active"\ntext = { en = "Well?" }\n'
    'choices = [{ id = "a", title = { en = "A" } }, { id = "b", title = { en = "B" } }]\n'
)
CAMPAIGN = '[[campaign]]\nid = "c"\ngoal = "retain"\nstarts = 2026-11-01\nends = 2026-12-31\n'
CLUB = '[[club]]\nid = "k"\ntitle = { en = "Club" }\n'
EVENT = '[[club.event]]\nid = "e"\ntitle = { en = "Evening" }\nday = 2026-12-24\n'
TIERS = '[[tier]]\nid = "t"\ntitle = { en = "T" }\n[[tier]]\nid = "u"\ntitle = { en = "U" }\nmin = 100\n'


def buy(text: str, id_: str = "r") -> str:
    return rule(text, id_, "purchase")


ALONE = {
    Template.POINTS_PER_SPEND: buy("unit = 'amount'\nper = 100\npoints = 1"),
    Template.POINTS_PER_VISIT: rule("points = 10"),
    Template.POINTS_PER_ITEM: buy("unit = 'item'\npoints = 5"),
    Template.PUNCH_CARD: perk(kind="benefit") + buy("unit = 'item'\nper = 10\nperk = 'p'"),
    Template.STEPPED_BY_TIER: TIERS + "times_percent = 110\n",
    Template.WELCOME: rule("", trigger="enrolment"),
    Template.SECOND_VISIT: rule("visits_from = 2\nvisits_to = 2"),
    Template.BIRTHDAY: rule("occasion = 'birthday'", trigger="occasion"),
    Template.ANNIVERSARY: rule("occasion = 'anniversary'", trigger="occasion"),
    Template.PROFESSIONAL_HOLIDAY: HOLIDAY + 'profession = "medic"\n' + rule("occasion = 'h'", trigger="occasion"),
    Template.PUBLIC_HOLIDAY: HOLIDAY,
    Template.HAPPY_HOUR: WINDOW + rule("window = 'w'\ntimes_percent = 200"),
    Template.SLOW_HOUR: WINDOW + rule("window = 'w'"),
    Template.STREAK: rule("streak_weeks = 4"),
    Template.WIN_BACK: rule("away_days = 45"),
    Template.REFERRAL: rule("", "a", "referral") + rule("", "b", "referred"),
    Template.FEEDBACK: rule("", trigger="rating"),
    Template.PROFILE_ANSWER: QUESTION + rule("", trigger="answer"),
    Template.SURPRISE: rule("one_in = 40", trigger="surprise"),
    Template.CLUB_EVENT: CLUB + EVENT,
    Template.SOFT_PERK: perk() + rule("perk = 'p'", trigger="check_in"),
    Template.PRIORITY: perk("cost_points = 100", kind="priority"),
    Template.EARLY_ACCESS: perk(kind="early_access") + TIERS + 'perks = ["p"]\n',
    Template.POOLING: '[[field]]\nid = "household"\npurpose = "To collect together."\n',
    Template.DONATION: perk("cost_points = 100", kind="donation"),
}


@pytest.mark.parametrize(("template", "text"), ALONE.items(), ids=lambda each: each.name if isinstance(each, Template) else "")
def test_a_template_is_told_from_the_shape(template: Template, text: str) -> None:
    """The smallest programme of a template uses exactly that one."""
    assert templates_of(programme_of(BARE + text), TODAY) == {template}


OTHER_SHAPES = {
    "points for one shelf": (buy("unit = 'amount'\ncategories = ['bread']\npoints = 1"), {Template.POINTS_PER_ITEM}),
    "a punch card by visits": (perk(kind="benefit") + rule("every_visit = 10\nperk = 'p'"), {Template.PUNCH_CARD}),
    "steps by rules": (TIERS + rule("tiers = ['u']\ntimes_percent = 150"), {Template.STEPPED_BY_TIER}),
    "a half-birthday": (rule("occasion = 'half-birthday'", trigger="occasion"), {Template.ANNIVERSARY}),
    "a happy day": (rule("weekdays = ['mon']\ntimes_percent = 200"), {Template.HAPPY_HOUR}),
    "a gift on a public holiday": (HOLIDAY + rule("occasion = 'h'", trigger="occasion"), {Template.PUBLIC_HOLIDAY}),
    "points that move": ("[earning]\ngoodwill_day_max = 0\ntransfers = true\n", {Template.POOLING}),
    "goodwill": ("[earning]\ngoodwill_day_max = 1\n", {Template.GOODWILL}),
}


@pytest.mark.parametrize(("text", "found"), OTHER_SHAPES.values(), ids=OTHER_SHAPES)
def test_other_shapes_of_a_template(text: str, found: set[Template]) -> None:
    """Some templates can be written in more than one way."""
    assert templates_of(programme_of(text if "[earning]" in text else BARE + text), TODAY) == found


NOT_ACTIVE = {
    "a draft": rule("status = 'draft'"),
    "a paused rule": rule("status = 'paused'"),
    "an ended rule": rule("status = 'ended'"),
    "a rule whose days are past": rule("ends = 2026-11-30"),
    "a rule whose campaign is over": CAMPAIGN.replace("2026-12-31", "2026-11-30") + rule("campaign = 'c'"),
    "a draft perk": perk("status = 'draft'\ncost_points = 100", kind="donation"),
    "a perk whose days are past": perk("ends = 2026-11-30\ncost_points = 100", kind="donation"),
    "a perk nobody gets": perk(kind="priority"),
    "a perk of a paused rule": perk() + rule("status = 'paused'\nperk = 'p'"),
    "one side of a referral": rule("", trigger="referral"),
    "thanks for no answer": rule("", trigger="answer"),
    "an evening that was": CLUB + EVENT.replace("2026-12-24", "2026-11-30"),
    "a holiday nobody is greeted on": HOLIDAY + '[[greeting]]\nkind = "holiday"\noff = true\n',
    "tiers without steps": TIERS,
    "every visit from the sixth on": rule("visits_from = 6"),
    "every visit but the first": rule("visits_from = 2"),
    "one of the first visits": rule("visits_to = 3"),
}


@pytest.mark.parametrize("text", NOT_ACTIVE.values(), ids=NOT_ACTIVE)
def test_what_is_not_in_force_is_no_active_item(text: str) -> None:
    """Drafts, what is past, and halves of a template do not count."""
    assert templates_of(programme_of(BARE + text), TODAY) == set()


def test_the_last_day_counts() -> None:
    """A rule, a perk, a campaign and an evening are active on their last day, and gone on the next."""
    text = BARE + CAMPAIGN + rule("ends = 2026-12-01\ncampaign = 'c'") + CLUB + EVENT.replace("24", "01")
    text = text.replace("2026-12-31", "2026-12-01") + perk("ends = 2026-12-01\ncost_points = 100", kind="donation")

    assert len(templates_of(programme_of(text), TODAY)) == 3
    assert templates_of(programme_of(text), TODAY + timedelta(days=1)) == set()


def test_there_are_26_templates_in_order() -> None:
    """The templates are numbered as in the list they come from."""
    assert [int(template) for template in Template] == list(range(1, 27))
    assert (Template(4).words, Template(26).words) == ("punch card", "donation")


# ---- the shipped examples


def test_the_examples_use_every_template() -> None:
    """Together the shipped programmes show all 26 templates at work, and the default alone the goal of 20."""
    used = {name: templates_of(named_programme(name), TODAY) for name in shipped.programme_names()}

    assert frozenset().union(*used.values()) == set(Template)
    assert len(used["coffee"]) >= ITEMS_GOAL


@pytest.mark.parametrize("name", shipped.programme_names())
def test_an_example_says_what_lint_says_of_it(name: str) -> None:
    """The codes in the head of a shipped programme are those that lint finds."""
    written = next(line for line in shipped.programme_path(name).read_text().splitlines() if line.startswith("# Lint: "))
    found = {finding.code.value for finding in lint(named_programme(name), TODAY).findings}

    assert written.removeprefix("# Lint: ") == (", ".join(sorted(found)) or "nothing")


# ---- findings


def codes(text: str, today: date = TODAY) -> list[tuple[Code, str]]:
    """(code, path) of all findings but those about a programme's poverty, which every small one has."""
    poor = (Code.RUNG, Code.FEW_ITEMS, Code.FEW_KINDS, Code.STALE)
    report = lint(programme_of(text), today)
    assert all(each.what and each.do for each in report.findings)
    return [(each.code, each.path) for each in report.findings if each.code not in poor]


EXCLUSIVE = "stacking = 'exclusive'\n"
FOUND = {
    "an active rule that is over": (rule("ends = 2026-11-30"), Code.RULE_OVER, "rule[0]"),
    "an active rule of an old campaign": (
        CAMPAIGN.replace("2026-12-31", "2026-11-30") + rule("campaign = 'c'"),
        Code.CAMPAIGN_OVER,
        "rule[0]",
    ),
    "a shadowed rule": (rule(EXCLUSIVE + "priority = 200", "a") + rule(EXCLUSIVE + "weekdays = ['mon']", "b"), Code.SHADOWED, "rule[1]"),
    "a shadowed multiplier": (
        rule("", "v") + rule(EXCLUSIVE + "priority = 200\ntimes_percent = 200", "a") + rule(EXCLUSIVE + "times_percent = 300", "b"),
        Code.SHADOWED,
        "rule[2]",
    ),
    "nothing to multiply": (buy("times_percent = 200") + rule(""), Code.NOTHING_TO_MULTIPLY, "rule[0]"),
    "only perks to multiply": (perk() + rule("perk = 'p'", "a") + rule("times_percent = 200", "b"), Code.NOTHING_TO_MULTIPLY, "rule[1]"),
    "a window in the past": (WINDOW + "ends = 2026-11-30\n" + rule("window = 'w'"), Code.WINDOW_NEVER, "rule[0]"),
    "a window on other days": (WINDOW + rule("window = 'w'\nweekdays = ['mon', 'wed']"), Code.WINDOW_NEVER, "rule[0]"),
    "a window on no day": (
        WINDOW.replace("WEEKLY;BYDAY=TU", "YEARLY;BYMONTH=2;BYMONTHDAY=30") + rule("window = 'w'"),
        Code.WINDOW_NEVER,
        "rule[0]",
    ),
    "a window after the rule": (WINDOW + "starts = 2027-02-01\n" + rule("window = 'w'\nends = 2027-01-31"), Code.WINDOW_NEVER, "rule[0]"),
    "a budget below one earning": (rule("budget_points = 9"), Code.BUDGET, "rule[0]"),
    "a kiosk's budget below one earning": (rule("kiosk_budget_points = 9\nbudget_points = 99"), Code.BUDGET, "rule[0]"),
    "a budget of points for a perk": (perk() + rule("perk = 'p'\nbudget_points = 9"), Code.BUDGET, "rule[0]"),
    "a paused perk": (perk("status = 'paused'") + rule("perk = 'p'"), Code.PERK_OVER, "rule[0]"),
    "a perk that is over": (perk("ends = 2026-11-30") + rule("perk = 'p'"), Code.PERK_OVER, "rule[0]"),
    "no question to thank for": (rule("", trigger="answer"), Code.NO_QUESTION, "rule[0]"),
    "no evening to come to": (CLUB + EVENT.replace("2026-12-24", "2026-11-30") + rule("", trigger="check_in"), Code.NO_EVENT, "rule[0]"),
    "more visits than days": ("[tiers]\nbasis = 'visits'\nwindow_days = 99\n" + TIERS, Code.TIER_UNREACHABLE, "tier[1]"),
    "more visits than a year has": (
        "[tiers]\nbasis = 'visits'\nwindow = 'year'\n" + TIERS.replace("min = 100", "min = 367"),
        Code.TIER_UNREACHABLE,
        "tier[1]",
    ),
    "no point that qualifies": (TIERS + rule("qualifying = false"), Code.TIER_UNREACHABLE, "tier[1]"),
    "a perk nobody gets": (perk(), Code.PERK_UNREACHED, "perk[0]"),
    "a reward too cheap to be bought": (perk("cost_points = 99", kind="reward"), Code.PERK_UNREACHED, "perk[0].cost_points"),
    "a profession nobody is asked for": (HOLIDAY + "profession = 'medic'\n", Code.HOLIDAY_UNKNOWN, "holiday[0].profession"),
    "a holiday that never comes": (HOLIDAY.replace("3;", "2;").replace("=8", "=30"), Code.HOLIDAY_UNKNOWN, "holiday[0].rrule"),
    "a question for nothing": (FIELD + QUESTION + "field = 'f'\n", Code.FIELD_UNUSED, "question[0].field"),
    "a question for what was": (
        FIELD + QUESTION + "field = 'f'\n" + CAMPAIGN.replace("2026-12-31", "2026-11-30") + "learns = 'f'\n",
        Code.FIELD_UNUSED,
        "question[0].field",
    ),
}


@pytest.mark.parametrize(("text", "code", "path"), FOUND.values(), ids=FOUND)
def test_what_can_never_work_is_found(text: str, code: Code, path: str) -> None:
    """Each rule, tier, perk, holiday or question that can never do anything is found once, at its place."""
    assert codes(text) == [(code, path)]


def test_what_is_only_for_people_there_are_none_of() -> None:
    """A rule for an unreachable tier, and one for a club of that tier only, are found beside the tier; one other way in is enough."""
    lost = "[tiers]\nbasis = 'visits'\nwindow_days = 90\n" + TIERS
    club = CLUB + "join = 'rule'\ntiers = ['u']\n"
    rules = rule("tiers = ['u']", "a") + rule("clubs = ['k']", "b")

    assert codes(lost + club + rules) == [
        (Code.UNREACHABLE, "rule[0].tiers"),
        (Code.UNREACHABLE, "rule[1].clubs"),
        (Code.TIER_UNREACHABLE, "tier[1]"),
    ]
    assert codes(lost + club + "rungs = ['client']\n" + rules.replace("['u']", "['t', 'u']")) == [(Code.TIER_UNREACHABLE, "tier[1]")]


WORKS = {
    "a rule to come": rule("starts = 2027-06-01"),
    "an exclusive rule below one with a condition": rule(EXCLUSIVE + "priority = 200\nonce = 'day'", "a") + rule(EXCLUSIVE, "b"),
    "an exclusive rule below one that counts": rule(EXCLUSIVE + "priority = 200\nper = 2", "a") + rule(EXCLUSIVE, "b"),
    "an exclusive rule of another trigger": rule(EXCLUSIVE + "priority = 200", "a") + buy(EXCLUSIVE, "b"),
    "an exclusive multiplier below an exclusive rule": rule(EXCLUSIVE + "priority = 200", "a")
    + rule(EXCLUSIVE + "times_percent = 200", "b"),
    "two exclusive rules of one priority": rule(EXCLUSIVE, "a") + rule(EXCLUSIVE, "b"),
    "a window that opens next week": WINDOW + "starts = 2026-12-08\n" + rule("window = 'w'\nweekdays = ['tue']"),
    "a window that began yesterday": WINDOW.replace("TU", "MO").replace("= 60", "= 900") + "ends = 2026-11-30\n" + rule("window = 'w'"),
    "a window over midnight into another day": WINDOW.replace("= 60", "= 900") + rule("window = 'w'\nweekdays = ['wed']"),
    "a leap day": WINDOW.replace("WEEKLY;BYDAY=TU", "YEARLY;BYMONTH=2;BYMONTHDAY=29") + rule("window = 'w'"),
    "a tier by invitation": "[tiers]\nbasis = 'visits'\nwindow_days = 9\n" + TIERS + "invited = true\n" + rule("tiers = ['u']"),
    "a visit every day": "[tiers]\nbasis = 'visits'\nwindow_days = 100\n" + TIERS,
    "many visits in a life": "[tiers]\nbasis = 'visits'\nwindow = 'ever'\n" + TIERS.replace("100", "5000"),
    "a club by invitation": CLUB + rule("clubs = ['k']"),
    "a club by rung": CLUB + "join = 'rule'\nrungs = ['advocate']\n" + rule("clubs = ['k']"),
    "an evening today": CLUB + EVENT.replace("2026-12-24", "2026-12-01") + rule("", trigger="check_in"),
    "a budget of one earning": rule("budget_points = 10"),
    "goodwill that staff give": perk(kind="goodwill"),
    "a perk of a tier": perk() + TIERS + "perks = ['p']\n" + rule(""),
    "a draft perk nobody gets": perk("status = 'draft'"),
    "a poll": QUESTION,
    "a profession that is asked for": HOLIDAY + "profession = 'medic'\n" + FIELD.replace('"f"', '"profession"'),
    "a question of a campaign": FIELD + QUESTION + "field = 'f'\n" + CAMPAIGN + "learns = 'f'\n",
}


@pytest.mark.parametrize("text", WORKS.values(), ids=WORKS)
def test_what_can_work_is_left_in_peace(text: str) -> None:
    """Nothing is said of what can apply some day, or of what cannot be proved."""
    assert codes(text) == []


def test_lint_has_an_answer_at_the_ends_of_time() -> None:
    """The first and the last day there are give a report like any other."""
    text = (
        HOLIDAY
        + "days = 14\n"
        + WINDOW.replace("= 60", "= 900")
        + rule("window = 'w'", "a")
        + rule("window = 'w'\nstarts = 9999-12-31", "b")
    )

    for today in (date.min, date.max):
        assert isinstance(lint(programme_of(text), today), Report)


SERVED = {
    "prospect": rule("", trigger="enrolment"),
    "buyer": rule("visits_from = 2\nvisits_to = 3"),
    "client": rule("streak_weeks = 4"),
    "advocate": rule("", trigger="referral"),
}
ON_PURPOSE = {
    "a rule": rule("rungs = ['advocate']"),
    "a perk": perk("rungs = ['advocate']\ncost_points = 100", kind="reward"),
    "a question": QUESTION + "rungs = ['advocate']\n",
    "a campaign": CAMPAIGN + "rungs = ['advocate']\n",
    "a club": CLUB + "join = 'rule'\nrungs = ['advocate']\n",
}


@pytest.mark.parametrize(("rung", "text"), SERVED.items(), ids=SERVED)
def test_some_rules_serve_a_rung_by_their_nature(rung: str, text: str) -> None:
    """A welcome is for prospects, a second visit for buyers, a streak for clients, a referral for advocates."""
    assert rungs_served(programme_of(text), TODAY) == {rung}


@pytest.mark.parametrize("text", ON_PURPOSE.values(), ids=ON_PURPOSE)
def test_what_names_a_rung_serves_it(text: str) -> None:
    """A rule, perk, question, campaign or club made for a rung serves it."""
    assert rungs_served(programme_of(text), TODAY) == {"advocate"}


def test_what_is_for_everybody_serves_no_rung() -> None:
    """A rule without rungs, a draft and an old campaign leave all four rungs unserved, and lint says so of each."""
    text = (
        rule("", "a")
        + rule("rungs = ['client']\nstatus = 'draft'", "b")
        + CAMPAIGN.replace("2026-12-31", "2026-11-30")
        + "rungs = ['buyer']\n"
    )
    report = lint(programme_of(text), TODAY)

    assert [each.what.split()[-1] for each in report.findings if each.code is Code.RUNG] == ["prospect", "buyer", "client", "advocate"]


def _has(code: Code, text: str, today: date = TODAY) -> bool:
    return any(each.code is code for each in lint(programme_of(text), today).findings)


def test_a_programme_goes_stale() -> None:
    """Sixty days after its last campaign nothing is said, a day later it is, and without any campaign always."""
    last = date(2026, 12, 31)

    assert not _has(Code.STALE, CAMPAIGN, last + timedelta(days=60))
    assert _has(Code.STALE, CAMPAIGN, last + timedelta(days=61))
    assert _has(Code.STALE, "")


def test_kinds_of_perk_are_counted() -> None:
    """Three kinds that customers can get are few, four are not, and a kind nobody can get does not count."""
    bought = "".join(perk("cost_points = 100", kind, kind) for kind in ("reward", "donation", "priority"))

    assert _has(Code.FEW_KINDS, bought + perk(kind="soft"))
    assert not _has(Code.FEW_KINDS, bought + perk(kind="goodwill"))


def test_the_report_says_what_is_missing() -> None:
    """The lines for people begin with the counts, name what is not used, and give each finding its code, place and advice."""
    report = lint(programme_of(rule("ends = 2026-11-30")), TODAY)
    said = lines(report)

    assert report.items == 1
    assert said[0].startswith("active items: 1 of 20; not used: points per spend, points per visit")
    assert said[1] == "kinds of perk: 0 of 7"
    assert any(line.startswith("rule_over: rule[0]: is active and its last day is past; write") for line in said)
    assert len(said) == 2 + len(report.findings)
