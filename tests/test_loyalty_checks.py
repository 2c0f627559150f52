"""What makes a programme unfit though each of its tables is well formed: every check has its case here, by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from loyalty.programme import Programme
from loyalty.programme.checks import PLACEHOLDERS, problems, successor_problems
from loyalty.programme.rules import Status
from loyalty.programme.succession import LIMITS
from tests.programmes import perk, programme_of, rule

WINDOW = '[[window]]\nid = "w"\n'
FIELD = '[[field]]\nid = "f"\npurpose = "To know."\n'
CHOICES = 'choices = [{ id = "a", title = { en = "A" } }, { id = "b", title = { en = "B" } }]\n'
QUESTION = f'[[question]]\nid = "q"\ntext = {{ en = "Well?" }}\n{CHOICES}'
HOLIDAY = '[[holiday]]\nid = "h"\ntitle = { en = "Day" }\nrrule = "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8"\n'
CAMPAIGN = '[[campaign]]\nid = "c"\ngoal = "retain"\nstarts = 2026-11-01\nends = 2026-12-31\n'
CLUB = '[[club]]\nid = "k"\ntitle = { en = "Club" }\n'
EVENT = '[[club.event]]\nid = "e"\ntitle = { en = "Evening" }\nday = 2026-12-24\n'
ALERT = '[[alert]]\nid = "a"\n'
TIER = '[[tier]]\nid = "t"\ntitle = { en = "T" }\n'
SILVER = '[[tier]]\nid = "silver"\ntitle = { en = "Silver" }\n'
GREETING = '[[greeting]]\nkind = "milestone"\n'


def expiry(text: str) -> str:
    return f"[expiry]\n{text}\n"


WRONG = {
    # names
    "a rule's id twice": (rule("") + rule(""), "rule[1].id", "already"),
    "a perk's id twice": (perk() + perk(), "perk[1].id", "already"),
    "a window's id twice": (WINDOW + WINDOW, "window[1].id", "already"),
    "a tier's id twice": (TIER + TIER + "min = 5\n", "tier[1].id", "already"),
    "an alert's id twice": (ALERT + ALERT, "alert[1].id", "already"),
    "a field's id twice": (FIELD + FIELD, "field[1].id", "already"),
    "a question's id twice": (QUESTION + QUESTION, "question[1].id", "already"),
    "a choice twice": (QUESTION.replace('"b"', '"a"'), "question[0].choices[1].id", "already"),
    "a holiday's id twice": (HOLIDAY + HOLIDAY, "holiday[1].id", "already"),
    "a campaign's id twice": (CAMPAIGN + CAMPAIGN, "campaign[1].id", "already"),
    "a club's id twice": (CLUB + CLUB, "club[1].id", "already"),
    "an event's id twice": (CLUB + EVENT + EVENT, "club[0].event[1].id", "already"),
    "a kind of greeting twice": (GREETING + GREETING, "greeting[1].kind", "already"),
    "a holiday named like an occasion": (HOLIDAY.replace('"h"', '"birthday"'), "holiday[0].id", "occasion"),
    # references
    "an unknown window": (WINDOW + rule('window = "v"'), "rule[0].window", "no window"),
    "an unknown perk": (perk() + rule('perk = "pp"'), "rule[0].perk", 'did you mean "p"'),
    "an unknown campaign": (rule('campaign = "c"'), "rule[0].campaign", "[[campaign]]"),
    "an unknown tier of a rule": (TIER + SILVER + "min = 5\n" + rule('tiers = ["silber"]'), "rule[0].tiers[0]", 'did you mean "silver"'),
    "an unknown club of a rule": (rule('clubs = ["k"]'), "rule[0].clubs[0]", "no club"),
    "an unknown rung of a rule": (rule('rungs = ["client", "advocat"]'), "rule[0].rungs[1]", 'did you mean "advocate"'),
    "an unknown rung of a perk": (perk('rungs = ["x"]'), "perk[0].rungs[0]", "prospect, buyer, client, advocate"),
    "an unknown tier of a perk": (perk('tiers = ["x"]'), "perk[0].tiers[0]", "no tier"),
    "an unknown club of a perk": (perk('clubs = ["x"]'), "perk[0].clubs[0]", "no club"),
    "an unknown rung of a campaign": (CAMPAIGN + 'rungs = ["x"]\n', "campaign[0].rungs[0]", "no rung"),
    "an unknown tier of a campaign": (CAMPAIGN + 'tiers = ["x"]\n', "campaign[0].tiers[0]", "no tier"),
    "an unknown club of a campaign": (CAMPAIGN + 'clubs = ["x"]\n', "campaign[0].clubs[0]", "no club"),
    "a campaign that learns an unknown field": (FIELD + CAMPAIGN + 'learns = "ff"\n', "campaign[0].learns", 'did you mean "f"'),
    "an unknown rung of a club": (CLUB + 'join = "rule"\nrungs = ["x"]\n', "club[0].rungs[0]", "no rung"),
    "an unknown tier of a club": (CLUB + 'join = "rule"\ntiers = ["x"]\n', "club[0].tiers[0]", "no tier"),
    "an unknown field of a question": (QUESTION + 'field = "f"\n', "question[0].field", "no field"),
    "an unknown rung of a question": (QUESTION + 'rungs = ["x"]\n', "question[0].rungs[0]", "no rung"),
    "an unknown perk of a tier": (TIER + 'perks = ["p"]\n', "tier[0].perks[0]", "no perk"),
    "an unknown occasion": (HOLIDAY + rule('occasion = "birthdya"', trigger="occasion"), "rule[0].occasion", 'did you mean "birthday"'),
    "one tier named twice": (TIER + rule('tiers = ["t", "t"]'), "rule[0].tiers[1]", "twice"),
    "an active rule with a draft perk": (perk('status = "draft"') + rule('perk = "p"'), "rule[0].perk", "draft"),
    "an active rule with an ended perk": (perk('status = "ended"') + rule('perk = "p"'), "rule[0].perk", "ended"),
    "a tier with a draft perk": (perk('status = "draft"') + TIER + 'perks = ["p"]\n', "tier[0].perks[0]", "draft"),
    # rules
    "a rule without an effect": (rule("points = 0"), "rule[0]", "gives nothing"),
    "a multiplier beside points": (rule("points = 1\ntimes_percent = 200"), "rule[0].times_percent", "two rules"),
    "a multiplier beside a perk": (perk() + rule('perk = "p"\ntimes_percent = 200'), "rule[0].times_percent", "two rules"),
    "a multiplier by one": (rule("times_percent = 100"), "rule[0].times_percent", "adds nothing"),
    "a multiplier that counts money": (rule('times_percent = 200\nunit = "amount"', trigger="purchase"), "rule[0].unit", "only multiplies"),
    "a multiplier that counts visits": (rule("times_percent = 200\nper = 3"), "rule[0].per", "only multiplies"),
    "a multiplier of a surprise": (
        rule("times_percent = 200\none_in = 9", trigger="surprise"),
        "rule[0].times_percent",
        "nothing to multiply",
    ),
    "no occasion": (rule("", trigger="occasion"), "rule[0].occasion", "missing"),
    "an occasion at a visit": (rule('occasion = "birthday"'), "rule[0].occasion", 'trigger = "occasion"'),
    "no chance": (rule("", trigger="surprise"), "rule[0].one_in", "missing"),
    "a chance at a visit": (rule("one_in = 40"), "rule[0].one_in", 'trigger = "surprise"'),
    "a kiosk's day at a visit": (rule("kiosk_day_max = 3"), "rule[0].kiosk_day_max", 'trigger = "surprise"'),
    "money at a visit": (rule('unit = "amount"'), "rule[0].unit", "purchase"),
    "items at a rating": (rule('unit = "item"', trigger="rating"), "rule[0].unit", "purchase"),
    "a least amount at a visit": (rule("min_amount = 5"), "rule[0].min_amount", 'trigger = "purchase"'),
    "articles at a visit": (rule('items = ["4820"]'), "rule[0].items", 'trigger = "purchase"'),
    "categories at a visit": (rule('categories = ["bread"]'), "rule[0].categories", 'trigger = "purchase"'),
    "exclusions at a visit": (rule('excluded = ["bread"]'), "rule[0].excluded", 'trigger = "purchase"'),
    "vesting on action at a visit": (rule("vests_on_action = true"), "rule[0].vests_on_action", 'trigger = "purchase"'),
    "a category in and out": (rule('categories = ["a"]\nexcluded = ["a"]', trigger="purchase"), "rule[0].excluded", "never count"),
    "a rule that starts after it ends": (rule("starts = 2026-12-02\nends = 2026-12-01"), "rule[0].starts", "after ends"),
    "visits that end before they begin": (rule("visits_from = 3\nvisits_to = 2"), "rule[0].visits_from", "above visits_to"),
    "times without a period": (rule("times = 3"), "rule[0].times", "period"),
    "a rule's expiry without a length": (rule("expiry = { round = 'year_end' }"), "rule[0].expiry.months", "needed"),
    # expiry
    "a rolling expiry without a length": (expiry('round = "month_end"'), "expiry.months", "needed"),
    "inactivity without days": (expiry('policy = "inactivity"'), "expiry.days", "needed"),
    "inactivity in months": (expiry('policy = "inactivity"\ndays = 9\nmonths = 3'), "expiry.months", "no meaning"),
    "days for never": (expiry('policy = "never"\ndays = 9'), "expiry.days", "no meaning"),
    "months for a fixed day": (expiry('policy = "fixed"\nmonths = 9'), "expiry.months", "no meaning"),
    # perks
    "a reward for nothing": (perk(kind="reward"), "perk[0].cost_points", "missing"),
    "a donation of nothing": (perk(kind="donation"), "perk[0].cost_points", "missing"),
    "a soft perk for sale": (perk("cost_points = 5"), "perk[0].cost_points", "is given"),
    "a benefit for sale": (perk("cost_points = 5", kind="benefit"), "perk[0].cost_points", "is given"),
    "goodwill for sale": (perk("cost_points = 5", kind="goodwill"), "perk[0].cost_points", "is given"),
    "a perk that starts after it ends": (perk("starts = 2026-12-02\nends = 2026-12-01"), "perk[0].starts", "after ends"),
    "a perk without a title": (perk("title = {}"), "perk[0].title", "no text"),
    # windows and days
    "a window that starts after it ends": (WINDOW + "starts = 2026-12-02\nends = 2026-12-01\n", "window[0].starts", "after ends"),
    "a start without minutes": (WINDOW + 'start = "14:00"\n', "window[0].minutes", "beside start"),
    "minutes without a start": (WINDOW + "minutes = 60\n", "window[0].start", "beside minutes"),
    "a window's rule that is none": (WINDOW + 'rrule = "Tuesdays"\n', "window[0].rrule", "FREQ=WEEKLY"),
    "every other week from nowhere": (WINDOW + 'rrule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"\n', "window[0].rrule", "starts in the window"),
    "a holiday's rule that is none": (HOLIDAY.replace("FREQ=YEARLY;", ""), "holiday[0].rrule", "FREQ"),
    "a holiday every other year": (HOLIDAY.replace("YEARLY", "YEARLY;INTERVAL=2"), "holiday[0].rrule", "INTERVAL"),
    "a holiday without a title": (HOLIDAY.replace('{ en = "Day" }', "{}"), "holiday[0].title", "no text"),
    # tiers and rungs
    "a first tier above nothing": (TIER + "min = 5\n", "tier[0].min", "0"),
    "a first tier by invitation": (TIER + "invited = true\n", "tier[0].min", "by invitation"),
    "a tier not above the last": (TIER + SILVER + "min = 5\n" + SILVER.replace("silver", "gold") + "min = 5\n", "tier[2].min", "rising"),
    "a second tier at nothing": (TIER + SILVER, "tier[1].min", "rising"),
    "a tier without a title": (TIER.replace('{ en = "T" }', "{}"), "tier[0].title", "no text"),
    "a harder way to stay than to come": ("[rungs]\nkeep_mean_percent = 90\n", "rungs.keep_mean_percent", "above"),
    # listening
    "a shop that opens and never closes": ('[ratings]\nopens = "08:00"\n', "ratings.closes", "both"),
    "a shop that closes and never opens": ('[ratings]\ncloses = "08:00"\n', "ratings.opens", "both"),
    "a shop open for no time": ('[ratings]\nopens = "08:00"\ncloses = "08:00"\n', "ratings.closes", "never closes"),
    "quiet from and not to": (ALERT + 'quiet_from = "22:00"\n', "alert[0].quiet_to", "both"),
    "quiet to and not from": (ALERT + 'quiet_to = "22:00"\n', "alert[0].quiet_from", "both"),
    "more than a hundred percent": (ALERT + "threshold = 101\n", "alert[0].threshold", "100"),
    "a sensitive question": (FIELD + "sensitive = true\n" + QUESTION + 'field = "f"\n', "question[0].field", "sensitive"),
    "a choice without a title": (QUESTION.replace('{ en = "B" }', "{}"), "question[0].choices[1].title", "no text"),
    # saying
    "a late notice before the early one": ("[greetings]\nburn_days = 30\nburn_early_days = 30\n", "greetings.burn_days", "burn_early_days"),
    "card problems unsaid": ('[[greeting]]\nkind = "card"\noff = true\n', "greeting[0].off", "cannot be"),
    "no apology": ('[[greeting]]\nkind = "recovery"\noff = true\n', "greeting[0].off", "cannot be"),
    "a campaign that starts after it ends": (CAMPAIGN.replace("2026-11-01", "2027-01-01"), "campaign[0].starts", "after ends"),
    "a club by rule without one": (CLUB + 'join = "rule"\n', "club[0].join", "neither"),
    "a club by invitation with a rule": (CLUB + 'rungs = ["client"]\n', "club[0].rungs", "invitation"),
    "a club without a title": (CLUB.replace('{ en = "Club" }', "{}"), "club[0].title", "no text"),
    "an event without a title": (CLUB + EVENT.replace('{ en = "Evening" }', "{}"), "club[0].event[0].title", "no text"),
}


@pytest.mark.parametrize(("text", "path", "words"), WRONG.values(), ids=WRONG)
def test_what_does_not_fit_together_is_told(text: str, path: str, words: str) -> None:
    """Each contradiction is found once, at its place, with words that say what to do, and nothing else is found beside it."""
    found = problems(programme_of(text))

    assert [each.path for each in found] == [path]
    assert words in f"{found[0].what}; {found[0].do}"
    assert found[0].what
    assert found[0].do


FITS = {
    "nothing but a name": "",
    "a rule that gives points and a perk": perk() + rule('points = 5\nperk = "p"'),
    "a paused perk": perk('status = "paused"') + rule('perk = "p"'),
    "a draft with an ended perk": perk('status = "ended"') + rule('status = "draft"\nperk = "p"'),
    "a holiday's occasion": HOLIDAY + rule('occasion = "h"', trigger="occasion"),
    "a queue skipped for points": perk("cost_points = 50", kind="priority"),
    "every other week from a day": WINDOW + 'rrule = "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"\nstarts = 2026-11-02\n',
    "an invited tier between": TIER + SILVER + "invited = true\n" + SILVER.replace("silver", "gold") + "min = 5\n",
    "a shop open over midnight": '[ratings]\nopens = "18:00"\ncloses = "02:00"\n',
    "more than a hundred ratings": ALERT + 'kind = "count"\nthreshold = 500\n',
    "gratitude off": '[[greeting]]\nkind = "gratitude"\noff = true\n',
    "an open end of visits": rule("visits_from = 6"),
    "a single day": rule("starts = 2026-12-01\nends = 2026-12-01"),
    "one id in two lists": perk(id_="x") + rule("", id_="x"),
    "one event's id in two clubs": CLUB + EVENT + CLUB.replace('"k"', '"l"') + EVENT,
}


@pytest.mark.parametrize("text", FITS.values(), ids=FITS)
def test_what_fits_is_let_through(text: str) -> None:
    """A programme in which everything can be used as it is written has no problem."""
    assert problems(programme_of(text)) == []


@pytest.mark.parametrize("name", PLACEHOLDERS)
def test_every_placeholder_can_be_used(name: str) -> None:
    """A shop's own sentence may hold any of the six placeholders, and doubled braces."""
    assert problems(programme_of(f'{GREETING}texts = {{ en = ["{{{name}}} and {{{{so}}}}"] }}\n')) == []


