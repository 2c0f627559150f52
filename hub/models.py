"""The hub's tables. Facts are only ever added; snapshots and the figures of a member are folded from them and can be made again.

What is personal stands in `MemberProfile`, `ProfileValue` and `Letter` and nowhere else. Rules are `loyalty`'s; how the tables are used
is `django_store`'s. The tables of the desk are in `desk_models`.
"""

from __future__ import annotations

from django.db import models

from hub.command_models import CommandPicture, CommandRow
from hub.desk_models import AuditRow, DeskOrder, GiftCount, ProgrammeEdition, Referral, RuleClosing, WaitingCard
from hub.fleet_models import KioskSetUpRow, SettingsChangeRow
from hub.widths import CARD_CHARS, CONTENT_CHARS, EPOCH_CHARS, KIOSK_CHARS, NAME_CHARS, PLACE_CHARS, SHARD_CHARS, WORD_CHARS

__all__ = [
    "AuditRow",
    "Card",
    "CommandPicture",
    "CommandRow",
    "DeskOrder",
    "FactRow",
    "GiftCount",
    "Kiosk",
    "KioskAlert",
    "KioskBoot",
    "KioskSetUpRow",
    "KioskStream",
    "Letter",
    "Member",
    "MemberAlias",
    "MemberProfile",
    "MemberSnapshot",
    "ProfileValue",
    "ProgrammeEdition",
    "Quarantine",
    "Referral",
    "RuleClosing",
    "SettingsChangeRow",
    "ShardLease",
    "Sighting",
    "StreamGap",
    "TakenPlace",
    "WaitingCard",
]


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
    twin = models.CharField(max_length=WORD_CHARS, default="")
    twin_ms = models.BigIntegerField(default=0)


class ShardLease(models.Model):
    """Which run of the hub serves a shard: only the holder of the newest token may write."""

    shard = models.CharField(primary_key=True, max_length=SHARD_CHARS)
    holder = models.CharField(max_length=WORD_CHARS)
    token = models.BigIntegerField()
    until_ms = models.BigIntegerField()  # 0: given back


class KioskBoot(models.Model):
    """When a boot of a kiosk began by the hub's clock, to date facts whose own clock was doubtful."""

    kiosk = models.CharField(max_length=KIOSK_CHARS)
    boot = models.CharField(max_length=WORD_CHARS)
    start_ms = models.BigIntegerField()

    class Meta:
        """One row for each boot."""

        constraints = (models.UniqueConstraint(fields=("kiosk", "boot"), name="hub_boot_identity"),)


class KioskAlert(models.Model):
    """An alert that a kiosk has raised and not ended."""

    kiosk = models.CharField(max_length=KIOSK_CHARS)
    alert = models.CharField(max_length=32)
    severity = models.CharField(max_length=8)
    since_ms = models.BigIntegerField()
    number = models.BigIntegerField()
    heard_ms = models.BigIntegerField()

    class Meta:
        """One row for each alert of a kiosk."""

        constraints = (models.UniqueConstraint(fields=("kiosk", "alert"), name="hub_alert_identity"),)


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
    card = models.CharField(max_length=CARD_CHARS, default="")  # "" for a fact that names a member, or about the kiosk itself
    member = models.CharField(max_length=WORD_CHARS, default="")  # as the fact names it; see MemberAlias
    effective_ms = models.BigIntegerField()
    received_ms = models.BigIntegerField()

    class Meta:
        """Identity is the database's to defend; the other indexes find all facts about a member."""

        constraints = (models.UniqueConstraint(fields=("kiosk", "epoch", "number"), name="hub_fact_identity"),)
        indexes = (
            models.Index(fields=("card",), name="hub_fact_card", condition=~models.Q(card="")),
            models.Index(fields=("member",), name="hub_fact_member", condition=~models.Q(member="")),
        )


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
    """A member as last folded from the facts about them; the figures are for lists."""

    id = models.CharField(primary_key=True, max_length=WORD_CHARS)
    version = models.BigIntegerField(default=0)
    points = models.BigIntegerField(default=0)  # the balance: available less owed
    rung = models.CharField(max_length=16, default="prospect")
    tier = models.CharField(max_length=32, default="")
    available = models.BigIntegerField(default=0)
    pending = models.BigIntegerField(default=0)
    owed = models.BigIntegerField(default=0)
    cases = models.PositiveIntegerField(default=0)  # open ones
    marked = models.PositiveIntegerField(default=0)  # facts that made no sense
    changed_ms = models.BigIntegerField(default=0)

    class Meta:
        """What somebody must look at is found at once."""

        indexes = (
            models.Index(fields=("changed_ms",), name="hub_member_cases", condition=models.Q(cases__gt=0)),
            models.Index(fields=("changed_ms",), name="hub_member_marked", condition=models.Q(marked__gt=0)),
        )


