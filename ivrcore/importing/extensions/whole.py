"""A whole extensions.conf into a draft: globals, contexts, numbers, and what is left to be told at the
end."""

from __future__ import annotations

from pathlib import Path

from ivrcore.importing import rules
from ivrcore.importing.draft import Draft, Entry
from ivrcore.importing.emit import places
from ivrcore.importing.extensions import asking, flow
from ivrcore.importing.extensions.arguments import jump, split
from ivrcore.importing.extensions.dialplan import Dialplan, Extension, Priority, read_dialplan
from ivrcore.importing.extensions.entries import numbers
from ivrcore.importing.extensions.passage import Ground, Passage
from ivrcore.importing.extensions.pieces import Untold
from ivrcore.importing.extensions.reader import Files, read_files
from ivrcore.importing.extensions.values import Variables, only_numbers, unquoted
from ivrcore.importing.source import Line
from ivrcore.location import Location
from ivrcore.problems import Problems, quoted


def read_extensions(path: Path, draft: Draft, problems: Problems) -> list[Line] | None:
    """Translate a file and what it includes into a draft; gives its lines, None if it cannot be read."""
    files = read_files(path, problems)
    if files is None:
        return None
    plan = read_dialplan(files, problems)
    ground = Ground(plan, draft, problems, Variables(only_numbers(_settings(plan))))
    _globals(ground, _settings(plan)[len(plan.globals) :])
    ground.pressed |= _pressed(plan)
    flow.translate(ground)
    numbers(ground, _led_to(ground))
    _variables(ground)
    _lists(ground, files)
    return files.lines


def _settings(plan: Dialplan) -> list[tuple[str, str]]:
    """Give everything that sets a variable: name and text."""
    found = [(one.key, one.value) for one in plan.globals]
    for context in plan.contexts.values():
        for extension in context.extensions.values():
            for priority in extension.priorities:
                name = priority.name.casefold()
                if name == "read":
                    found.append((split(priority.arguments)[0], ""))
                elif name in ("set", "mset"):
                    texts = split(priority.arguments) if name == "mset" else [priority.arguments]
                    found += [(text.partition("=")[0].strip(), text.partition("=")[2]) for text in texts]
                elif name in ("execif", "execiftime", "exec", "tryexec", "gosub", "gosubif"):
                    found += [(f"ARG{place}", "") for place in range(1, 10)] if "gosub" in name else []
                    found += _inner(priority.arguments)
    return found


def _inner(text: str) -> list[tuple[str, str]]:
    """Find ``Set(name=…)`` within another application; what it is set to is taken for a text."""
    import re

    return [(name, "") for name in re.findall(r"Set\(\s*_{0,2}(\w+)\s*=", text)]


def _pressed(plan: Dialplan) -> set[Extension]:
    """Give the patterns that are entered by a key or a jump, where the number dialled is not the one
    called."""
    found: set[Extension] = set()
    for context in plan.contexts.values():
        for extension in context.extensions.values():
            for place, priority in enumerate(extension.priorities):
                if asking.begins(plan, extension, place):
                    found |= {one for _, one in asking.keys(plan, extension.context) if one.pattern}
                elif priority.name.casefold() in ("goto", "gosub"):
                    where, name, _ = jump(priority.arguments.partition("(")[0])
                    matches = plan.matches(where or context.name, name) if name and "$" not in name else []
                    found |= {one for _, one in matches if one.pattern}
    return {one for one in found if any("EXTEN" in priority.arguments for priority in one.priorities)}


def _led_to(ground: Ground) -> set[str]:
    """Give the contexts that others lead to."""
    found: set[str] = set()
    for context in ground.plan.contexts.values():
        found |= {include.context for include in context.includes if include.context != context.name}
        for extension in context.extensions.values():
            passage = Passage(ground, extension)
            for priority in extension.priorities:
                passage.priority = priority
                for target in flow.jumps(priority.name, priority.arguments):
                    try:
                        found |= {one.context for _, one, _, _ in passage.find(target)} - {context.name}
                    except Untold:
                        continue  # told when the line itself was translated
    return found | {name for name in ground.plan.contexts if name.startswith("macro-")}


def _globals(ground: Ground, changed: list[tuple[str, str]]) -> None:
    """Declare the globals; those that nothing changes are known beforehand wherever a fixed text is
    needed."""
    later = {name.lstrip("_") for name, _ in changed}
    passage = Passage(ground, Extension("globals", "globals"))
    for statement in ground.plan.globals:
        passage.priority = Priority(1, "", "globals", statement.value, statement.line)
        place = statement.line.location
        try:
            text = passage.fixed(statement.value, "the value") if "$" in statement.value else statement.value
            value = passage.values.value(text)
        except Untold as why:
            ground.problems.report(
                rules.NO_EXPRESSION, place, why.message, "write its value under variables:"
            )
            ground.draft.tail.append(f"not translated ({rules.NO_EXPRESSION.code}): {statement.line.shown}")
            continue
        if statement.key not in later:
            ground.constants[statement.key] = unquoted(text)
        ground.draft.variables[ground.variables.set(statement.key)] = Entry(value, [place])


def _variables(ground: Ground) -> None:
    """Declare every variable; those that are never set are told."""
    variables = ground.variables
    for asterisk, ours in variables.names.items():
        if ours in ground.draft.variables or ours not in variables.written | set(variables.read):
            continue
        number = asterisk in variables.numbers
        ground.draft.variables[ours] = Entry(0 if number else "")
        if ours not in variables.written:
            message = f"${{{asterisk}}} is read here and set nowhere in the source"
            hint = f"give it a value under variables: {ours}, or with a 'lookup' step"
            ground.problems.report(rules.NEVER_SET, variables.read[ours], message, hint)


def _lists(ground: Ground, files: Files) -> None:
    """Account for what is no step: settings, sections, includes, comments; note what the site must bring."""
    draft, plan = ground.draft, ground.plan
    for line in plan.settings:
        draft.tail.append(f"about Asterisk itself: {line.shown}   {places([line.location])}")
    for line in files.directives:
        draft.tail.append(f"read too: {line.shown}   {places([line.location])}")
    for context in plan.contexts.values():
        origins = [line.location for line in context.lines]
        draft.tail.append(f"context {context.name}   {places(origins)}")
        for include in context.includes:
            if include.context in plan.contexts:
                draft.tail.append(f"  includes {include.context}   {places([include.line.location])}")
            else:
                message = f"the context {quoted(include.context)} that is included is not in the source"
                ground.problems.report(rules.NO_TARGET, include.line.location, message, "import its file too")
    for name, place in ground.recordings.items():
        _bring(name, place, ground.problems)
    _comments(draft, files)


def _bring(name: str, place: Location, problems: Problems) -> None:
    hint = f"copy it from Asterisk's sounds folder into the prompt folder, as {name}.wav"
    problems.report(rules.BRING_RECORDING, place, f"the recording {quoted(name)} must be brought", hint)


def _comments(draft: Draft, files: Files) -> None:
    """Keep the source's own comments above what they stand above: what people once wrote down is worth
    having."""
    comments = set(files.comments)
    waiting: list[str] = []
    for line in files.lines:
        if line in comments:
            waiting.append(f"{line.shown}   {places([line.location])}")
        elif waiting:
            draft.remarks[line.location] = waiting
            waiting = []
    draft.tail += waiting
