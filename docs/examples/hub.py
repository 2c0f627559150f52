"""A hub written from docs/protocol.md alone: to learn from and to begin with, not to run a shop on. It imports nothing of Stupeni.

Facts are kept in an SQLite file; no points are reckoned. With paho-mqtt 2.1: python hub.py 127.0.0.1 1883 facts.sqlite3 CARD=NAME
"""

import json
import logging
import re
import secrets
import signal
import socket
import sqlite3
import sys
import time

from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

CARD, EPOCH = "[0-9a-f]{32}", "[a-z2-7]{12}"
ENVELOPE = {"t": str, "at": int, "mono": int, "clk": str, "d": dict}  # a real hub goes by docs/schemas/fact.schema.json
LIMITS, QUESTIONS = {"win": 64, "batch": 16, "rto_s": 5}, {"req/member": "res", "req/redeem": "res/redeem"}
TABLES = """CREATE TABLE IF NOT EXISTS streams (kiosk TEXT, epoch TEXT, upto INTEGER, PRIMARY KEY (kiosk, epoch));
CREATE TABLE IF NOT EXISTS facts (kiosk TEXT, epoch TEXT, number INTEGER, fact TEXT, code TEXT, PRIMARY KEY (kiosk, epoch, number));
CREATE TABLE IF NOT EXISTS gaps (kiosk TEXT, epoch TEXT, first INTEGER, last INTEGER);"""


def now():
    return time.time_ns() // 1_000_000


def text(value, form):
    return re.fullmatch(form, value)[0]  # TypeError for what is no text, or does not fit


def whole(value, least):
    if type(value) is not int or not least <= value < 2**53:  # true and 1.0 are no whole numbers
        raise ValueError
    return value


def with_properties(kind, **given):
    made = Properties(kind)
    for name in filter(given.get, given):
        setattr(made, name, given[name])
    return made


