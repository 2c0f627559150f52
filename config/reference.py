"""The reference of all settings as Markdown, made from the schema, so that the page can be held to it by a test."""

from __future__ import annotations

import dataclasses
from typing import Any

from config.load import described
from config.setting import shown

HEADER = "| key | default | bounds | meaning | only on this machine |\n|---|---|---|---|---|"


def table(schema: type[Any]) -> str:
    """One heading with a table per section of a schema: key, default as in TOML, bounds, meaning, whether local-only."""
    parts = []
    for section in dataclasses.fields(schema):
        keys = {key: each for key, each in described(schema).items() if key.startswith(f"{section.name}.")}
        lines = [
            f"| `{key}` | {'(none)' if each.required else f'`{shown(each.default, each.base)}`'} | {_cell(each.bounds())} "
            f"| {_cell(each.doc)} | {'yes' if each.local_only else 'no'} |"
            for key, each in keys.items()
        ]
        parts.append("\n".join([f"### [{section.name}]", "", f"{section.default_factory.__doc__}", "", HEADER, *lines]))
    return "\n\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