@pytest.mark.parametrize(
    "text", ["{surname}", "{}", "{0}", "{name", "name}", "{name!r}", "{points:>9}", "{name.real}", "{points[0]}", "{name:{points}}"]
)
def test_what_nothing_can_fill_is_refused(text: str) -> None:
    """A sentence with a foreign placeholder, a conversion, a format or a lost brace is refused at its place."""
    found = problems(programme_of(f'{GREETING}texts = {{ en = ["Well."], uk = ["Так.", "{text}"] }}\n'))

    assert [each.path for each in found] == ["greeting[0].texts.uk[1]"]


def test_all_problems_are_told_at_once() -> None:
    """Three mistakes in three tables are three problems of one reading."""
    text = rule("points = 0") + perk(kind="reward") + "[rungs]\nkeep_mean_percent = 90\n"

    assert [each.path for each in problems(programme_of(text))] == ["rule[0]", "perk[0].cost_points", "rungs.keep_mean_percent"]


# ---- one version after another


OLD = programme_of(rule("once = 'day'\nbudget_points = 100", "earned") + rule("status = 'draft'", "new") + rule("status = 'ended'", "over"))


def _next(old: Programme = OLD, **changes: object) -> Programme:
    """The next version, with the first rule changed."""
    return replace(_risen(old), rule=(replace(old.rule[0], **changes), *old.rule[1:]))  # type: ignore[arg-type]