class Hub:
    """One run of the program: it has a new name each time, so kiosks notice and shake hands anew, also after a restored backup."""

    def __init__(self, host, port, file, members):
        self.run, self.members = f"h_{secrets.token_hex(6)}", members
        self.db = sqlite3.connect(file)  # a commit waits for the disk ("synchronous" is FULL): what is claimed outlives a power cut
        self.db.executescript(TABLES)
        # manual_ack: the broker may forget a message only when what it brought is on the disk
        self.client = client = Client(CallbackAPIVersion.VERSION2, "hub", protocol=MQTTv5, manual_ack=True)
        will = json.dumps({"v": 1, "st": "offline", "hub": self.run})
        client.will_set("stupeni/1/all/dn/hub", will, 1, True, with_properties(PacketTypes.WILLMESSAGE, WillDelayInterval=5))
        client.on_connect, client.on_message = self.connected, self.arrived
        client.on_socket_open = lambda _, __, line: line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or a claim takes 44 ms
        client.reconnect_delay_set(1, 60)
        wishes = with_properties(PacketTypes.CONNECT, SessionExpiryInterval=300, ReceiveMaximum=500, MaximumPacketSize=262_144)
        client.connect_async(host, port, 30, clean_start=False, properties=wishes)

    def say(self, where, said, expiry_s=None, qos=1, retain=False, token=None):
        properties = with_properties(PacketTypes.PUBLISH, MessageExpiryInterval=expiry_s, CorrelationData=token)
        payload = json.dumps({"v": 1, **said}, ensure_ascii=False, separators=(",", ":"))
        self.client.publish(f"stupeni/1/{where}", payload, qos, retain, properties)

    def here(self, presence):
        self.say("all/dn/hub", {"st": presence, "hub": self.run, "ts": now()}, retain=True)

    def connected(self, client, userdata, flags, reason, properties):
        if not reason.is_failure:  # subscribe after every CONNACK, whatever it says of a session
            client.subscribe("stupeni/1/s0/k/+/up/#", 1)
            self.here("online")

    def arrived(self, client, userdata, message):
        """A message: taken, or counted out. Either way it is acknowledged, or it would come again for ever."""
        kiosk, leaf = message.topic.split("/")[4], message.topic.split("/up/")[1]
        try:
            if len(message.payload) > 65_536 or kiosk in ("hub", "seed"):
                raise ValueError
            said = json.loads(message.payload.decode(), parse_constant=int)  # NaN is no JSON: int refuses it
            if leaf in QUESTIONS:  # answered in the asking kiosk's own tree, wherever it wants the answer
                self.say(f"s0/k/{kiosk}/dn/{QUESTIONS[leaf]}", self.answer(leaf, said), 5, token=message.properties.CorrelationData)
            elif leaf not in ("state", "reported"):  # which are for people to look at
                {"birth": self.birth, "evt": self.facts, "urgent": self.urgent}[leaf](kiosk, said)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:  # no disk that fails is among them
            logging.warning("ignored %s of %s: %s", leaf, kiosk, type(error).__name__)
        client.ack(message.mid, message.qos)

    def upto(self, kiosk, epoch):
        return (self.db.execute("SELECT upto FROM streams WHERE kiosk = ? AND epoch = ?", (kiosk, epoch)).fetchone() or (0,))[0]

    def birth(self, kiosk, said):
        """The handshake: up to where each stream is held. What the kiosk no longer has and we never got is written down as lost."""
        cursors = []
        with self.db:
            for stream in said["streams"]:
                epoch, before = text(stream["ep"], EPOCH), whole(stream["first"], 1) - 1
                upto = self.upto(kiosk, epoch)
                if before > upto:
                    self.db.execute("INSERT INTO gaps VALUES (?, ?, ?, ?)", (kiosk, epoch, upto + 1, before))
                    self.db.execute("REPLACE INTO streams VALUES (?, ?, ?)", (kiosk, epoch, before))
                cursors.append([epoch, max(upto, before)])
        self.say(f"s0/k/{kiosk}/dn/sync", {"sid": said["sid"], "hub": self.run, "now": now(), "cur": cursors, "limits": LIMITS}, 30)
        self.say(f"s0/k/{kiosk}/dn/closed", {"hub": self.run, "cv": now(), "closed": []}, 300)  # no rules, so none is closed

    def facts(self, kiosk, said):
        """Each fact once, in order, up to the first hole; one without sense is kept aside, or it would block all that follow."""
        epoch = text(said["ep"], EPOCH)
        with self.db:
            upto = self.upto(kiosk, epoch)
            for fact in said["b"]:
                if whole(fact["s"], 1) == upto + 1:
                    code = None if all(type(fact.get(field)) is kind for field, kind in ENVELOPE.items()) else "E_SCHEMA"
                    self.db.execute("INSERT INTO facts VALUES (?, ?, ?, ?, ?)", (kiosk, epoch, fact["s"], json.dumps(fact), code))
                    upto += 1
            self.db.execute("REPLACE INTO streams VALUES (?, ?, ?)", (kiosk, epoch, upto))
            aside = "SELECT number, code FROM facts WHERE kiosk = ? AND epoch = ? AND number >= ? AND code IS NOT NULL LIMIT 256"
            rejected = self.db.execute(aside, (kiosk, epoch, min([fact["s"] for fact in said["b"]], default=upto))).fetchall()
        claim = {"hub": self.run, "ep": epoch, "upto": upto, "rej": rejected}
        self.say(f"s0/k/{kiosk}/dn/ack", claim, 60, qos=0)  # after the commit, never before

    def urgent(self, kiosk, said):
        case = f"{kiosk}/{text(said['ep'], EPOCH)}/{whole(said['s'], 1)}"
        self.say("s0/staff/dn/recovery", {"kiosk": kiosk, "case": case, "face": whole(said["face"], 0), "at": now()}, 900)

    def answer(self, leaf, said):
        card = text(said["card"], CARD)
        name, member = self.members.get(card), f"m_{card[:8]}"
        if leaf == "req/redeem":  # without points there is no reward to be had
            return {"st": 409, "why": "ended"} if name else {"st": 404}
        if name is None:
            return {"st": 404, "card": card}
        # The account is empty, and `covers` says so: it contains none of the kiosk's facts, so the kiosk reckons them on top.
        view = {"id": member, "mv": 1, "at": now(), "acc": {"member": member}, "covers": []}
        return {"st": 200, "card": card, "m": {**view, "who": {"language": "en", "greeting_name": name}}}


if __name__ == "__main__":
    hub = Hub(sys.argv[1], int(sys.argv[2]), sys.argv[3], dict(each.split("=", 1) for each in sys.argv[4:]))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        hub.client.loop_forever(retry_first_connection=True)
    finally:
        hub.here("offline")
        hub.client.disconnect()  # a goodbye, so no will is spoken
