"""The hub's tables of the desk: what waits to be done, what the hub decided, who looked. None of them points at a member's row.

Members, cards and facts are `models`'s; how the tables are used is `django_desk`'s.
"""

from __future__ import annotations

from django.db import models

from hub.widths import CARD_CHARS, KIOSK_CHARS, RULE_CHARS, WORD_CHARS


class WaitingCard(models.Model):
    """A card that is nobody's was laid on a kiosk, last at `at_ms`: it waits for whoever enrols it. Few are kept."""

    card = models.CharField(primary_key=True, max_length=CARD_CHARS)
    kiosk = models.CharField(max_length=KIOSK_CHARS)
    at_ms = models.BigIntegerField()


class DeskOrder(models.Model):
    """Something an operator or a till wants written down; ingest makes a fact of it, once."""

    kind = models.CharField(max_length=WORD_CHARS)
    payload = models.TextField()  # JSON
    at_ms = models.BigIntegerField()


class ProgrammeEdition(models.Model):
    """A version of the programme and from when it is in force; the first rules all time before it too."""

    version = models.BigIntegerField(primary_key=True)
    from_ms = models.BigIntegerField()
    name = models.CharField(max_length=40)
    text = models.TextField()  # TOML, as the file was


class RuleClosing(models.Model):
    """A rule that was closed, from the hub's own facts `rule.closed`."""

    rule = models.CharField(max_length=WORD_CHARS)
    kiosk = models.CharField(max_length=KIOSK_CHARS)
    start_ms = models.BigIntegerField()
    until_ms = models.BigIntegerField()


class GiftCount(models.Model):
    """What a rule or a perk gave at a kiosk, in an hour (since 1970, UTC) or ever (hour 0): what limits over many members look at."""

    rule = models.CharField(max_length=RULE_CHARS)
    kiosk = models.CharField(max_length=KIOSK_CHARS)
    hour = models.BigIntegerField(default=0)
    points = models.BigIntegerField(default=0)
    times = models.BigIntegerField(default=0)

    class Meta:
        """One row for each place."""

        constraints = (models.UniqueConstraint(fields=("rule", "kiosk", "hour"), name="hub_gifts_identity"),)


class Referral(models.Model):
    """That a friend became a customer was written down, once. Ids of members, which may have been merged since."""

    friend = models.CharField(primary_key=True, max_length=WORD_CHARS)
    advocate = models.CharField(max_length=WORD_CHARS)
    rejected = models.BooleanField(default=False)


class AuditRow(models.Model):
    """Who (a user of this machine) looked at or changed what of which member, and when. Only ever added."""

    at_ms = models.BigIntegerField()
    who = models.CharField(max_length=WORD_CHARS)
    what = models.CharField(max_length=16)
    member = models.CharField(max_length=WORD_CHARS)