def _risen(old: Programme) -> Programme:
    return replace(old, programme=replace(old.programme, version=old.version + 1))


def _paths(new: Programme, old: Programme = OLD) -> list[str]:
    return [each.path for each in successor_problems(old, new)]


def test_the_same_programme_again_is_no_problem() -> None:
    """What is in force can be put in force again."""
    assert successor_problems(OLD, OLD) == []


def test_a_version_has_one_content() -> None:
    """Another content under the same version is refused, and so is a version that falls."""
    changed = replace(OLD, rungs=replace(OLD.rungs, usual_days=3))

    assert _paths(changed) == ["programme.version"]
    assert _paths(OLD, _risen(_risen(OLD))) == ["programme.version"]
    assert _paths(_risen(changed)) == []


@pytest.mark.parametrize("change", [{"time_zone": "Europe/Warsaw"}, {"currency": "EUR"}])
def test_zone_and_money_stay(change: dict[str, str]) -> None:
    """Neither the zone of the days nor the currency of the purchases changes within a programme."""
    new = _risen(OLD)

    assert _paths(replace(new, programme=replace(new.programme, **change))) == [f"programme.{next(iter(change))}"]


@pytest.mark.parametrize(
    "change", [{"points": 11}, {"once": "week"}, {"starts": date(2027, 1, 1)}, {"rungs": ("client",)}, {"vests_days": 3}]
)
@pytest.mark.parametrize("status", [Status.ACTIVE, Status.PAUSED])
def test_a_rule_in_force_keeps_what_it_promised(change: dict[str, object], status: Status) -> None:
    """A rule that was active, or is paused, needs a new id for any other effect or condition; the key is named."""
    old = replace(OLD, rule=(replace(OLD.rule[0], status=status), *OLD.rule[1:]))

    assert _paths(_next(old, **change), old) == [f"rule[0].{next(iter(change))}"]


