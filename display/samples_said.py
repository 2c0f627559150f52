"""The greeting with each kind of thing said in it, with invented people and shops: for screenshots and the golden pictures. Pure.

Most have a second line, a tier and the menu, so that the rooms are full; and some have longer words than any shop should write.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

from display.scenes import Greeting, Scene
from loyalty.said import GreetingKind, Said

TIERS = {"en": "Gold", "uk": "Золото", "ru": "Золото"}
LONG_TIERS = {"en": "Platinum Diamond", "uk": "Діамантовий клуб", "ru": "Алмазный клуб"}
NOTES = {
    "en": ("Your favourite Ethiopian beans have come in, we kept a bag for you", "Maryna"),
    "uk": ("Приїхала ваша улюблена ефіопська кава, ми лишили вам пачку", "Марина"),
    "ru": ("Приехал ваш любимый эфиопский кофе, мы отложили вам пачку", "Марина"),
}
LONG_NOTES = {
    "en": "Your umbrella is with us since Tuesday, it is drying behind the counter; ask whoever is here, everybody knows it is yours",
    "uk": "Ваша парасолька в нас із вівторка, сохне за стійкою; запитайте будь-кого з нас, усі знають, що вона чекає саме на вас",
    "ru": "Ваш зонт у нас со вторника, сохнет за стойкой; спросите любого из нас, все знают, что он ждёт именно вас и никого больше",
}
HOLIDAYS = {"en": "Teachers’ Day", "uk": "День учителя", "ru": "День учителя"}
PERKS = {"en": "a slice of cake", "uk": "шматок торта", "ru": "кусочек торта"}
REPLIES = {"en": "there is oat milk now", "uk": "тепер є вівсяне молоко", "ru": "теперь есть овсяное молоко"}
NEWS = {
    "en": "Until Sunday: two scones for one",
    "uk": "До неділі: два круасани за ціною одного",
    "ru": "До воскресенья: два круассана по цене одного",
}
OWN = {
    "en": "A new roast every Friday: come and try it",
    "uk": "Щоп’ятниці нове обсмаження: приходьте скуштувати",
    "ru": "Каждую пятницу новая обжарка: приходите пробовать",
}
LAST_DAY = date(2026, 11, 30)


def said(language: str) -> dict[str, Said]:
    """One thing of every kind, by the name of its picture."""
    note, by = NOTES[language]
    kind = GreetingKind
    return {
        "card": Said(kind.CARD),
        "recovery": Said(kind.RECOVERY, variant=1),
        "note": Said(kind.NOTE, word=note, by=by),
        "note-long": Said(kind.NOTE, word=LONG_NOTES[language], by=by),
        "welcome": Said(kind.WELCOME),
        "birthday": Said(kind.BIRTHDAY, variant=2, word=PERKS[language], points=50),
        "holiday": Said(kind.HOLIDAY, word=HOLIDAYS[language], points=22, variant=1),
        "promotion": Said(kind.PROMOTION, word=TIERS[language]),
        "burn": Said(kind.BURN, points=120, day=LAST_DAY, variant=2),
        "second-visit": Said(kind.SECOND_VISIT, count=2),
        "welcome-back": Said(kind.WELCOME_BACK),
        "we-did": Said(kind.WE_DID, word=REPLIES[language]),
        "campaign": Said(kind.CAMPAIGN, word=NEWS[language]),
        "milestone-visits": Said(kind.MILESTONE, about="visit:100", count=100),
        "milestone-weeks": Said(kind.MILESTONE, about="streak:4", count=4, variant=1),
        "milestone-years": Said(kind.MILESTONE, about="years:5", count=5, variant=1),
        "gratitude": Said(kind.GRATITUDE),
        "own-words": Said(kind.GRATITUDE, text=OWN[language]),
    }


def greetings(name: str, long_name: str, language: str) -> dict[str, Scene]:
    """A greeting for each of them, and the greeting's other rooms."""
    plain = Greeting(name, 1250, 1)
    full = replace(plain, second=said(language)["burn"], tier=TIERS[language], options=True)
    found: dict[str, Scene] = {f"said-{what}": replace(full, said=one) for what, one in said(language).items()}
    burn = said(language)["burn"]
    found["said-burn"] = replace(full, said=burn, second=said(language)["gratitude"])
    found["said-plain"] = replace(plain, said=burn)
    found["said-old-balance"] = replace(full, said=burn, second=None, as_of=time(14, 5), waiting=10)
    found["said-hidden-balance"] = replace(full, said=burn, second=None, balance=None, earned=0)
    found["said-nameless"] = Greeting(None, 22, 0, said=said(language)["second-visit"], options=True)
    long = Greeting(long_name, 123456, 25, tier=LONG_TIERS[language], options=True)
    found["said-long"] = replace(long, said=said(language)["note-long"], second=burn)
    found["options"] = replace(plain, tier=TIERS[language], options=True)
    found["tier"] = replace(plain, tier=TIERS[language])
    return found
