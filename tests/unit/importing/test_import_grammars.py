"""Grammars of the W3C (SRGS 1.0) in both forms: phrases of ours, or a place and a reason."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imports import read

from ivrcore.check import check_file
from ivrcore.dialplan.phrases import ways
from ivrcore.importing.run import import_files
from ivrcore.importing.srgs.abnf import parse_abnf
from ivrcore.importing.srgs.answers import answers
from ivrcore.importing.srgs.xml_form import from_element
from ivrcore.importing.voicexml.reader import read_document
from ivrcore.problems import Problems
from ivrcore.speech.patterns import Fault as Unfit
from ivrcore.speech.patterns import count, parse

FAST = settings(max_examples=200, deadline=None, database=None, derandomize=True)

ABNF = """#ABNF 1.0 UTF-8;
// what callers of a bank say
language en-US;
mode voice;
root $bank;
tag-format <semantics/1.0>;

public $bank = [please] ($cards | $loans {out = "loans";} | "the agent" {agent}) [now];
private $cards = (block | /2.5/ cancel) my (card <1-2>) {cards};
$loans = loan | mortgage /* or
  a house */ | home loan;
$lost = never;
"""
XML = """<?xml version="1.0" encoding="UTF-8"?>
<!-- what callers of a bank say -->
<grammar version="1.0" root="bank" mode="voice" xml:lang="en-US" tag-format="semantics/1.0"
         xmlns="http://www.w3.org/2001/06/grammar">
  <rule id="bank" scope="public">
    <item repeat="0-1">please</item>
    <one-of>
      <item><ruleref uri="#cards"/></item>
      <item><ruleref uri="#loans"/><tag>out = "loans";</tag></item>
      <item><token>the agent</token><tag>agent</tag></item>
    </one-of>
    <item repeat="0-1">now</item>
  </rule>
  <rule id="cards">
    <one-of><item>block</item><item weight="2.5">cancel</item></one-of>
    my <item repeat="1-2">card</item><tag>cards</tag>
  </rule>
  <rule id="loans"><one-of><item>loan</item><item>mortgage</item><item>home loan</item></one-of></rule>
  <rule id="lost">never</rule>
