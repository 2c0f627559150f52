"""How wide the columns of the hub's tables are, each beside where its bound comes from. Nothing else."""

from __future__ import annotations

KIOSK_CHARS = 32  # mqtt.topics.KIOSK_ID
SHARD_CHARS = 16  # mqtt.topics.SHARD
EPOCH_CHARS = 12  # loyalty.codec.EPOCH
CARD_CHARS = 32  # loyalty.codec.CARD
CONTENT_WORD_CHARS = 32  # mqtt.content.content_of
WORD_CHARS = 64  # mqtt.shapes.WORD: ids, versions and boot ids on the wire
CONTENT_CHARS = 24  # hub.sorting.CONTENT_BYTES in hex
NAME_CHARS = 64  # loyalty.counter.person.NAME_CHARS_MAX
RULE_CHARS = 40  # loyalty.programme.rules.Name, with "perk:" before it
PLACE_CHARS = 65  # loyalty.counter.person.EventId: club/event