@pytest.mark.parametrize(
    "change", [{"status": Status.PAUSED}, {"status": Status.ENDED}, {"ends": date(2027, 1, 1)}, *({key: 7} for key in LIMITS)]
)
def test_a_rule_in_force_can_be_stopped_and_limited(change: dict[str, object]) -> None:
    """Status, last day and limits of a rule in force may change."""
    assert _paths(_next(**change)) == []


def test_a_rule_in_force_is_never_a_draft_again() -> None:
    """Members have earned by it, so it can only be paused or ended."""
    assert _paths(_next(status=Status.DRAFT)) == ["rule[0].status"]


def test_what_has_ended_stays_so() -> None:
    """An ended rule does not come back, and its content stays as it was."""
    over = OLD.rule[2]
    new = _risen(OLD)

    assert _paths(replace(new, rule=(*OLD.rule[:2], replace(over, status=Status.ACTIVE)))) == ["rule[2].status"]
    assert _paths(replace(new, rule=(*OLD.rule[:2], replace(over, points=1)))) == ["rule[2].points"]


def test_drafts_and_new_rules_are_free() -> None:
    """A draft may become anything, a rule may come, and one may go; places are those of the new programme."""
    draft = replace(OLD.rule[1], points=99, status=Status.ACTIVE)
    coming = replace(OLD.rule[0], id="coming", points=3)

    assert _paths(replace(_risen(OLD), rule=(coming, draft, replace(OLD.rule[0])))) == []
    assert _paths(replace(_risen(OLD), rule=(coming, replace(OLD.rule[0], points=1)))) == ["rule[1].points"]
