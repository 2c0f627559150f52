"""What is said beside name and balance: the sentences of each kind of greeting, a pool of them for those that come again.

Which kind is said, and which of a pool, is decided elsewhere. A shop's own text comes first; the shipped short sentence stands in where
it does not fit. The shortest variant never holds a word from outside, so that something always fits.
"""

from __future__ import annotations

from collections.abc import Sequence

from display.phrase import Phrase, Speech, printable
from loyalty.said import GreetingKind, Said


class SaidWords(Speech):
    """The sentences of `Said`."""

    def said(self, said: Said) -> Phrase:
        """One thing to say, ready to be shown: the shop's own text or the shipped one, then its shorter variants."""
        shipped = self._shipped(said)
        text = printable(said.text)
        return Phrase(text, *shipped.variants[1:]) if text else shipped

    def _shipped(self, said: Said) -> Phrase:
        """The sentence of the kind."""
        sentences = {
            GreetingKind.CARD: self._card,
            GreetingKind.RECOVERY: self._recovery,
            GreetingKind.NOTE: self._note,
            GreetingKind.WELCOME: self._welcome,
            GreetingKind.BIRTHDAY: self._birthday,
            GreetingKind.HOLIDAY: self._holiday,
            GreetingKind.PROMOTION: self._promotion,
            GreetingKind.BURN: self._burn,
            GreetingKind.SECOND_VISIT: self._second_visit,
            GreetingKind.WELCOME_BACK: self._welcome_back,
            GreetingKind.WE_DID: self._we_did,
            GreetingKind.CAMPAIGN: self._campaign,
            GreetingKind.MILESTONE: self._milestone,
            GreetingKind.GRATITUDE: self._gratitude,
        }
        return sentences[said.kind](said)

    def _card(self, _: Said) -> Phrase:
        """Something about the card. Never why."""
        c = self._c
        return Phrase(
            c.gettext("Please see the staff about your card."),
            c.gettext("Please see the staff"),
            c.pgettext("shortest", "See the staff"),
        )

    def _recovery(self, said: Said) -> Phrase:
        """The last visit was a bad one: say so, and be sorry."""
        c = self._c
        pool = (
            c.gettext("Last time something went wrong. We are sorry."),
            c.gettext("We are sorry about your last visit. It matters to us."),
            c.gettext("We let you down last time. Our apologies."),
        )
        return Phrase(_of(pool, said), c.pgettext("short", "Sorry about last time"), c.pgettext("shortest", "We are sorry"))

    def _note(self, said: Said) -> Phrase:
        """A note of a person, in full; without its author, or only that there is one, where it does not fit."""
        c, note, by = self._c, printable(said.word), printable(said.by)
        short = c.pgettext("short", "A note for you")
        # Translators: {note} is what a person of the staff wrote, {by} that person.
        signed = c.gettext("{note} — {by}").format(note=note, by=by) if by else note
        return Phrase(signed if note else short, note or short, short)

    def _welcome(self, _: Said) -> Phrase:
        """The first tap of a new member."""
        return Phrase(self._c.gettext("Glad you have joined us!"), self._c.pgettext("short", "Glad you joined!"))

    def _birthday(self, said: Said) -> Phrase:
        """Good wishes, and the gift if there is one."""
        c = self._c
        pool = (
            c.gettext("Happy birthday!"),
            c.gettext("Happy birthday! Have a wonderful year."),
            c.gettext("Many happy returns! It is good to have you with us."),
        )
        return self._with_gift(_of(pool, said), c.gettext("Happy birthday!"), said)

    def _holiday(self, said: Said) -> Phrase:
        """A holiday by its name, and the gift if there is one; `said.word` is the holiday here, so only points can be the gift."""
        c, name = self._c, printable(said.word)
        short = c.pgettext("shortest", "Happy holiday!")
        pool = (
            c.gettext("{holiday}: our best wishes!"),
            c.gettext("{holiday}! We are glad to share it with you."),
            c.gettext("{holiday}! Have a lovely day."),
        )
        hello = _of(pool, said).format(holiday=name) if name else short
        return self._with_gift(hello, short, Said(said.kind, points=said.points))

    def _with_gift(self, hello: str, short: str, said: Said, tiny: str | None = None) -> Phrase:
        """Good wishes and what goes with them: a perk, points or both."""
        gifts = [gift for gift in (printable(said.word), self.balance(said.points) if said.points else "") if gift]
        if not gifts:
            return Phrase(hello, hello, tiny or short)
        gift = self._c.gettext("Our gift: {gift}.").format(gift=", ".join(gifts))
        return Phrase(f"{hello} {gift}", f"{short} {gift}", tiny or short)

    def _promotion(self, said: Said) -> Phrase:
        """A tier or a rung went up."""
        c, step = self._c, printable(said.word)
        if said.about.startswith("rung:") and not step:
            return self._rung(said.about)
        if said.about.startswith("keep:"):
            return self._keep(said, step)
        tiny = c.pgettext("shortest", "New level!")
        if not step:
            return Phrase(tiny, tiny)
        # Translators: never inflect {step}: "Gold", "Advocate".
        full = c.gettext("Congratulations! Your new level: {step}.")
        return Phrase(full.format(step=step), c.pgettext("short", "New level: {step}").format(step=step), tiny)

    def _keep(self, said: Said, step: str) -> Phrase:
        """A tier runs out: until when it holds, and what keeps it."""
        c, tiny = self._c, self._c.pgettext("shortest", "Keep your level!")
        if said.day is None or not step:
            return Phrase(tiny, tiny)
        values = {"step": step, "date": self.date(said.day), "number": self.number(said.points)}
        # Translators: never inflect {step}: "Gold".
        short = c.pgettext("short", "{step}: until {date}").format(**values)
        if not said.points:
            return Phrase(c.gettext("Your level {step} holds until {date}. Come and keep it!").format(**values), short, tiny)
        full = c.ngettext(
            "{number} more point by {date} keeps your level {step}.", "{number} more points by {date} keep your level {step}.", said.points
        )
        return Phrase(full.format(**values), short, tiny)

    def _rung(self, about: str) -> Phrase:
        """A rung describes what somebody is to the shop: it is thanked for, not named."""
        c, tiny = self._c, self._c.gettext("Thank you!")
        if about == "rung:advocate":
            full, short = c.gettext("Thank you for recommending us to your friends!"), c.pgettext("short", "Thank you for recommending us!")
            return Phrase(full, short, tiny)
        full, short = c.gettext("You are one of our regulars now. Thank you!"), c.pgettext("short", "You are a regular now!")
        return Phrase(full, short, tiny)

    def _burn(self, said: Said) -> Phrase:
        """So many points, and their last day."""
        c, count = self._c, said.points
        tiny = c.pgettext("shortest", "Points burn soon")
        if said.day is None:
            return Phrase(tiny, tiny)
        pool = (
            c.ngettext("{number} point burns on {date}.", "{number} points burn on {date}.", count),
            c.ngettext("{number} point is waiting for you until {date}.", "{number} points are waiting for you until {date}.", count),
            c.ngettext("Time to use {number} point: it burns on {date}.", "Time to use {number} points: they burn on {date}.", count),
        )
        short = c.npgettext("short", "{number} point: until {date}", "{number} points: until {date}", count)
        values = {"number": self.number(count), "date": self.date(said.day)}
        return Phrase(_of(pool, said).format(**values), short.format(**values), tiny)

    def _second_visit(self, said: Said) -> Phrase:
        """Visits two to five: attention, and nothing to sell."""
        c = self._c
        pool = (
            c.gettext("Good to see you again! This is your visit no. {number}."),
            c.gettext("Thank you for coming back. What can we do for you?"),
            c.gettext("We remember you. Make yourself at home!"),
        )
        short = c.pgettext("short", "Good to see you again!")
        numbered = said.count > 0 or said.variant % len(pool)  # without a number, the sentence that names it cannot be said
        full = _of(pool, said).format(number=self.number(said.count)) if numbered else short
        found = Phrase(full, short, c.pgettext("shortest", "Hello again!"))
        return self._with_gift(full, short, said, found.tiny) if said.word else found

    def _welcome_back(self, said: Said) -> Phrase:
        """After a long absence."""
        c = self._c
        pool = (
            c.gettext("It has been a while. We are glad you are back!"),
            c.gettext("Welcome back! We have missed you."),
            c.gettext("How good to see you again after so long!"),
        )
        full, short = _of(pool, said), c.pgettext("short", "Welcome back!")
        return self._with_gift(full, short, said) if said.word else Phrase(full, short)

    def _we_did(self, said: Said) -> Phrase:
        """You said, we did: to those who said it."""
        c, reply = self._c, printable(said.word)
        short = c.pgettext("short", "You said it, we did it.")
        full = c.gettext("You said it, we did it: {reply}").format(reply=reply) if reply else short
        return Phrase(full, short, c.pgettext("shortest", "We did it!"))

    def _campaign(self, said: Said) -> Phrase:
        """Something new, in the shop's words."""
        short = self._c.pgettext("short", "Something new for you")
        return Phrase(printable(said.word) or short, short, self._c.pgettext("shortest", "News for you"))

    def _milestone(self, said: Said) -> Phrase:
        """The n-th visit, so many weeks in a row, a member for so many years, or half a birthday: what it is about says which."""
        if said.about == "half-birthday":
            return self._half_birthday(said)
        if said.count <= 0:
            return self._gratitude(said)
        match said.about.partition(":")[0]:
            case "streak":
                pool, short = self._weeks(said.count)
            case "years":
                pool, short = self._years(said.count)
            case _:
                pool, short = self._visits(said.count)
        number = self.number(said.count)
        return Phrase(_of(pool, said).format(number=number), short.format(number=number), self._c.gettext("Thank you!"))

    def _half_birthday(self, said: Said) -> Phrase:
        """Half a year from the last birthday to the next."""
        c = self._c
        pool = (
            c.gettext("Half a year until your birthday!"),
            c.gettext("Happy half-birthday to you!"),
            c.gettext("Half a year until your birthday: have a lovely day."),
        )
        return Phrase(_of(pool, said), c.pgettext("short", "Happy half-birthday!"), c.gettext("Thank you!"))

    def _visits(self, count: int) -> tuple[Sequence[str], str]:
        """A pool and its short variant, the number not yet in them."""
        c = self._c
        pool = (
            c.ngettext("{number} visit already. Thank you!", "{number} visits already. Thank you!", count),
            c.ngettext("We have met {number} time: that calls for joy!", "We have met {number} times: that calls for joy!", count),
            c.gettext("Your visit no. {number} is a special one!"),
        )
        return pool, c.npgettext("short", "{number} visit!", "{number} visits!", count)

    def _weeks(self, count: int) -> tuple[Sequence[str], str]:
        """Likewise."""
        c = self._c
        pool = (
            c.ngettext("{number} week in a row. What a habit!", "{number} weeks in a row. What a habit!", count),
            c.ngettext("With us {number} week in a row. Thank you!", "With us {number} weeks in a row. Thank you!", count),
            c.gettext("Week after week, {number} in a row: wonderful!"),
        )
        return pool, c.npgettext("short", "{number} week in a row", "{number} weeks in a row", count)

    def _years(self, count: int) -> tuple[Sequence[str], str]:
        """Likewise."""
        c = self._c
        pool = (
            c.ngettext("With us for {number} year. Thank you!", "With us for {number} years. Thank you!", count),
            c.ngettext("{number} year together: how time flies!", "{number} years together: how time flies!", count),
            c.ngettext("{number} year with you is a joy.", "{number} years with you are a joy.", count),
        )
        return pool, c.npgettext("short", "{number} year together", "{number} years together", count)

    def _gratitude(self, said: Said) -> Phrase:
        """Thanks, and nothing else."""
        c = self._c
        pool = (
            c.gettext("Thank you for being with us."),
            c.gettext("It is a joy to see you here."),
            c.gettext("Thank you for your trust."),
            c.gettext("Good that you came today. Thank you!"),
        )
        return Phrase(_of(pool, said), c.gettext("Thank you!"))


def _of(pool: Sequence[str], said: Said) -> str:
    """The text of the pool that this one asks for."""
    return pool[said.variant % len(pool)]
