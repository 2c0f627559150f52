"""Words: every sentence of the screens, in the frame's language, through gettext catalogues under `locales/`.

Here are those of a visit; what is said beside the balance is in `words_said`, what is asked and offered in `words_asked`.
Whole sentences with named placeholders only; no name is ever inflected here (a Ukrainian name arrives in the vocative).
Where a sentence may not fit, there is a shorter variant beside it. Babel makes the catalogues; nothing of it is needed to run.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import time
from gettext import GNUTranslations
from pathlib import Path

from display.phrase import Phrase as Phrase
from display.phrase import printable as printable
from display.scenes import Outage, Trouble
from display.words_asked import AskedWords
from display.words_said import SaidWords
from loyalty.facts import Face, ReasonCode

LOCALES = Path(__file__).with_name("locales")
LANGUAGES = ("en", "uk", "ru")
DOMAIN = "stupeni"
CATALOGUE_BYTES_MAX = 262_144  # the shipped ones have 20 kB; a file of more is not a catalogue


class NoWords(Exception):
    """A catalogue is missing or damaged: the installation is incomplete."""


class Words(SaidWords, AskedWords):
    """The sentences of one language. Everything returned is ready to be shown."""

    def greeting(self, name: str | None) -> Phrase:
        """The first line. In Ukrainian the name is in the vocative already."""
        if name is None:
            return Phrase(self._c.gettext("Welcome!"), self._c.gettext("Welcome!"))
        name = printable(name)
        # Translators: never inflect {name}. The short variant stands on a screen of 16 letters.
        return Phrase(self._c.gettext("Welcome, {name}!").format(name=name), self._c.pgettext("short", "{name}!").format(name=name))

    def points(self, count: int) -> str:
        """The unit alone, in the form the number asks for: it stands beside or under a big number."""
        return self._c.ngettext("point", "points", count)

    def earned(self, count: int) -> Phrase:
        """Points of this visit."""
        return Phrase(self._c.gettext("+{number} today").format(number=self.number(count)), f"+{self.number(count)}")

    def earned_for_answer(self, count: int) -> Phrase:
        """Points for having answered."""
        full = self._c.ngettext("+{number} point for your answer", "+{number} points for your answer", count)
        short = self._c.npgettext("short", "+{number} point", "+{number} points", count)
        return Phrase(full.format(number=self.number(count)), short.format(number=self.number(count)))

    def visit_counts(self) -> Phrase:
        """To a card never seen while the hub cannot be asked: nothing is lost, only the balance is not known yet."""
        c = self._c
        return Phrase(
            c.gettext("Your visit counts. The balance will come later."),
            c.pgettext("short", "Visit counted. Balance later."),
            c.pgettext("shortest", "Visit counted"),
        )

    def as_of(self, at: time, waiting: int) -> Phrase:
        """How old the balance is, and what was counted here on top of it."""
        if not waiting:
            full, short, tiny = self._c.gettext("balance as of {time}"), self._c.pgettext("short", "as of {time}"), "{time}"
        else:
            # Translators: {waiting} is a number of points counted on this kiosk since {time}.
            full = self._c.gettext("balance as of {time} (+{waiting} waiting)")
            short = self._c.pgettext("short", "at {time} (+{waiting} waiting)")
            tiny = "{time} (+{waiting})"
        values = {"time": self.clock(at), "waiting": self.number(waiting)}
        return Phrase(full.format(**values), short.format(**values), tiny.format(**values))

    def offline_since(self, since: time) -> Phrase:
        """The badge of a kiosk without its hub."""
        at = self.clock(since)
        full, short = self._c.gettext("Offline since {time}"), self._c.pgettext("short", "since {time}")
        return Phrase(full.format(time=at), short.format(time=at), at)

    def how_was_it(self) -> Phrase:
        """The question above the faces."""
        return Phrase(self._c.gettext("How was it today?"), self._c.pgettext("short", "How was it?"))

    def face(self, face: Face) -> str:
        """The one word under a face."""
        match face:
            case Face.VERY_GOOD:
                return self._c.pgettext("face", "Great")
            case Face.GOOD:
                return self._c.pgettext("face", "Good")
            case Face.BAD:
                return self._c.pgettext("face", "Poor")
            case Face.VERY_BAD:
                return self._c.pgettext("face", "Awful")

    def more_time(self) -> str:
        """Button: leave it on the screen longer."""
        return self._c.pgettext("button", "Longer")

    def hide(self) -> str:
        """Button: take it off the screen."""
        return self._c.pgettext("button", "Hide")

    def skip(self) -> str:
        """Button: no answer to the question."""
        return self._c.pgettext("button", "Skip")

    def other_reasons(self) -> str:
        """Push-button: the next page of reasons."""
        return self._c.pgettext("button", "More…")

    def what_went_wrong(self) -> Phrase:
        """The one question after a bad face."""
        c = self._c
        return Phrase(
            c.gettext("We are sorry. What went wrong?"), c.pgettext("short", "What went wrong?"), c.pgettext("shortest", "What was it?")
        )

    def reason(self, code: ReasonCode) -> Phrase:
        """A reason on its button."""
        c = self._c
        match code:
            case ReasonCode.ATTENTION:
                return Phrase(c.pgettext("reason", "Nobody noticed me"), c.pgettext("short reason", "Ignored"))
            case ReasonCode.POLITENESS:
                return Phrase(c.pgettext("reason", "Impolite staff"), c.pgettext("short reason", "Impolite"))
            case ReasonCode.QUALITY:
                return Phrase(c.pgettext("reason", "Product quality"), c.pgettext("short reason", "Quality"))
            case ReasonCode.PRICE:
                return Phrase(c.pgettext("reason", "Price"), c.pgettext("short reason", "Price"))
            case ReasonCode.WAITING:
                return Phrase(c.pgettext("reason", "Long wait"), c.pgettext("short reason", "Waiting"))
            case ReasonCode.OTHER:
                return Phrase(c.pgettext("reason", "Something else"), c.pgettext("short reason", "Other"))

    def thanks(self, bad: bool) -> Phrase:
        """After an answer; after a bad one without cheering, and without promising what nobody has yet done."""
        if bad:
            return Phrase(self._c.gettext("Thank you for telling us."), self._c.pgettext("short", "Thank you."))
        return Phrase(self._c.gettext("Thank you!"), self._c.gettext("Thank you!"))

    def ready(self) -> Phrase:
        """The invitation."""
        return Phrase(self._c.gettext("Lay your card here"), self._c.pgettext("short", "Your card here"))

    def reading(self) -> Phrase:
        """A card is there and is being looked up."""
        return Phrase(self._c.gettext("One moment…"), self._c.gettext("One moment…"))

    def trouble(self, trouble: Trouble) -> tuple[Phrase, Phrase]:
        """What happened, and what to do."""
        c = self._c
        again = Phrase(c.gettext("Please lay it down again and hold it still."), c.pgettext("short", "Hold it still"))
        match trouble:
            case Trouble.HOLD_STILL:
                return Phrase(c.gettext("That was too quick"), c.pgettext("short", "Too quick")), again
            case Trouble.ONE_CARD:
                one = Phrase(c.gettext("Please lay down only one of them."), c.pgettext("short", "Only one, please"))
                return Phrase(c.gettext("Two cards at once"), c.pgettext("short", "Two cards")), one
            case Trouble.NOT_SAVED:
                once_more = Phrase(
                    c.gettext("Nothing was counted. Please lay your card down again."), c.pgettext("short", "Once more, please")
                )
                return Phrase(c.gettext("That was not saved"), c.pgettext("short", "Not saved")), once_more

    def unknown_card(self) -> tuple[Phrase, Phrase]:
        """How to join."""
        c = self._c
        ask = Phrase(c.gettext("Ask the staff: they will sign you up."), c.pgettext("short", "Ask the staff"))
        return Phrase(c.gettext("We do not know this card yet"), c.pgettext("short", "New card")), ask

    def unusable_card(self) -> tuple[Phrase, Phrase]:
        """A phone or a bank card: a new number at every tap."""
        c = self._c
        why = Phrase(
            c.gettext("Phones and bank cards do not work here."),
            c.pgettext("short", "No phone, no bank card"),
            c.pgettext("short", "Ask the staff"),
        )
        use = Phrase(
            c.gettext("Please use the card of this shop"), c.pgettext("short", "Shop card, please"), c.pgettext("shortest", "Wrong card")
        )
        return use, why

    def out_of_service(self, outage: Outage) -> tuple[Phrase, Phrase]:
        """The kiosk cannot serve."""
        c = self._c
        title = Phrase(c.gettext("Back in a moment"), c.pgettext("short", "Back soon"))
        tell = c.pgettext("short", "Please tell staff")
        match outage:
            case Outage.READER:
                return title, Phrase(c.gettext("The card reader does not answer. Please tell the staff."), tell)
            case Outage.STORE:
                return title, Phrase(c.gettext("Visits cannot be counted now. Please tell the staff."), tell)
            case Outage.MAINTENANCE:
                closed = Phrase(c.gettext("Closed for maintenance"), c.pgettext("short", "Closed now"))
                return closed, Phrase(c.gettext("Cards are not taken now. Please ask the staff."), c.pgettext("short", "Ask the staff"))

    def identified(self, kiosk: str) -> tuple[Phrase, Phrase]:
        """Which kiosk this is, for somebody who looks for it."""
        name, c = printable(kiosk), self._c
        return Phrase(name, name), Phrase(c.gettext("This is the kiosk that was asked to show itself."), c.pgettext("short", "This is it"))


def load_words(languages: tuple[str, ...] = LANGUAGES, folder: Path = LOCALES) -> Mapping[str, Words]:
    """The words of each language by its code. Raises `NoWords` if a compiled catalogue is missing, damaged or too long."""
    return {language: Words(language, _catalogue(folder / language / "LC_MESSAGES" / f"{DOMAIN}.mo")) for language in languages}


def words_for(words: Mapping[str, Words], language: str) -> Words:
    """The words of `language`, or the first ones there are: a member's language may be one this kiosk does not speak."""
    return words.get(language) or next(iter(words.values()))


def _catalogue(path: Path) -> GNUTranslations:
    """One compiled catalogue."""
    try:
        if path.stat().st_size > CATALOGUE_BYTES_MAX:
            raise NoWords(f"{path}: longer than {CATALOGUE_BYTES_MAX} bytes: not a catalogue; reinstall")
        with path.open("rb") as file:
            return GNUTranslations(file)
    except (OSError, ValueError, struct.error) as error:
        raise NoWords(f"{path}: cannot be read ({error}); reinstall, or compile it with `pybabel compile`") from error
