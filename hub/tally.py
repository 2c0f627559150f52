"""Messages that were ignored, counted by kind and said once a minute: a flood must not fill the journal, silence must not hide it."""

from __future__ import annotations

from dataclasses import dataclass, field

LINE_S = 60.0  # one line a minute: seen within a coffee, at most 1440 lines a day


@dataclass(slots=True)
class Tally:
    """Counts since the last line. `due_s` is the monotonic time of the next line, None when there is nothing to say."""

    due_s: float | None = None
    counts: dict[str, int] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)

    def count(self, kind: str, example: str, now_s: float, times: int = 1) -> None:
        """One more of `kind`, or `times` more; the first example of each kind is named in the line. `example` must be fit for a log."""
        self.counts[kind] = self.counts.get(kind, 0) + times
        self.first.setdefault(kind, example)
        if self.due_s is None:
            self.due_s = now_s + LINE_S

    def line(self, now_s: float) -> str | None:
        """What to say if it is time, else None. Saying it begins a new minute."""
        if self.due_s is None or now_s < self.due_s:
            return None
        kinds = ", ".join(f"{kind} {count} (first: {self.first[kind]})" for kind, count in sorted(self.counts.items()))
        self.due_s = None
        self.counts.clear()
        self.first.clear()
        return kinds
