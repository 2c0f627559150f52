"""What is asked and offered beside the faces: the menu, rewards, friends, evenings, calling the staff, and whether a wrong was put right.

The shop's own words (questions, titles of rewards) arrive ready; here they only lose what a screen cannot show.
"""

from __future__ import annotations

from datetime import date

from display.phrase import Phrase, Speech, printable
from display.scenes import MenuEntry, Refusal


class AskedWords(Speech):
    """The sentences of what is asked and offered."""

    def yes(self) -> str:
        """Button."""
        return self._c.pgettext("button", "Yes")

    def no(self) -> str:
        """Button."""
        return self._c.pgettext("button", "No")

    def not_yet(self) -> str:
        """Button: it has not been put right."""
        return self._c.pgettext("button", "Not yet")

    def options(self) -> str:
        """Button: what else there is to do."""
        return self._c.pgettext("button", "Options")

    def close(self) -> str:
        """Button: away from a menu."""
        return self._c.pgettext("button", "Close")

    def cancel(self) -> str:
        """Button: do not wait any longer."""
        return self._c.pgettext("button", "Cancel")

    def put_right(self, name: str | None) -> Phrase:
        """The question to a customer whose last visit was a bad one. In Ukrainian the name is in the vocative already."""
        c = self._c
        short, tiny = c.pgettext("short", "Did we put it right?"), c.pgettext("shortest", "Put right?")
        if name is None:
            return Phrase(c.gettext("Last time something went wrong. Did we put it right?"), short, tiny)
        full = c.gettext("{name}, last time something went wrong. Did we put it right?").format(name=printable(name))
        return Phrase(full, short, tiny)

    def invited(self, title: str, day: date) -> Phrase:
        """The invitation to an evening. The title is never inflected."""
        # Translators: {title} is what the shop calls the evening, {date} a day and month.
        full = self._c.gettext("You are invited: {title}, {date}. Will you come?")
        return Phrase(full.format(title=printable(title), date=self._whole_date(day)), *self.coming(day).variants)

    def coming(self, day: date) -> Phrase:
        """The question alone, where the title stands by itself."""
        at = self._whole_date(day)
        return Phrase(self._c.gettext("Will you come on {date}?").format(date=at), f"{at}?")

    def _whole_date(self, day: date) -> str:
        """A day and its month, never on two lines."""
        return self.date(day).replace(" ", "\u00a0")

    def menu(self) -> Phrase:
        """Above the menu."""
        return Phrase(self._c.gettext("What can we do for you?"), self._c.pgettext("short", "What next?"))

    def menu_entry(self, entry: MenuEntry) -> Phrase:
        """An entry on its button."""
        c = self._c
        match entry:
            case MenuEntry.REWARDS:
                return Phrase(c.pgettext("menu", "Rewards"), c.pgettext("menu", "Rewards"))
            case MenuEntry.FRIEND:
                return Phrase(c.pgettext("menu", "Bring a friend"), c.pgettext("short menu", "Friend"))
            case MenuEntry.WRONG:
                return Phrase(c.pgettext("menu", "Something wrong?"), c.pgettext("short menu", "Trouble?"))
            case MenuEntry.STAFF:
                return Phrase(c.pgettext("menu", "Call staff"), c.pgettext("short menu", "Staff"))

    def rewards(self, balance: int) -> Phrase:
        """Above the rewards: what there is to spend."""
        full = self._c.ngettext("You have {number} point", "You have {number} points", balance)
        return Phrase(full.format(number=self.number(balance)), self.balance(balance))

    def missing(self, count: int) -> str:
        """How many points a reward is away."""
        # Translators: so many more points are needed.
        return self._c.gettext("{number} more").format(number=self.number(count))

    def confirm_reward(self, title: str, points: int, left: int) -> Phrase:
        """What would be taken, for how much, and what would be left. The title is never inflected."""
        c, title = self._c, printable(title)
        ask = c.ngettext("Take “{title}” for {number} point?", "Take “{title}” for {number} points?", points)
        rest = c.ngettext("{number} point will be left.", "{number} points will be left.", left).format(number=self.number(left))
        asked = ask.format(title=title, number=self.number(points))
        return Phrase(f"{asked} {rest}", asked, self.for_points(points).full)

    def for_points(self, points: int) -> Phrase:
        """The price alone, as a question, where the title stands by itself."""
        full = self._c.ngettext("For {number} point?", "For {number} points?", points).format(number=self.number(points))
        return Phrase(full, self.balance(points), self.number(points))

    def show_code(self) -> Phrase:
        """Below the code of a reward."""
        c = self._c
        return Phrase(c.gettext("Show this code to the staff"), c.pgettext("short", "Show to staff"), c.pgettext("to the", "Staff"))

    def seconds_left(self, count: int) -> Phrase:
        """A short countdown."""
        full = self._c.ngettext("{number} second left", "{number} seconds left", count)
        return Phrase(full.format(number=self.number(count)), self._c.pgettext("seconds", "{number} s").format(number=self.number(count)))

    def not_now(self, why: Refusal) -> tuple[Phrase, Phrase]:
        """Why a reward cannot be had now, and what to do."""
        c = self._c
        cannot, ask = Phrase(c.gettext("Not possible right now"), c.pgettext("short", "Not now")), c.pgettext("short", "Ask the staff")
        match why:
            case Refusal.OFFLINE_LIMIT:
                return cannot, Phrase(c.gettext("There is no connection. Please ask the staff."), ask)
            case Refusal.STALE:
                return cannot, Phrase(c.gettext("There is no connection, and the balance here is old. Please ask the staff."), ask)
            case Refusal.TOO_FEW:
                title = Phrase(c.gettext("Not enough points yet"), c.pgettext("short", "Too few points"), c.pgettext("shortest", "Too few"))
                return title, Phrase(c.gettext("Nothing was taken. It needs a little more."), c.pgettext("short", "A little more"))
            case Refusal.ENDED:
                title = Phrase(c.gettext("This reward is no longer there"), c.pgettext("short", "Ended"))
                return title, Phrase(c.gettext("Please choose another one."), c.pgettext("short", "Choose another"))

    def bring_friend(self) -> Phrase:
        """To the customer who brings a friend."""
        return Phrase(self._c.gettext("Now your friend lays down their new card"), self._c.pgettext("short", "Friend’s card now"))

    def friend_joined(self, name: str | None) -> Phrase:
        """Thanks for a friend. In Ukrainian the name is in the vocative already."""
        c = self._c
        plain, short = c.gettext("Thank you for bringing a friend!"), c.gettext("Thank you!")
        if name is None:
            return Phrase(plain, short)
        return Phrase(c.gettext("{name}, thank you for bringing a friend!").format(name=printable(name)), plain, short)

    def friend_known(self) -> tuple[Phrase, Phrase]:
        """The friend's card counts as no new one."""
        c = self._c
        title = Phrase(c.gettext("This card has already been here"), c.pgettext("short", "Not new"))
        return title, Phrase(c.gettext("So it is not new. Thank you anyway!"), c.pgettext("short", "Thank you anyway!"))

    def staff_called(self, minutes: int) -> tuple[Phrase, Phrase]:
        """Somebody is coming, and within what time."""
        c = self._c
        full = c.ngettext("We answer within {number} minute.", "We answer within {number} minutes.", minutes)
        short = c.pgettext("short", "Within {number} min")
        number = self.number(minutes)
        title = Phrase(c.gettext("Somebody is coming"), c.pgettext("short", "Coming"))
        return title, Phrase(full.format(number=number), short.format(number=number))

    def see_staff(self) -> tuple[Phrase, Phrase]:
        """A person will say the rest."""
        c = self._c
        title = Phrase(c.gettext("Please see the staff"), c.pgettext("shortest", "See the staff"), c.pgettext("title", "See staff"))
        return title, Phrase(c.gettext("They will help you."), c.gettext("They will help you."))