class MemberAlias(models.Model):
    """Two members were one person: what names `merged` is about `member`."""

    merged = models.CharField(primary_key=True, max_length=WORD_CHARS)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="aliases")


class MemberSnapshot(models.Model):
    """A member's account, folded up to the fact of the order last_ms, last_kiosk, last_epoch, last_number, by these rules."""

    member = models.OneToOneField(Member, on_delete=models.CASCADE, primary_key=True, related_name="snapshot")
    text = models.TextField()  # JSON (loyalty.account.snapshot)
    sent = models.TextField()  # JSON (loyalty.account.portable): kept too, for a kiosk that comes back is told of thousands at once
    last_ms = models.BigIntegerField()
    last_kiosk = models.CharField(max_length=KIOSK_CHARS)
    last_epoch = models.CharField(max_length=EPOCH_CHARS)
    last_number = models.BigIntegerField()
    facts = models.BigIntegerField()
    rules = models.CharField(max_length=24)  # hub.folding.rules_until


class MemberProfile(models.Model):
    """What is personal about a member, apart from everything that counts."""

    member = models.OneToOneField(Member, on_delete=models.CASCADE, primary_key=True, related_name="profile")
    display_name = models.CharField(max_length=NAME_CHARS)
    greeting_name = models.CharField(max_length=NAME_CHARS, null=True)  # None: greet without a name; "" is no name
    language = models.CharField(max_length=35)  # BCP 47
    hide_balance = models.BooleanField(default=False)
    birthday_day = models.PositiveSmallIntegerField(null=True)
    birthday_month = models.PositiveSmallIntegerField(null=True)  # the year is nobody's business
    birthday_set_ms = models.BigIntegerField(default=0)
    profession = models.CharField(max_length=32, default="")


class ProfileValue(models.Model):
    """What a member answered about a field of the profile, until a moment."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="values")
    field = models.CharField(max_length=32)
    value = models.CharField(max_length=WORD_CHARS)
    given_ms = models.BigIntegerField()
    expires_ms = models.BigIntegerField()

    class Meta:
        """The newest answer about a field is the answer."""

        constraints = (models.UniqueConstraint(fields=("member", "field"), name="hub_value_identity"),)


class Letter(models.Model):
    """What staff wrote to a member, or about one beside a fact. That it was written, and that it was read, are facts."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="letters")
    note = models.CharField(max_length=WORD_CHARS)
    text = models.CharField(max_length=280)
    by = models.CharField(max_length=NAME_CHARS, default="")
    reply_to = models.CharField(max_length=32, default="")

    class Meta:
        """One text for each note."""

        constraints = (models.UniqueConstraint(fields=("member", "note"), name="hub_letter_identity"),)


class TakenPlace(models.Model):
    """A member is in a club by invitation ("club"), or will come to an evening of it ("club/event"), by the account's newest fold."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="places")
    place = models.CharField(max_length=PLACE_CHARS)

    class Meta:
        """One row for each; the index counts those of a place."""

        constraints = (models.UniqueConstraint(fields=("place", "member"), name="hub_place_identity"),)


class Card(models.Model):
    """Where a card stands (loyalty.shop.credentials.Card). Its reference points at its member, if it has one."""

    reference = models.CharField(primary_key=True, max_length=CARD_CHARS)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="cards", null=True)
    status = models.CharField(max_length=16, default="active")
    generation = models.PositiveIntegerField(default=1)
    by = models.CharField(max_length=CARD_CHARS, default="")
    replaced_for = models.CharField(max_length=CARD_CHARS, default="")
    since_ms = models.BigIntegerField(default=0)
    was = models.CharField(max_length=16, default="blank")
    problems = models.TextField(default="[]")  # JSON list of texts


class Sighting(models.Model):
    """A kiosk has seen a card, so it is told when the card's member changes."""

    kiosk = models.CharField(max_length=KIOSK_CHARS)
    card = models.CharField(max_length=CARD_CHARS)

    class Meta:
        """One row for each pair, found from either side."""

        constraints = (models.UniqueConstraint(fields=("card", "kiosk"), name="hub_sighting_identity"),)
        indexes = (models.Index(fields=("kiosk",), name="hub_sighting_kiosk"),)
