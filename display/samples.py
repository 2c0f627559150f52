"""One frame of every scene, with invented people and shops: for screenshots, documents and the golden pictures. Pure.

They are chosen to fill every room a layout has.
"""

from __future__ import annotations

from datetime import time

from display.scenes import (
    Frame,
    Greeting,
    Outage,
    OutOfService,
    Reading,
    Ready,
    Scene,
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
    }


def frames(language: str) -> dict[str, Frame]:
    """Every scene on line, and those that look different without a hub."""
    found = {name: Frame(scene, language) for name, scene in scenes(language).items()}
    found["ready-offline"] = Frame(Ready(SHOPS[language]), language, SINCE)
    found["greeting-offline"] = Frame(Greeting(NAMES[language], 1260, 10, as_of=SINCE, waiting=10), language, SINCE)
    found["thanks-offline"] = Frame(Thanks(bad=False, earned=5), language, SINCE)
    return found
