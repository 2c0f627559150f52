"""What the desk asks for and the hub decides, in the hub's database. See `django_store`."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict

from hub import models
from hub.records import Counted, EditionText, Given, Order, Referral
from hub.sql import places, rows, write
from loyalty.rulebook import Closing

ORDERS = "SELECT kind, payload, at_ms, id FROM hub_deskorder ORDER BY id LIMIT %s"
EDITIONS_HELD = "SELECT COUNT(*) FROM hub_programmeedition"
CLOSINGS_HELD = "SELECT COUNT(*) FROM hub_ruleclosing"
CLOSINGS = "SELECT rule, kiosk, start_ms, until_ms FROM hub_ruleclosing ORDER BY id"
ADD = (
    "INSERT INTO hub_giftcount (rule, kiosk, hour, points, times) VALUES (%s, %s, %s, %s, %s) ON CONFLICT (rule, kiosk, hour) "
    "DO UPDATE SET points = hub_giftcount.points + excluded.points, times = hub_giftcount.times + excluded.times"
)
GIVEN = "SELECT rule, kiosk, hour, points, times FROM hub_giftcount WHERE hour IN ({hours}) AND rule IN (...)"
REFERRALS = "SELECT friend, advocate, rejected FROM hub_referral WHERE friend IN (...)"


class DjangoDesk:
    """See `door.DeskPart`."""

    def orders(self, count_max: int) -> list[Order]:
        """See `HubTransaction`."""
        return [Order(kind, json.loads(payload), at_ms, id_) for kind, payload, at_ms, id_ in rows(ORDERS, (count_max,))]

    def put_order(self, order: Order) -> None:
        """See `HubTransaction`."""
        models.DeskOrder.objects.create(kind=order.kind, payload=json.dumps(order.payload), at_ms=order.at_ms)

    def remove_orders(self, ids: Collection[int]) -> None:
        """See `HubTransaction`."""
        models.DeskOrder.objects.filter(id__in=ids).delete()

    def editions(self) -> list[EditionText]:
        """See `HubTransaction`."""
        return [
            EditionText(*row)
            for row in models.ProgrammeEdition.objects.order_by("version").values_list("version", "from_ms", "name", "text")
        ]

    def editions_held(self) -> int:
        """See `HubTransaction`."""
        return int(rows(EDITIONS_HELD)[0][0])

    def add_edition(self, edition: EditionText) -> None:
        """See `HubTransaction`."""
        models.ProgrammeEdition.objects.create(**asdict(edition))

    def closings_held(self) -> int:
        """See `HubTransaction`."""
        return int(rows(CLOSINGS_HELD)[0][0])

    def closings(self) -> list[Closing]:
        """See `HubTransaction`."""
        return [Closing(*row) for row in rows(CLOSINGS)]

    def close(self, closings: Sequence[Closing]) -> None:
        """See `HubTransaction`."""
        for each in closings:
            models.RuleClosing.objects.create(rule=each.rule, kiosk=each.kiosk, start_ms=each.start, until_ms=each.until)

    def add_given(self, given: Mapping[Counted, Given]) -> None:
        """See `HubTransaction`."""
        write(ADD, [(*counted, *more) for counted, more in given.items()])

    def given(self, rules: Collection[str], hours: Collection[int]) -> dict[Counted, Given]:
        """See `HubTransaction`."""
        found = rows(GIVEN.replace("{hours}", places(hours)), tuple(hours), rules) if hours else []
        return {Counted(rule, kiosk, hour): Given(points, times) for rule, kiosk, hour, points, times in found}

    def referrals(self, friends: Collection[str]) -> dict[str, Referral]:
        """See `HubTransaction`."""
        found = rows(REFERRALS, (), friends)
        return {friend: Referral(friend, advocate, bool(rejected)) for friend, advocate, rejected in found}

    def save_referral(self, referral: Referral) -> None:
        """See `HubTransaction`."""
        columns = asdict(referral)
        models.Referral.objects.update_or_create(friend=columns.pop("friend"), defaults=columns)
