"""A draft as YAML for people: in the form of ``dialplans/hotline.yaml``, with the origin of every line
beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import cast

from ivrcore.importing.draft import Block, Choice, Draft, Entry, Menu, Part, Step, Steps, Value
from ivrcore.importing.scalar import comment, folded, in_flow, scalar
from ivrcore.location import Location

WIDTH = 100
"""Collections in one line are no longer than this, in characters."""


@dataclass(slots=True)
class Node:
    """A value to be written; `notes` stand above it, `origins` beside it; `apart` puts blank lines between
    its items."""

    value: str | int | float | bool | list[Node] | dict[str, Node]
    origins: Sequence[Location] = ()
    notes: list[str] = field(default_factory=list)
    block: bool = False
    apart: bool = False


def emit(draft: Draft) -> str:
    """Write the whole; ends with a line feed."""
    return written(_top(draft), draft.notes, draft.tail)


def written(top: dict[str, Node], notes: Iterable[str], tail: Sequence[str]) -> str:
    """Write sections under notes, and the rest of the source as comments; ends with a line feed."""
    lines = [_note(note) for note in notes]
    for number, (key, node) in enumerate(top.items()):
        if number == 0 or isinstance(node.value, dict):
            lines.append("")
        lines += _pair(key, node, "")
    if tail:
        lines += ["", "# --- the rest of the source ---", *(_note(note) for note in tail)]
    return "\n".join(lines).lstrip("\n") + "\n"


# --- the draft as nodes -----------------------------------------------------------------------------------


def _top(draft: Draft) -> dict[str, Node]:
    several = len(draft.languages) > 1
    top = {"name": Node(draft.name)}
    top |= (
        {"languages": node_of(list(draft.languages))} if several else {"language": Node(draft.languages[0])}
    )
    if draft.zone:
        top["zone"] = Node(draft.zone)
    for key in ("numbers", "variables", "hours", "universals"):
        entries: dict[str, Entry] = getattr(draft, key)
        if entries:
            top[key] = _section({name: _entry(entry) for name, entry in entries.items()})
    if draft.blocks:
        top["blocks"] = _section({name: _block(block) for name, block in draft.blocks.items()}, apart=True)
    if draft.menus:
        top["menus"] = _section({name: _menu(menu) for name, menu in draft.menus.items()}, apart=True)
    return top


def _section(entries: dict[str, Node], *, apart: bool = False) -> Node:
    return Node(entries, block=True, apart=apart)


def _entry(entry: Entry) -> Node:
    node = node_of(entry.value)
    node.origins, node.notes = entry.origins, entry.notes
    return node


def _block(block: Block) -> Node:
    return Node(_steps(block.steps), block.origins, block.notes, block=True)


def _menu(menu: Menu) -> Node:
    parts: dict[str, Node] = {"prompt": _prompt(menu.prompt)}
    if menu.timeout:
        parts["timeout"] = Node(menu.timeout)
    parts |= {key: node_of(value) for key, value in menu.options.items()}
    parts["choices"] = _section({choice.name: _choice(choice) for choice in menu.choices})
    again = (("no_input", menu.no_input, menu.no_input_from), ("no_match", menu.no_match, menu.no_match_from))
    for key, prompts, origins in again:
        if prompts is not None:
            parts[key] = Node([_prompt(prompt) for prompt in prompts], origins)
    parts["otherwise"] = Node(_steps(menu.silence), block=True)
    return Node(parts, menu.origins, menu.notes, block=True)


def _choice(choice: Choice) -> Node:
    parts: dict[str, Node] = {}
    for key, values in (("say", choice.say), ("keys", choice.keys)):
        if values:
            parts[key] = node_of(values[0] if len(values) == 1 else list(values))
    parts["go"] = Node(_steps(choice.go), block=True)
    return Node(parts, choice.origins, block=True)


def _prompt(parts: Sequence[Part]) -> Node:
    nodes = [node_of(part) for part in merged(parts)]
    return nodes[0] if len(nodes) == 1 else Node(nodes)


def merged(parts: Sequence[Part]) -> list[Part]:
    """Put recordings that follow one another into one ``{play: [...]}``."""
    found: list[Part] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, dict) and isinstance(last, dict) and set(part) == set(last) == {"play"}:
            found[-1] = {"play": [*_as_list(last["play"]), *_as_list(part["play"])]}
        else:
            found.append(part)
    return found


def _as_list(value: Value) -> list[Value]:
    return [*value] if isinstance(value, list) and not isinstance(value, Steps) else [value]


def _steps(steps: Steps) -> list[Node]:
    nodes: list[Node] = []
    notes: list[str] = []
    for one in steps:
        if not one.fields:
            notes += _notes(one)
            continue
        nodes.append(Node(_step(one), one.origins, notes + one.notes, block=True))
        notes = []
    if notes:  # comments after the last step stand at its end, where they still belong to this list
        nodes.append(Node({}, (), notes))
    return nodes


def _notes(one: Step) -> list[str]:
    if not one.notes:
        return [places(one.origins)] if one.origins else []
    return [*one.notes[:-1], one.notes[-1] + (f"   {places(one.origins)}" if one.origins else "")]


def _step(one: Step) -> str | dict[str, Node]:
    if list(one.fields.values()) == [""]:
        return one.verb
    return {key: node_of(value) for key, value in one.fields.items()}


def node_of(value: Value) -> Node:
    """Give a value as nodes."""
    match value:
        case Steps():
            return Node(_steps(value), block=True)
        case dict():
            return Node({key: node_of(item) for key, item in value.items()})
        case list():
            return Node([node_of(item) for item in cast("list[Value]", value)])
        case _:
            return Node(value)


def places(origins: Iterable[Location]) -> str:
    """Name places shortly: ``extensions.conf:12,14``."""
    files: dict[str, list[int]] = {}
    for origin in origins:
        lines = files.setdefault(file_name(origin.file), [])
        if origin.line not in lines:
            lines.append(origin.line)
    return " ".join(f"{file}:{','.join(map(str, sorted(lines)))}" for file, lines in files.items())


def file_name(file: str) -> str:
    """Name a file in a comment; what would end its name there is replaced."""
    return re.sub(r"[\s#,:]", "_", comment(PurePath(file).name))


# --- nodes as lines ---------------------------------------------------------------------------------------


def _pair(key: str, node: Node, indent: str) -> Iterator[str]:
    yield from (f"{indent}{_note(note)}" for note in node.notes)
    beside = _beside(node)
    head = f"{indent}{scalar(key)}:"
    lines = folded(node.value) if isinstance(node.value, str) else None
    if lines:
        yield f"{head} >-{beside}"
        yield from (f"{indent}  {line}" for line in lines)
    elif key == "barge_in":  # read as yes or no, where a variable's value is true or false
        yield f"{head} {'yes' if node.value else 'no'}{beside}"
    elif (short := _flow(node, WIDTH - len(head))) is not None:
        yield f"{head} {short}{beside}"
    else:
        yield f"{head}{beside}"
        yield from _lines(node, indent + "  ")


def _lines(node: Node, indent: str) -> Iterator[str]:
    if isinstance(node.value, dict):
        for number, (key, value) in enumerate(node.value.items()):
            if number and node.apart:
                yield ""
            yield from _pair(key, value, indent)
    elif isinstance(node.value, list):
        for item in node.value:
            yield from _item(item, indent)


def _item(node: Node, indent: str) -> Iterator[str]:
    yield from (f"{indent}{_note(note)}" for note in node.notes)
    if node.value == {}:
        return
    short = _flow(node, WIDTH - len(indent)) if not isinstance(node.value, dict) or _inline(node) else None
    if short is not None:
        yield f"{indent}- {short}{_beside(node)}"
        return
    first, *rest = _lines(Node(node.value), indent + "  ")
    yield f"{indent}- {first[len(indent) + 2 :]}{_beside(node)}"
    yield from rest


def _inline(node: Node) -> bool:
    """Whether a mapping in a list is part of a prompt rather than a step."""
    return isinstance(node.value, dict) and not node.block


def _flow(node: Node, room: int) -> str | None:
    """Write a value on one line; None if it has comments or lists of steps within, or is too long."""
    if not isinstance(node.value, list | dict):
        return scalar(node.value)
    if not node.value:
        return "[]" if isinstance(node.value, list) else "{}"
    text = None if node.block else _flow_text(node)
    return text if text is not None and len(text) <= room else None


def _flow_text(node: Node) -> str | None:
    if not isinstance(node.value, list | dict):
        return in_flow(node.value)
    inner = node.value.values() if isinstance(node.value, dict) else node.value
    if node.block or any(item.notes or item.origins for item in inner):
        return None
    texts = [_flow_text(item) for item in inner]
    whole = [text for text in texts if text is not None]
    if len(whole) < len(texts):
        return None
    if isinstance(node.value, dict):
        return (
            "{"
            + ", ".join(f"{in_flow(key)}: {text}" for key, text in zip(node.value, whole, strict=True))
            + "}"
        )
    return "[" + ", ".join(whole) + "]"


def _note(text: str) -> str:
    return f"# {comment(text)}".rstrip()


def _beside(node: Node) -> str:
    return f"   # {comment(places(node.origins))}" if node.origins else ""
