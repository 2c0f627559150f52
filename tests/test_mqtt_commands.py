"""Commands on the wire: what is read and what is refused of them, and that the page lists what can be commanded."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from mqtt.messages import Command, CommandResult, CommandState
from mqtt.operations import OPERATIONS, NotUnderstood, OneOf, Whole, bare, understood
from mqtt.reading_commands import ARGUMENTS_BYTES_MAX, PICTURE_BYTES_MAX
from mqtt.topics import Spoken
from mqtt.wire import MESSAGE_BYTES_MAX, MalformedMessage, decode_down, decode_up, encode
from tests.wire_messages import PNG

ID = "c_x7k2m4n6p8q2r4s6t2u4v6w8"
PAGE = (Path(__file__).parent.parent / "docs" / "protocol.md").read_text(encoding="utf-8")
COMMAND = {"v": 1, "id": ID, "op": "restart", "args": {}, "exp": 1, "by": "olena"}
RESULT = {"v": 1, "id": ID, "st": "failed", "why": "no"}


def read(document: dict[str, Any]) -> Command | CommandResult:
    """A document read as what it is."""
    payload = json.dumps(document).encode()
    found = decode_down("cmd", payload) if "op" in document else decode_up(Spoken("s0", "st12-a", "cmd"), payload)
    assert isinstance(found, Command | CommandResult)
    return found


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (COMMAND | {"id": "c_1"}, "cmd.id"),
        (COMMAND | {"id": "x" * 30}, "cmd.id"),
        (COMMAND | {"op": "Restart"}, "cmd.op"),
        (COMMAND | {"args": None}, "cmd.args"),
        (COMMAND | {"args": {"a": "x" * ARGUMENTS_BYTES_MAX}}, "cmd.args"),
        (COMMAND | {"args": {"a": "\0"}}, "cmd.args"),
        (COMMAND | {"exp": "soon"}, "cmd.exp"),
        (COMMAND | {"by": ""}, "cmd.by"),
        (RESULT | {"st": "done"}, "cmd.st"),
        (RESULT | {"why": "two\nlines"}, "cmd.why"),
        (RESULT | {"why": "x" * 201}, "cmd.why"),
        (RESULT | {"png": b64encode(PNG).decode()}, "cmd.png"),
        (RESULT | {"st": "succeeded", "png": "AAAA"}, "cmd.png"),
        (RESULT | {"st": "succeeded", "png": "===="}, "cmd.png"),
        (RESULT | {"st": "succeeded", "png": b64encode(PNG + bytes(PICTURE_BYTES_MAX)).decode()}, "cmd.png"),
    ],
)
def test_what_does_not_fit_is_refused(document: dict[str, Any], where: str) -> None:
    """Each field of a command and of a result has its form."""
    with pytest.raises(MalformedMessage) as refused:
        read(document)
    assert refused.value.where == where


def test_a_signature_has_its_place() -> None:
    """A field `sig` changes nothing: a later hub may sign and an older kiosk still obeys."""
    assert read(COMMAND | {"sig": "ed25519:…"}) == read(COMMAND)


def test_the_largest_picture_fits_into_a_message() -> None:
    """A picture of the most bytes there may be, with the longest words beside it, is a message."""
    packet = encode(
        CommandResult("c_" + "x" * 40, CommandState.SUCCEEDED, "щ" * 200, PNG + bytes(PICTURE_BYTES_MAX - len(PNG))), "s0", "st12-a"
    )
    assert len(packet.payload) <= MESSAGE_BYTES_MAX


def test_the_page_lists_every_operation_with_its_arguments() -> None:
    """The table of operations is that of the code, with bounds and defaults."""
    part = PAGE[PAGE.index("| `op` |") : PAGE.index("## What is closed")]
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| (.*?) \| ", part, re.MULTILINE))
    assert rows.pop("op") == "`args`"
    assert set(rows) == set(OPERATIONS)
    for op, arguments in OPERATIONS.items():
        assert re.findall(r"`(\w+)`", rows[op])[:1] == list(arguments)[:1]
        for name, argument in arguments.items():
            assert f"`{name}`" in rows[op]
            if isinstance(argument, Whole):
                assert f"`{name}` {argument.least} to {argument.most}, else {argument.default}" in rows[op]
            if isinstance(argument, OneOf):
                assert all(f"`{word}`" in rows[op] for word in argument.words)


def test_what_is_left_out_is_filled_in() -> None:
    """Arguments with a usual value need not be said; the others must be."""
    assert understood("restart", {}) == {"grace_s": 60}
    assert understood("blank", {"on": True, "hours": 2}) == {"on": True, "hours": 2}
    with pytest.raises(NotUnderstood, match="maintenance on: expected true or false"):
        understood("maintenance", {})


@pytest.mark.parametrize(
    ("op", "args", "words"),
    [
        ("restrat", {}, "there is no command 'restrat'; did you mean restart?"),
        ("\x1b[31m" * 20, {}, "there is no command .* there are identify, restart"),
        ("restart", {"grace_s": 121}, "restart grace_s: expected a whole number from 0 to 120"),
        ("restart", {"grace_s": True}, "restart grace_s"),
        ("maintenance", {"on": 1}, "true or false"),
        ("log_level", {"level": "trace"}, "one of debug, info, warning, error"),
        ("identify", {"loud": True}, "identify has no argument 'loud'; it has none"),
        ("blank", {"on": True, "hour": 2}, "it has on, hours"),
    ],
)
def test_what_is_not_understood_is_said_in_words(op: str, args: dict[str, object], words: str) -> None:
    """The words say what would fit, go into one line of an answer, and repeat no control characters."""
    with pytest.raises(NotUnderstood, match=words) as refused:
        understood(op, args)
    assert str(refused.value).isprintable()
    encode(CommandResult(ID, CommandState.REJECTED, str(refused.value)), "s0", "st12-a")


def test_one_argument_may_go_without_its_name() -> None:
    """What must be said of an operation can be said alone."""
    assert [bare(op) for op in ("maintenance", "blank", "log_level", "restart", "nothing")] == ["on", "on", "level", "", ""]
