"""Every element of VoiceXML: what becomes of it, and what is listed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.importing.run import import_files
from ivrcore.importing.voicexml.table import ELEMENTS
from ivrcore.problems import Problems
from ivrcore.yamltree import parse_yaml
from tests.unit.importing.imports import Result, read

PAGE = '<?xml version="1.0"?>\n<vxml version="2.1" xml:lang="en">\n{}\n</vxml>\n'
OTHER = '<form id="other"><block><exit/></block></form>'


def page(folder: Path, body: str) -> Result:
    path = folder / "page.vxml"
    path.write_text(PAGE.format(body), encoding="utf-8")
    return read(path)


BLOCKS: list[tuple[str, Any, list[str]]] = [
    ("Hello <value expr=\"'you'\"/>.", [{"say": "Hello {'you'} ."}], []),
    ("<prompt>Hello</prompt><prompt>there</prompt>", [{"say": "Hello there"}], []),
    ('<prompt bargein="false">Hello</prompt>', [{"say": "Hello", "barge_in": False}], []),
    ("<prompt cond=\"x == '1'\">Hi</prompt>", [{"if": "x == '1'", "then": [{"say": "Hi"}]}], ["IMP206"]),
    ("<prompt>{braces}</prompt>", [{"say": "{{braces}}"}], []),
    ('<audio src="a.wav"/><audio src="b/c.wav"/>', [{"play": ["a", "b/c"]}], []),
    ('<audio src="http://x.example/m/a.wav">text</audio>', [{"play": "m/a"}], ["IMP207"]),
    ('<audio expr="x"/>', None, ["IMP107"]),
    ('<say-as interpret-as="digits">123</say-as>', [{"say": "{'123':digits}"}], []),
    ('<say-as interpret-as="currency">USD1</say-as>', [{"say": "USD1"}], ["IMP207"]),
    ('<assign name="x" expr="1"/>', [{"set": {"x": 1}}], []),
    ('<assign name="x" expr="\'a\'"/>', [{"set": {"x": "a"}}], []),
    ('<assign name="x" expr="true"/>', [{"set": {"x": True}}], []),
    ('<assign name="x" expr="x + 1"/>', [{"set": {"x": "{x + 1}"}}], []),
    ('<assign name="x" expr="f(1)"/>', None, ["IMP102"]),
    ('<var name="x" expr="2"/>', [{"set": {"x": 2}}], []),
    (
        '<assign name="x" expr="\'a\'"/><if cond="x == \'a\'">A<elseif cond="x == \'b\'"/>B<else/>C</if>',
        [
            {"set": {"x": "a"}},
            {
                "branch": [
                    {"if": "x == 'a'", "go": [{"say": "A"}]},
                    {"if": "x == 'b'", "go": [{"say": "B"}]},
                ],
                "else": [{"say": "C"}],
            },
        ],
        [],
    ),
    ('<if cond="f()">A<else/>B</if>', [{"say": "B"}], ["IMP102"]),
    ('<goto next="#other"/>', [{"goto": "other"}], []),
    ('<goto next="#none"/>', None, ["IMP103"]),
    ('<goto expr="x"/>', None, ["IMP103"]),
    ('<submit next="http://x.example/y"/>', ["hang_up"], ["IMP107"]),
    ("<exit/>", ["hang_up"], []),
    ("<disconnect/>", ["hang_up"], []),
    ("<return/>", ["return"], []),
    ("<log>hm</log>", None, []),
    ("<reprompt/>", None, []),
    ("<clear/>Hi", [{"say": "Hi"}, {"goto": "main"}], []),
    ("<script>x = 1</script>", None, ["IMP107"]),
    ('<data src="x"/>', None, ["IMP107"]),
    ('<foreach item="x" array="y">a</foreach>', None, ["IMP107"]),
    ('<throw event="help"/>', None, ["IMP107"]),
]


@pytest.mark.parametrize(("body", "steps", "codes"), BLOCKS, ids=[row[0] for row in BLOCKS])
def test_content_becomes_steps(tmp_path: Path, body: str, steps: Any, codes: list[str]) -> None:
    result = page(tmp_path, f'<form id="main"><block>{body}</block></form>\n{OTHER}')
    assert result.codes == codes
    if steps is not None:
        assert result.plan["blocks"]["main"][: len(steps)] == steps


def asked(**fields: object) -> dict[str, object]:
    return {"collect": "n", "prompt": "How much?", **fields, "otherwise": ["hang_up"]}


FIELDS: list[tuple[str, Any, list[str]]] = [
    (
        '<field name="pin" type="digits?length=4"><prompt>PIN?</prompt>'
        '<noinput count="2"><goto next="#other"/></noinput><nomatch count="2"><goto next="#other"/></nomatch>'
        "</field>",
        {
            "collect": "pin",
            "prompt": "PIN?",
            "length": 4,
            "speech": True,
            "secret": True,
            "no_input": ["PIN?"],
            "no_match": ["PIN?"],
            "otherwise": [{"goto": "other"}],
        },
        [],
    ),
    (
        '<field name="n" type="number"><prompt>How many?</prompt></field>',
        {"collect": "n", "prompt": "How many?", "length": "1-20", "otherwise": ["hang_up"]},
        ["IMP203", "IMP208"],
    ),
    (
        '<property name="timeout" value="2500ms"/><property name="interdigittimeout" value="1s"/>'
        '<property name="termchar" value="*"/>'
        '<field name="n" type="digits?minlength=2;maxlength=3"><prompt>Which?</prompt></field>',
        {
            "collect": "n",
            "prompt": "Which?",
            "length": "2-3",
            "speech": True,
            "secret": True,
            "timeout": "2.5s",
            "between": "1s",
            "terminator": "*",
            "otherwise": ["hang_up"],
        },
        ["IMP203"],
    ),
    (
        '<field name="n" type="currency"><prompt>How much?</prompt></field>',
        asked(type="amount", speech=True, secret=True),
        ["IMP203", "IMP208"],
    ),
    (
        '<field name="n"><prompt>How much?</prompt><grammar src="builtin:grammar/date"/></field>',
        asked(type="date", speech=True, secret=True),
        ["IMP203", "IMP208"],
    ),
    (
        '<field name="n"><prompt>How much?</prompt><grammar src="builtin:dtmf/digits?length=3"/></field>',
        asked(length=3),
        ["IMP203"],
    ),
    (
        '<field name="n"><prompt>How much?</prompt><grammar src="builtin:dtmf/digits?length=3"/>'
        '<grammar src="builtin:grammar/digits?length=3"/></field>',
        asked(length=3, speech=True, secret=True),
        ["IMP203"],
    ),
    (
        '<field name="n"><prompt>How much?</prompt><grammar mode="dtmf" src="builtin:digits"/></field>',
        asked(length="1-20"),
        ["IMP203"],
    ),
    (
        '<property name="inputmodes" value="dtmf"/>'
        '<field name="n" type="currency"><prompt>How much?</prompt></field>',
        asked(type="amount"),
        ["IMP203", "IMP208"],
    ),
    (
        '<field name="ok" type="boolean"><prompt>Sure?</prompt></field>',
        {
            "confirm": "Sure?",
            "yes": [{"set": {"ok": True}}],
            "no": [{"set": {"ok": False}}],
            "otherwise": ["hang_up"],
        },
        ["IMP203"],
    ),
    (
        '<transfer name="t" dest="tel:+82-2-1234567" bridge="true" connecttimeout="20s"/>',
        {"transfer": "+8221234567", "ring": "20s"},
        ["IMP209"],
    ),
    ('<transfer dest="sip:someone@example.org"/>', None, ["IMP109"]),
    (
        '<record name="r" maxtime="1m" finalsilence="3s"><prompt>Speak.</prompt></record>',
        None,
        ["IMP102"],
    ),
    (
        '<record name="r" maxtime="60s" finalsilence="3s"><prompt>Speak.</prompt></record>',
        {"record": "r", "prompt": "Speak.", "longest": "60s", "silence": "3s"},
        ["IMP209"],
    ),
    ('<subdialog name="s" src="#other"/>', {"do": "other"}, []),
    ('<subdialog name="s" src="#none"/>', None, ["IMP103"]),
    ("<initial>Say it all.</initial>", None, ["IMP107"]),
    ('<object classid="x"/>', None, ["IMP107"]),
]


@pytest.mark.parametrize(("body", "first", "codes"), FIELDS, ids=[row[0][:70] for row in FIELDS])
def test_an_item_becomes_a_step(tmp_path: Path, body: str, first: Any, codes: list[str]) -> None:
    result = page(tmp_path, f'<form id="main">{body}</form>\n{OTHER}')
    assert sorted(result.codes) == codes
    if first is not None:
        assert result.plan["blocks"]["main"][0] == first


def test_the_parameters_of_a_subdialog_are_set_before(tmp_path: Path) -> None:
    body = '<subdialog name="s" src="#other"><param name="p" expr="\'a\'"/></subdialog>'
    result = page(tmp_path, f'<form id="main">{body}</form>\n{OTHER}')
    assert result.plan["blocks"]["main"][:2] == [{"set": {"p": "a"}}, {"do": "other"}]


MENU = """<menu id="main" dtmf="true"><prompt>Which? <enumerate/></prompt><prompt count="2">Again?</prompt>
<choice next="#other">cards</choice>
<choice dtmf="*" next="#other"/>
{}
</menu>"""


def menu(folder: Path, events: str = "", before: str = "") -> Result:
    return page(folder, f"{before}{MENU.format(events)}\n{OTHER}")


def test_a_menu_has_keys_phrases_and_its_enumeration(tmp_path: Path) -> None:
    made = menu(tmp_path).plan["menus"]["main"]
    assert made["prompt"] == "Which? cards, press 1. , press *."
    assert made["choices"]["cards"] == {"say": "cards", "keys": "1", "go": [{"goto": "other"}]}
    assert made["choices"]["other"]["keys"] == "*"


def test_counted_events_are_texts_in_turn_and_an_end(tmp_path: Path) -> None:
    events = (
        "<noinput>Hello?<reprompt/></noinput>"
        '<noinput count="2">Still there?</noinput>'
        '<noinput count="3"><goto next="#other"/></noinput>'
        '<catch event="nomatch">What?</catch>'
    )
    made = menu(tmp_path, events).plan["menus"]["main"]
    assert made["no_input"] == ["Hello? Again?", "Still there?"]
    assert made["no_match"] == ["What?", "What?"]
    assert made["otherwise"] == [{"goto": "other"}]


def test_help_is_the_menus_own(tmp_path: Path) -> None:
    plan = menu(tmp_path, "<help>Press 1.</help>").plan
    assert plan["menus"]["main"]["help"] == "Press 1."
    assert plan["universals"] == {"help": {}}


@pytest.mark.parametrize(
    ("link", "universals", "codes"),
    [
        ('<link next="#other" dtmf="0"/>', {"agent": {"keys": "0", "go": [{"goto": "other"}]}}, []),
        ('<link next="#main" dtmf="9"/>', {"start_over": {"keys": "9"}}, []),
        ('<link event="help" dtmf="*"/>', {"help": {"keys": "*"}}, []),
        ('<link event="custom" dtmf="*"/>', None, ["IMP103"]),
        ('<link next="#other" dtmf="0"/><link next="#other" dtmf="8"/>', None, ["IMP107"]),
    ],
)
def test_a_link_is_a_universal(tmp_path: Path, link: str, universals: Any, codes: list[str]) -> None:
    result = page(tmp_path, f'{link}<form id="main"><block>Hi</block></form>\n{OTHER}')
    assert result.codes == codes
    if universals is not None:
        assert result.plan["universals"] == universals


GRAMMAR = """<form id="main"><field name="f"><prompt>Which?</prompt>
<grammar version="1.0" root="r" mode="{mode}">{body}</grammar></field></form>"""


@pytest.mark.parametrize(
    ("mode", "body", "choices"),
    [
        (
            "voice",
            '<rule id="r"><one-of><item>cards<tag>out="c"</tag></item><item>loans</item></one-of></rule>',
            {"c": "cards", "loans": "loans"},
        ),
        (
            "voice",
            '<rule id="r">my <ruleref uri="#w"/></rule>'
            '<rule id="w"><one-of><item>card</item></one-of></rule>',
            {"my-card": "my card"},
        ),
        (
            "voice",
            '<rule id="r"><item repeat="0-1">please</item> help<tag>h</tag></rule>',
            {"h": "[please] help"},
        ),
        (
            "dtmf",
            '<rule id="r"><one-of><item>1 2</item><item>#</item></one-of></rule>',
            {"12": "12", "hash": "#"},
        ),
    ],
)
def test_a_grammar_is_phrases_or_keys(tmp_path: Path, mode: str, body: str, choices: dict[str, Any]) -> None:
    (made,) = page(tmp_path, GRAMMAR.format(mode=mode, body=body)).plan["menus"].values()
    key = "keys" if mode == "dtmf" else "say"
    assert {name: choice[key] for name, choice in made["choices"].items()} == choices


@pytest.mark.parametrize(
    "grammar",
    [
        '<grammar src="cards.grxml"/>',
        '<grammar type="application/srgs">#ABNF 1.0;</grammar>',
        '<grammar root="r"><rule id="r"><item repeat="1-">1</item></rule></grammar>',
        '<grammar root="r"><rule id="r"><ruleref uri="other.grxml#x"/></rule></grammar>',
    ],
)
def test_a_grammar_without_translation_is_listed(tmp_path: Path, grammar: str) -> None:
    body = f'<form id="main"><field name="f"><prompt>Which?</prompt>{grammar}</field></form>'
    result = page(tmp_path, body)
    assert [problem.code for problem in result.problems.errors] == ["IMP108"]
    assert result.plan["blocks"]["main"][0]["collect"] == "f"


REFUSED = [
    '<!DOCTYPE vxml [<!ENTITY a "b">]><vxml version="2.1"><form><block>&a;</block></form></vxml>',
    '<!DOCTYPE vxml SYSTEM "http://x.example/vxml.dtd"><vxml version="2.1"/>',
    '<!DOCTYPE v [<!ENTITY f SYSTEM "file:///etc/passwd">]><vxml version="2.1"><form>&f;</form></vxml>',
    "<vxml><form></vxml>",
    "",
    "<html/>",
    "<a>" * 60 + "</a>" * 60,
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_is_located(tmp_path: Path, text: str) -> None:
    path = tmp_path / "page.vxml"
    path.write_text(text)
    imported = import_files([path])
    assert imported.text is None
    assert [problem.code for problem in imported.problems] == ["IMP004"]


def test_what_happens_after_a_blind_transfer_happens_when_it_failed(tmp_path: Path) -> None:
    result = page(tmp_path, '<form id="main"><transfer dest="tel:+8221234567"/><block>Sorry.</block></form>')
    assert result.plan["blocks"]["main"] == [
        {"transfer": "+8221234567", "failed": [{"goto": "main.not-transferred"}]},
        "hang_up",
    ]
    assert result.plan["blocks"]["main.not-transferred"] == [{"say": "Sorry."}, "hang_up"]


def test_what_became_of_a_transfer_can_be_asked(tmp_path: Path) -> None:
    body = (
        '<transfer name="t" dest="tel:+8221234567" bridge="true">'
        "<filled><if cond=\"t == 'noanswer'\">Nobody.</if></filled></transfer>"
    )
    plan = page(tmp_path, f'<form id="main">{body}</form>').plan
    assert plan["blocks"]["main"][1] == {"if": "outcome == 'no_answer'", "then": [{"say": "Nobody."}]}


def test_options_are_the_choices_of_a_field(tmp_path: Path) -> None:
    option = '<option dtmf="1" value="c">cards</option>'
    body = f'<field name="f"><prompt>Which? <enumerate/></prompt>{option}</field>'
    result = page(tmp_path, f'<form id="main">{body}</form>')
    assert result.plan["menus"]["main.ask"]["choices"] == {
        "c": {"say": "cards", "keys": "1", "go": [{"set": {"f": "c"}}, "hang_up"]}
    }


def test_what_stands_where_it_has_no_place_is_listed(tmp_path: Path) -> None:
    result = page(
        tmp_path, f'<form id="main"><subdialog src="#other"><prompt>Hi</prompt></subdialog></form>{OTHER}'
    )
    assert result.codes == ["IMP107"]


def test_every_element_of_the_table_is_tested() -> None:
    text = Path(__file__).read_text()
    assert [
        name for name in ELEMENTS if f"<{name}" not in text and name not in ("meta", "metadata", "error")
    ] == []


TAGS = [*ELEMENTS, "vxml", "one-of", "item", "rule", "tag"]
ATTRIBUTES = st.sampled_from(
    [
        "",
        ' name="x"',
        ' id="a"',
        ' next="#a"',
        ' cond="x == 1"',
        ' expr="x + 1"',
        ' src="a.wav"',
        ' type="digits?length=4"',
        ' type="boolean"',
        ' count="2"',
        ' dtmf="1"',
        ' event="noinput"',
        ' mode="dtmf"',
    ]
)
TREES: st.SearchStrategy[str] = st.recursive(
    st.sampled_from(["text", "\n", "{x}", "<!-- remark -->\n"]),
    lambda inner: st.builds(
        lambda tag, attribute, within: f"<{tag}{attribute}>{''.join(within)}</{tag}>\n",
        st.sampled_from(TAGS),
        ATTRIBUTES,
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


def imported(text: str) -> tuple[str | None, Problems]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.vxml"
        path.write_text(text, encoding="utf-8", errors="replace")
        result = import_files([path])
    return result.text, result.problems


@pytest.mark.slow
@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.lists(TREES, min_size=1, max_size=4))
def test_every_line_of_any_document_is_named(trees: list[str]) -> None:
    forms = "".join(f'<form id="f{number}">\n{tree}</form>\n' for number, tree in enumerate(trees))
    text, problems = imported(PAGE.format(forms))
    assert [str(problem) for problem in problems if problem.code == "IMP901"] == []
    assert text is not None
    assert parse_yaml(text, "new.yaml", Problems()) is not None


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.text(max_size=200))
def test_any_text_is_a_dialplan_or_located_errors(text: str) -> None:
    written, problems = imported(text)
    assert written is not None or problems.errors


def test_what_has_no_words_in_a_language_is_typed(tmp_path: Path) -> None:
    path = tmp_path / "app.vxml"
    path.write_text(
        '<vxml version="2.1" xmlns="http://www.w3.org/2001/vxml" xml:lang="fr"><form id="main">'
        '<field name="n" type="digits?length=3"><prompt>Combien?</prompt></field></form></vxml>'
    )
    result = read(path)
    (told,) = [one.message for one in result.problems if one.code == "IMP208"]
    assert "words for it are not known in fr" in told
    assert "speech" not in result.plan["blocks"]["main"][0]
