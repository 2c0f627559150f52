"""One frame of every scene, with invented people and shops: for screenshots, documents and the golden pictures. Pure.

They are chosen to fill every room a layout has.
"""

from __future__ import annotations

from datetime import date, time

from display.samples_said import greetings
from display.scenes import (
    Ask,
    BringFriend,
    ConfirmReward,
    Dark,
    Frame,
    FriendJoined,
    FriendKnown,
    Greeting,
    Identified,
    Invited,
    Menu,
    MenuEntry,
    NotNow,
    Offer,
    Outage,
    OutOfService,
    PutRight,
    Reading,
    Ready,
    Refusal,
    RewardCode,
    Rewards,
    Scene,
    SeeStaff,
    StaffCalled,
    Thanks,
    Trouble,
    TryAgain,
    UnknownCard,
    UnusableCard,
    WhyBad,
)
from loyalty.facts import ReasonCode

NAMES = {"en": "Olena", "uk": "Олено", "ru": "Елена"}
LONG_NAMES = {"en": "Bartholomew-Alexander", "uk": "Олександро-Вікторіє", "ru": "Александра-Виктория"}
SHOPS = {"en": "Corner Café", "uk": "Кав’ярня на розі", "ru": "Кофейня на углу"}
QUESTIONS = {
    "en": ("Which news shall we keep you posted on?", ("New coffees", "Pastries", "Events", "Offers", "None, thank you")),
    "uk": ("Про які новини вам розповідати?", ("Нова кава", "Випічка", "Події", "Пропозиції", "Жодних, дякую")),
    "ru": ("О каких новостях вам рассказывать?", ("Новый кофе", "Выпечка", "События", "Предложения", "Никаких, спасибо")),
}
TITLES = {
    "en": ("Any coffee", "Cake of the day", "A bag of beans", "Two for one", "Home delivery", "Barista class for two"),
    "uk": ("Кава на вибір", "Торт дня", "Пачка кави", "Друга чашка", "Доставка додому", "Урок бариста для двох"),
    "ru": ("Кофе на выбор", "Торт дня", "Пачка кофе", "Вторая чашка", "Доставка домой", "Урок бариста для двоих"),
}
EVENINGS = {"en": "Tasting of new coffees", "uk": "Дегустація нової кави", "ru": "Дегустация нового кофе"}
EVENING_DAY = date(2026, 11, 30)
PRICES = (100, 250, 600, 900, 1500, 2400)
BALANCE = 1250
SINCE = time(14, 5)


def scenes(language: str) -> dict[str, Scene]:
    """Every scene, the greeting in each of its shapes, by the name its picture has."""
    return {
        "ready": Ready(SHOPS[language]),
        "reading": Reading(),
        "greeting": Greeting(NAMES[language], 1250, 1),
        "greeting-first": Greeting(NAMES[language], 1, 1),
        "greeting-hidden-balance": Greeting(NAMES[language], None, 0),
        "greeting-nameless": Greeting(None, 22, 0),
        "greeting-unknown": Greeting(None, None, 10),
        "greeting-long": Greeting(LONG_NAMES[language], 123456, 25),
        "why-bad": WhyBad(tuple(ReasonCode)),
        "why-bad-more": WhyBad(tuple(ReasonCode), page=1),
        "thanks": Thanks(bad=False, earned=5),
        "thanks-bad": Thanks(bad=True, earned=2),
        **{f"try-again-{trouble.value.replace('_', '-')}": TryAgain(trouble) for trouble in Trouble},
        "unknown-card": UnknownCard(),
        "unusable-card": UnusableCard(),
        **{f"out-of-service-{outage.value}": OutOfService(outage) for outage in Outage},
        **greetings(NAMES[language], LONG_NAMES[language], language),
        **_asked(language),
        **_offered(language),
        "see-staff": SeeStaff(),
        "identified": Identified("st12-a"),
        "dark": Dark(),
    }


def _asked(language: str) -> dict[str, Scene]:
    """What is asked, and the menu."""
    question, choices = QUESTIONS[language]
    return {
        "put-right": PutRight(NAMES[language]),
        "put-right-nameless": PutRight(None),
        "ask": Ask(question, choices),
        "ask-more": Ask(question, choices, page=1),
        "ask-short": Ask(question, choices[:2]),
        "invited": Invited(EVENINGS[language], EVENING_DAY),
        "menu": Menu(tuple(MenuEntry)),
        "menu-short": Menu((MenuEntry.WRONG, MenuEntry.STAFF)),
        "staff-called": StaffCalled(2),
        "bring-friend": BringFriend(25),
        "friend-joined": FriendJoined(NAMES[language]),
        "friend-known": FriendKnown(),
    }


def _offered(language: str) -> dict[str, Scene]:
    """The shop's rewards, on the way to one."""
    offers = tuple(Offer(title, points, max(0, points - BALANCE)) for title, points in zip(TITLES[language], PRICES, strict=True))
    return {
        "rewards": Rewards(BALANCE, offers),
        "rewards-more": Rewards(BALANCE, offers, page=1),
        "rewards-few": Rewards(BALANCE, (*offers[:2], offers[5])),
        "confirm-reward": ConfirmReward(offers[2].title, offers[2].points, BALANCE - offers[2].points),
        "reward-code": RewardCode(offers[2].title, "K7QX", 45),
        **{f"not-now-{why.value.replace('_', '-')}": NotNow(why) for why in Refusal},
    }


def frames(language: str) -> dict[str, Frame]:
    """Every scene on line, and those that look different without a hub."""
    found = {name: Frame(scene, language) for name, scene in scenes(language).items()}
    found["ready-offline"] = Frame(Ready(SHOPS[language]), language, SINCE)
    found["greeting-offline"] = Frame(Greeting(NAMES[language], 1260, 10, as_of=SINCE, waiting=10), language, SINCE)
    found["thanks-offline"] = Frame(Thanks(bad=False, earned=5), language, SINCE)
    return found
