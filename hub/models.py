"""The hub's tables. Facts are only ever added; a member's version, points and earned keys are folded from them and can be made again.

What is personal stands in `MemberProfile` and nowhere else. Rules are `loyalty`'s; how the tables are used is `django_store`'s.
"""

from __future__ import annotations

from django.db import models

KIOSK_CHARS = 32  # mqtt.topics.KIOSK_ID
EPOCH_CHARS = 12  # loyalty.codec.EPOCH
CARD_CHARS = 32  # loyalty.codec.CARD
WORD_CHARS = 64  # mqtt.shapes.WORD: ids, versions and boot ids on the wire
CONTENT_CHARS = 24  # hub.sorting.CONTENT_BYTES in hex
NAME_CHARS = 64  # mqtt.reading.NAME_CHARS_MAX


class Kiosk(models.Model):
    """A kiosk and its newest word about itself."""

    id = models.CharField(primary_key=True, max_length=KIOSK_CHARS)
    device = models.CharField(max_length=WORD_CHARS, default="")
    boot = models.CharField(max_length=WORD_CHARS, default="")
    presence = models.CharField(max_length=8, default="offline")
    session = models.CharField(max_length=WORD_CHARS, default="")
    why = models.CharField(max_length=WORD_CHARS, default="")
    version = models.CharField(max_length=WORD_CHARS, default="")
    clock = models.CharField(max_length=WORD_CHARS, default="")
    unclaimed = models.BigIntegerField(default=0)
    heard_ms = models.BigIntegerField(default=0)


class KioskBoot(models.Model):
    """When a boot of a kiosk began by the hub's clock, to date facts whose own clock was doubtful."""

    kiosk = models.CharField(max_length=KIOSK_CHARS)
    boot = models.CharField(max_length=WORD_CHARS)
    start_ms = models.BigIntegerField()

    class Meta:
        """One row for each boot."""

        constraints = (models.UniqueConstraint(fields=("kiosk", "boot"), name="hub_boot_identity"),)


class KioskStream(models.Model):
    """Facts 1..upto of this stream are held: the cursor that makes each fact count once."""

    kiosk = models.CharField(max_length=KIOSK_CHARS)
    epoch = models.CharField(max_length=EPOCH_CHARS)
    upto = models.BigIntegerField()
    moved_ms = models.BigIntegerField()

    class Meta:
        """One row for each stream; the index finds a kiosk's newest."""

        constraints = (models.UniqueConstraint(fields=("kiosk", "epoch"), name="hub_stream_identity"),)
        indexes = (models.Index(fields=("kiosk", "-moved_ms"), name="hub_stream_newest"),)


class FactRow(models.Model):
    """One fact: its identity, its document as it came, and what the hub decided about it."""

    kiosk = models.CharField(max_length=KIOSK_CHARS)
    epoch = models.CharField(max_length=EPOCH_CHARS)
    number = models.BigIntegerField()
    boot = models.CharField(max_length=WORD_CHARS)
    document = models.TextField()  # canonical JSON (hub.sorting.write)
    content = models.CharField(max_length=CONTENT_CHARS)
    card = models.CharField(max_length=CARD_CHARS, default="")  # "" for a fact about the kiosk itself
    effective_ms = models.BigIntegerField()
    received_ms = models.BigIntegerField()

    class Meta:
        """Identity is the database's to defend; the second index finds all facts of a member's cards."""

        constraints = (models.UniqueConstraint(fields=("kiosk", "epoch", "number"), name="hub_fact_identity"),)
        indexes = (models.Index(fields=("card",), name="hub_fact_card", condition=~models.Q(card="")),)


class Quarantine(models.Model):
    """A document that is kept but never counted, and why."""

    kiosk = models.CharField(max_length=KIOSK_CHARS)
    epoch = models.CharField(max_length=EPOCH_CHARS)
    number = models.BigIntegerField()
    code = models.CharField(max_length=16)
    document = models.TextField()
    content = models.CharField(max_length=CONTENT_CHARS)
    received_ms = models.BigIntegerField()

    class Meta:
        """The same document sent again adds nothing."""

        constraints = (models.UniqueConstraint(fields=("kiosk", "epoch", "number", "content"), name="hub_quarantine_identity"),)


class StreamGap(models.Model):
    """Facts first..last of a stream are lost."""

    kiosk = models.CharField(max_length=KIOSK_CHARS)
    epoch = models.CharField(max_length=EPOCH_CHARS)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    noted_ms = models.BigIntegerField()


class Member(models.Model):
    """A member as folded from the facts about their cards."""

    id = models.CharField(primary_key=True, max_length=WORD_CHARS)
    version = models.BigIntegerField(default=0)
    points = models.BigIntegerField(default=0)
    earned = models.TextField(default="[]")  # JSON list of the keys earned in the last days
    changed_ms = models.BigIntegerField(default=0)


class MemberProfile(models.Model):
    """What is personal about a member, apart from everything that counts."""

    member = models.OneToOneField(Member, on_delete=models.CASCADE, primary_key=True, related_name="profile")
    display_name = models.CharField(max_length=NAME_CHARS)
    greeting_name = models.CharField(max_length=NAME_CHARS, null=True)  # None: greet without a name; "" is no name
    language = models.CharField(max_length=35)  # BCP 47
    hide_balance = models.BooleanField(default=False)


class Card(models.Model):
    """A card's reference points at its member."""

    reference = models.CharField(primary_key=True, max_length=CARD_CHARS)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="cards")


class Sighting(models.Model):
    """A kiosk has seen a card, so it is told when the card's member changes."""

    kiosk = models.CharField(max_length=KIOSK_CHARS)
    card = models.CharField(max_length=CARD_CHARS)

    class Meta:
        """One row for each pair, found from either side."""

        constraints = (models.UniqueConstraint(fields=("card", "kiosk"), name="hub_sighting_identity"),)
        indexes = (models.Index(fields=("kiosk",), name="hub_sighting_kiosk"),)