</grammar>
"""
SAID = {
    "cards": "[please] (block | cancel) my card [card] [now]",
    "loans": "[please] (loan | mortgage | home loan) [now]",
    "agent": "[please] the agent [now]",
}


def rule(text: str, head: str = "root $r;\n") -> tuple[dict[str, list[str]], list[str]]:
    """Read a grammar of these rules; give value -> texts, and what is listed as line, code and message."""
    grammar = parse_abnf(f"#ABNF 1.0;\n{head}{text}", "x.gram")
    found, faults = answers(grammar)
    said: dict[str, list[str]] = {}
    for one in found:
        said.setdefault(one.value, []).append(one.text)
    told = [*grammar.faults, *faults]
    return said, [f"{one.place.line}: {one.rule.code} {one.message}" for one in told]


def test_a_grammar_becomes_a_menu_of_patterns(tmp_path: Path) -> None:
    for name, text in (("bank.gram", ABNF), ("bank.grxml", XML)):
        path = tmp_path / name
        path.write_text(text)
        result = read(path)
        menu = result.plan["menus"]["bank"]
        assert {key: choice["say"] for key, choice in menu["choices"].items()} == SAID
        assert result.plan["language"] == "en"
        lines = {problem.location.line: problem for problem in result.problems if problem.code == "IMP207"}
        messages = " ".join(problem.message for problem in lines.values())
        assert all(word in messages for word in ("tag-format", "weight", "'lost'")), messages
        assert not result.problems.errors
        output = tmp_path / "out.yaml"
        output.write_text(result.text)
        assert [one.code for one in check_file(output).errors] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("$r = cards;", {"cards": ["cards"]}),
        ("$r = cards | loans;", {"cards": ["cards"], "loans": ["loans"]}),
        ('$r = "new york" | a b;', {"new york": ["new york"], "a b": ["a b"]}),
        ("$r = $NULL a;", {"a": ["a"]}),
        ("$r = a () b;", {"a b": ["a b"]}),
        ("$r = a <2>;", {"a a": ["a a"]}),
        ("$r = a <0-2> b;", {"b": ["[a [a]] b"]}),
        ("$r = a <0-1 /.6/> b;", {"b": ["[a] b"]}),
        ("$r = a!en-GB b;", {"a b": ["a b"]}),
        ("$r = (a | b) {x} | c {!{ y }!};", {"x": ["a | b"], "y": ["c"]}),
        ("$r = $a $b; $a = one | two; $b = three;", {"one three": ["(one | two) three"]}),
        ("$r = $a; $a = one | two;", {"one": ["one"], "two": ["two"]}),
        ("$r = [a {x}] b {y};", {"y": ["b", "a b"]}),
    ],
)
def test_what_abnf_can_say(text: str, said: dict[str, list[str]]) -> None:
    assert rule(text)[0] == said


def test_tags_that_differ_are_choices_that_differ(tmp_path: Path) -> None:
    path = tmp_path / "x.gram"
    path.write_text("#ABNF 1.0; root $r;\n$r = a {my card} | b {my-card} | c {My card} | d {my card};\n")
    result = read(path)
    (menu,) = result.plan["menus"].values()
    told = {key: (choice["say"], choice["go"][0]["disposition"]) for key, choice in menu["choices"].items()}
    assert told == {
        "my-card": (["a", "d"], "my card"),
        "my-card-2": ("b", "my-card"),
        "My-card-3": ("c", "My card"),
    }
    assert "the choice my-card-2 is what the grammar's tag calls 'my-card'" in result.text


def test_keys_are_sequences() -> None:
    said, told = rule("$r = 1 {one} | (2|3) 4 {more} | 5;", "mode dtmf;\nroot $r;\n")
    assert (said, told) == ({"one": ["1"], "more": ["24", "34"], "5": ["5"]}, [])


@pytest.mark.parametrize(
    ("text", "said", "told"),
    [
        ("$r = a | $GARBAGE;", ["a"], "3: IMP108 GARBAGE"),
        ("$r = a | b $VOID;", ["a"], "3: IMP108 VOID"),
        ("$r = a |\n $<http://x.example/y.gram#z>;", ["a"], "4: IMP108 the rule 'http://x.example/y.gram#z'"),
        ("$r = a | $nothing;", ["a"], "3: IMP108 the rule 'nothing'"),
        ("$r = a | b <1->;", ["a"], "3: IMP108 what is said any number of times"),
        ("$r = a | b $r;", ["a"], "3: IMP108 the rule 'r' refers to itself"),
        ("$r = a |\n$digit<4>; $digit = 1|2|3|4|5|6|7|8|9;", ["a"], "4: IMP108 the grammar takes more than"),
        ("$r = a; $s = (b;", ["a"], "3: IMP002 ')' is missing"),
        ("$r = a;\n=;\n", ["a"], "4: IMP002 '='"),
        ("$r = a;\n$r = b;", ["a"], "4: IMP002 the rule $r is there twice"),
        ("$r = a;\nmode song;", ["a"], "4: IMP002 'mode song'"),
        ("$r = a; $s = b <3-1>;", ["a"], "3: IMP002 '<3-1>' ends before"),
        ("$r = a; $s = b * c;", ["a"], "3: IMP002 '*' cannot stand here"),
        ("$r = a;\nlexicon <http://x.example/l>;", ["a"], "4: IMP207 'lexicon'"),
        ("$r = a;\n$other = b;", ["a"], "4: IMP207 the rule 'other' is not used"),
        ("{global};\n$r = a;", ["a"], "3: IMP108 a tag of the whole grammar"),
        ("$r = a | [b];", ["a", "b"], "1: IMP207 that nothing at all"),
        ("$other = a;", [], "1: IMP108 there is no rule 'r'"),
        ("$r = a;\n$s = b /* c;\n$t = d;", ["a"], "4: IMP002 this comment is not closed"),
        ("$r = a;\n$s = b {!{ c };\n$t = d;", ["a"], "4: IMP002 this tag is not closed"),
        ("$r = a | | b;", [], "3: IMP002 there is nothing to say here"),
    ],
)
def test_what_has_no_translation_is_told_and_the_rest_goes_on(text: str, said: list[str], told: str) -> None:
    found, listed = rule(text)
    assert [one for texts in found.values() for one in texts] == said
    assert any(one.startswith(told) for one in listed), listed


def test_very_large_grammars_are_told_soon() -> None:
    doubled = "".join(f"$r{n} = $r{n + 1} $r{n + 1};" for n in range(60))
    assert rule(f"$r = a | $r0; {doubled} $r60 = x;")[0] == {"a": ["a"]}
    nested = "$r = a | ((((x<20>)<20>)<20>)<20>)<20>;"
    assert rule(nested)[0] == {"a": ["a"]}
    chained = "".join(f"$r{n} = $r{n + 1};" for n in range(5_000))
    assert rule(f"$r = a | $r0; {chained}")[0] == {"a": ["a"]}
    assert "too many brackets" in rule("$r = " + "(" * 10_000 + "a" + ")" * 10_000 + ";")[1][0]


@pytest.mark.parametrize(
    "text",
    [
        "$r = a <1-" + " " * 20_000,
        "$r = a <1 " + " " * 20_000 + "/",
        "$r = a <" + "1" * 20_000,
        "$r = a <1-2/" + ". " * 10_000,
        "$r = a; " + "/*" * 10_000,
        "$r = a; " + "{!{" * 7_000,
        "$r = a; " + "{" * 20_000,
        "$r = a; " + "<" * 20_000,
        "$r = a; " + "/ " * 10_000,
        "$r = a; " + '"' + "$<" * 10_000,
    ],
)
def test_a_text_that_fits_nowhere_takes_a_time_of_its_length(text: str) -> None:
    began = time.process_time()
    grammar = parse_abnf(f"#ABNF 1.0;\n{text}", "x.gram")
    assert time.process_time() - began < 0.5
    assert 1 <= len(grammar.faults) <= 2


def test_what_is_not_closed_is_told_once() -> None:
    for text in ("$r = a | b /* /* /*", "$r = a | (b {!{ {!{", "/*"):
        grammar = parse_abnf(f"#ABNF 1.0;\n{text}", "x.gram")
        assert ["is not closed" in one.message for one in grammar.faults] == [True]


def test_a_long_sentence_is_one_phrase() -> None:
    words = " ".join(["word"] * 700)
    assert rule(f"$r = {words} {{x}};") == ({"x": [words]}, [])
    assert rule(f"$r = [please] {words} {{x}};")[0] == {"x": [f"[please] {words}"]}


def test_signs_of_patterns_in_words_are_words() -> None:
    problems = Problems()
    text = '<grammar root="r"><rule id="r">all (or [some]) | of it</rule></grammar>'
    document = read_document(text, "x.grxml", problems)
    assert document is not None
    (one,), _ = answers(from_element(document.root))
    assert one.text == "all or some of it"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('<rule id="r">a<song/></rule>', "<song>"),
        ('<rule id="r"><one-of><item repeat="some">a</item></one-of></rule>', "repeat='some'"),
        ('<rule id="r"><one-of/></rule>', "has no <item>"),
        ('<rule id="r">a</rule><rule id="r">b</rule>', "twice"),
        ('<rule>a</rule><rule id="r">b</rule>', "has no id"),
        ('<rule id="r">a<ruleref special="GARBAGE"/></rule>', "GARBAGE"),
        ('<rule id="r">a<example>x</example></rule>', "<example> was left out"),
        ('<rule id="r" colour="red">a</rule>', "colour='red'"),
        ('<song/><rule id="r">a</rule>', "<song> in a grammar"),
    ],
)
def test_what_of_xml_has_no_translation_is_told(tmp_path: Path, body: str, told: str) -> None:
    path = tmp_path / "x.grxml"
    path.write_text(f'<grammar root="r">\n{body}</grammar>')
    listed = [(one.location.line, one.message) for one in read(path).problems]
    assert any(line == 2 and told in message for line, message in listed), listed


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE grammar [<!ENTITY a "b">]><grammar><rule id="r">&a;</rule></grammar>',
        "<grammar><rule></grammar>",
        "<vxml/>",
    ],
)
def test_xml_is_read_safely(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.grxml"
    path.write_text(text)
    imported = import_files([path])
    assert imported.text is None
    assert [one.code for one in imported.problems] == ["IMP004"]


VXML = """<vxml version="2.1" xmlns="http://www.w3.org/2001/vxml" xml:lang="en">
<menu id="main"><prompt>Which?</prompt>
<choice next="#a"><grammar type="application/srgs">
#ABNF 1.0; root $r; $r = [my] (card | cards);</grammar></choice>
<choice next="#b"><grammar src="bank.gram#loans"/></choice>
<noinput><exit/></noinput><nomatch><exit/></nomatch>
</menu>
<form id="a"><block>A</block></form>
<form id="b"><field name="f"><prompt>What?</prompt><grammar src="bank.grxml" type="application/srgs+xml"/>
</field></form></vxml>
"""


def test_documents_take_inline_abnf_and_grammars_of_their_folder(tmp_path: Path) -> None:
    (tmp_path / "bank.gram").write_text(ABNF)
    (tmp_path / "bank.grxml").write_text(XML)
    path = tmp_path / "app.vxml"
    path.write_text(VXML)
    result = read(path)
    said = [choice["say"] for choice in result.plan["menus"]["main"]["choices"].values()]
    assert said == ["[my] (card | cards)", ["loan", "mortgage", "home loan"]]
    field = next(menu for name, menu in result.plan["menus"].items() if name != "main")
    assert {key: choice["say"] for key, choice in field["choices"].items()} == SAID
    assert not [one for one in result.problems.errors if one.code != "IMP108"]
    assert "IMP901" not in result.codes, "every line of the grammars is accounted for"
    assert "bank.gram:1,2,3,4,5,6,8,9" in result.text


MANY = "<grammar root='r'><rule id='r'>{}</rule></grammar>"
SIX = "<item>{0} <one-of><item>a</item><item>b</item><item>c</item></one-of> <one-of>{1}</one-of></item>"


def many(word: str) -> str:
    """A grammar of 150 ways."""
    return MANY.format(SIX.format(word, "".join(f"<item>x{number}</item>" for number in range(50))))


@pytest.mark.parametrize(
    "body",
    [
        '<menu id="main"><prompt>Which?</prompt><choice next="#b">{}{}</choice></menu>',
        '<form id="main"><field name="f"><prompt>Which?</prompt>{}{}</field></form>',
    ],
)
def test_several_grammars_of_one_choice_are_no_more_than_a_choice_may_have(tmp_path: Path, body: str) -> None:
    tagged = [many(word).replace("</rule>", "<tag>'one'</tag></rule>") for word in ("my", "your")]
    path = tmp_path / "app.vxml"
    path.write_text(
        '<vxml version="2.1" xmlns="http://www.w3.org/2001/vxml" xml:lang="en">'
        f'{body.format(*tagged)}<form id="b"><block>B</block></form></vxml>'
    )
    result = read(path)
    (told,) = [one.message for one in result.problems if "ways to say" in one.message]
    assert "more than 200 ways to say" in told
    (said,) = [choice["say"] for menu in result.plan["menus"].values() for choice in menu["choices"].values()]
    assert len(ways(said)) == 150


def test_a_grammar_that_is_elsewhere_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "app.vxml"
    path.write_text(VXML)
    messages = [one.message for one in read(path).problems if one.code == "IMP108"]
    assert len(messages) == 2
    assert all("not among the files" in message for message in messages)


def reads_whole(text: str) -> None:
    grammar = parse_abnf(text, "x.gram")
    found, faults = answers(grammar)
    last = text.count("\n") + 1
    for fault in (*grammar.faults, *faults):
        assert fault.message
        assert 1 <= fault.place.line <= last
    assert found or grammar.faults or faults
    assert all(one.text and one.value for one in found)


@FAST
@given(st.text(max_size=80))
def test_any_text_gives_phrases_or_located_faults(text: str) -> None:
    reads_whole(text)


WORDS_SAID = st.sampled_from(["a", "b", "c", '"(["', '"|"', '"d] e"', "$a", "$b"])
MADE = st.recursive(
    WORDS_SAID,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(" ".join),
        st.lists(inner, min_size=2, max_size=4).map(lambda ways: f"({' | '.join(ways)})"),
        inner.map(lambda one: f"[{one}]"),
        st.tuples(inner, st.sampled_from(["<0-1>", "<2>", "<0-20>", "<1-6>"])).map(
            lambda two: f"({two[0]}){two[1]}"
        ),
        st.tuples(inner, st.sampled_from(["x", "y"])).map(lambda two: f"({two[0]} {{{two[1]}}})"),
    ),
    max_leaves=12,
)


@pytest.mark.slow
@FAST
@given(MADE, MADE, MADE)
def test_every_answer_is_a_phrase_that_check_takes(first: str, second: str, third: str) -> None:
    grammar = parse_abnf(f"#ABNF 1.0; root $r;\n$r = {first};\n$a = {second};\n$b = {third};", "x.gram")
    ways: dict[str, int] = {}
    for one in answers(grammar)[0]:
        pattern = parse(one.text)
        assert not isinstance(pattern, Unfit), one.text
        ways[one.value] = ways.get(one.value, 0) + count(pattern, 200)
    assert all(number <= 200 for number in ways.values())


def test_drafts_of_unusual_grammars_are_dialplans(tmp_path: Path) -> None:
    ten = "(a|b|c|d|e|f|g|h|i|j)"
    path, output = tmp_path / "x.gram", tmp_path / "out.yaml"
    for text in (
        "b (a<0-20>) {x}",
        "a " + "[b " * 18 + "c" + "]" * 18,
        'a ["(["] b | "|"',
        f"{ten} {ten} {{x}} | one {ten} {ten} {{x}} | two {ten} {ten} {{x}}",
    ):
        path.write_text(f"#ABNF 1.0; root $r;\n$r = {text};\n")
        output.write_text(read(path).text)
        assert [one.code for one in check_file(output).errors] == [], text


def test_signs_alone_and_too_many_ways_of_one_value_are_told() -> None:
    said, told = rule('$r = a "([" b;')
    assert said == {"a b": ["a b"]}
    assert told == ["3: IMP207 '([' was left out: it is no word, and our patterns are made of such signs"]
    ten = "(a|b|c|d|e|f|g|h|i|j)"
    said, told = rule(f"$r = {ten} {ten} {{x}} | one {ten} {ten} {{x}} | two {ten} {{x}};")
    assert len(said["x"]) == 2
    assert told == ["1: IMP108 there are more than 200 ways to say 'x': some were left out"]


def test_a_rule_that_was_not_reached_for_depth_is_not_called_unused() -> None:
    chained = "".join(f"$r{n} = $r{n + 1};" for n in range(60))
    told = rule(f"$r = a | $r0; {chained} $r60 = x;")[1]
    assert len(told) == 1
    assert "too deep" in told[0]


SIGNS = list(' \n;=|()[]{}<>$"!/*')
WORDS = ["$r", "$a", "$NULL", "$VOID", "<0-1>", "<2-3>", "<1->", "{x}", "{!{y}!}", "word", "1", "public"]
PARTS = ["root $r", "mode dtmf", "language en", '"two words"', "//", "/*", "*/", "/2/", "$r = "]
PIECES = st.sampled_from([*SIGNS, *WORDS, *PARTS])


@FAST
@given(st.lists(PIECES, max_size=40))
def test_any_pieces_of_a_grammar_do_too(pieces: list[str]) -> None:
    reads_whole("#ABNF 1.0;\n$r = a;\n" + " ".join(pieces))
