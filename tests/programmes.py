"""Programmes for tests from short TOML texts, without the checks that a shop's file goes through. No test lives here."""

from __future__ import annotations

import re
import tomllib
from datetime import date

from loyalty.document import read_strictly
from loyalty.programme import Programme
from loyalty.shapes import Findings

TODAY = date(2026, 12, 1)  # the shipped programmes' campaigns and evenings lie around it
ABOUT = '[programme]\nversion = 1\nname = "Test"\ntime_zone = "Europe/Kyiv"\n'


def programme_of(text: str, about: str = ABOUT) -> Programme:
    """The programme of a text, which must be well formed; what does not fit together is left to be found."""
    findings = Findings()
    found = read_strictly(Programme, tomllib.loads(about + text), findings)
    assert findings.problems == []
    assert isinstance(found, Programme)
    return found


def rule(text: str, id_: str = "r", trigger: str = "visit") -> str:
    """An active rule of ten points, unless the text says what else it gives."""
    gives = "" if re.search(r"^(points|perk|times_percent) =", text, re.MULTILINE) else "points = 10\n"
    return f'[[rule]]\nid = "{id_}"\ntrigger = "{trigger}"\n{"" if "status =" in text else ACTIVE}{gives}{text}\n'


def perk(text: str = "", id_: str = "p", kind: str = "soft") -> str:
    """An active perk."""
    title = "" if "title =" in text else 'title = { en = "A perk" }\n'
    return f'[[perk]]\nid = "{id_}"\nkind = "{kind}"\n{"" if "status =" in text else ACTIVE}{title}{text}\n'


ACTIVE = 'status = "active"\n'
