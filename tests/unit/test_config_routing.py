"""What a configuration says of routing: which plugins, their options, and what agents are in queues."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ivrcore.config import CONFIG_FILE, Config, load_config, read_site
from ivrcore.model.roster import MemberFacts, RelaxationFacts
from ivrcore.plugin_manager import load_plugins

ROOT = Path(__file__).parents[2]
SITE = """\
asterisk: {password_env: SECRET}
web: {token_env: TOKEN}
journal: {key_env: KEY}
"""
ENV = {"SECRET": "swordfish", "TOKEN": "open sesame, would you", "KEY": "0123456789abcdef" * 4}
AGENTS = "agents: {ann: {endpoint: PJSIP/a, queues: [loans], skills: {english: 60, french: 1, gold: 1}}}\n"
ANN = "agent 'ann'"
LOANS = "queue 'loans'"
ROUTING = load_plugins().routing()
PLUGINS = [
    (hook, plugin)
    for hook in ("strategies", "eligibility", "relaxations", "contact_orders")
    for plugin in getattr(ROUTING, hook).values()
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("config", "dialplans", "plugins"):
        (tmp_path / name).mkdir()
    return tmp_path


def load(folder: Path, text: str) -> Config:
    (folder / CONFIG_FILE).write_text(SITE + text)
    return load_config(folder, ENV)


def told(folder: Path, queue: str, agents: str = AGENTS, asked: tuple[str, ...] | None = None) -> list[str]:
    """Give each problem of one queue's keys; its line is the 4th, and they begin at column 18."""
    (folder / CONFIG_FILE).write_text(f"{SITE}queues: {{loans: {{{queue}}}}}\n{agents}")
    problems = read_site(folder, ENV, lambda dialplans, verbs: asked).problems
    return [f"{p.location.line}:{p.location.column} {p.code} {p.message} [{p.hint}]" for p in problems]


class TestQueues:
    def test_everything_of_routing(self, folder: Path) -> None:
        config = load(
            folder,
            """\
queues:
  loans:
    strategy: best_fit
    options: {ties: occupancy, window: 30m}
    require: {skills: {english: 3}, not_agents: [ann], tier: [null, 4], expression: english > 3 and not gold}
    relaxation:
      name: penalty_rules
      options:
        rules:
          - {after: 30s, max: 2}
          - {after: 60, max: +1, raise: -1}
    order: {name: score, options: {point: 1m, skills: {gold: 5}}}
    pause_after: 3
  cards:
    relaxation: [preferred, {name: tiers, options: {wait: 20, multiply: false}}]
    order: weights
"""
            + AGENTS,
        )
        loans, cards = config.queues
        assert (loans.strategy, loans.options) == ("best_fit", {"ties": "occupancy", "window": "30m"})
        assert loans.require == {
            "skills": {"english": 3},
            "not_agents": ["ann"],
            "tier": [None, 4],
            "expression": "english > 3 and not gold",
        }
        rules = [{"after": "30s", "max": 2}, {"after": 60, "max": "+1", "raise": -1}]
        assert (loans.relaxation, loans.relaxation_options) == ("penalty_rules", {"rules": rules})
        assert (loans.order, loans.order_options) == ("score", {"point": "1m", "skills": {"gold": 5}})
        assert (loans.pause_after, loans.relaxation_next) == (3, ())
        assert (cards.relaxation, cards.relaxation_options) == ("preferred", {})
        then = RelaxationFacts(name="tiers", options={"wait": 20, "multiply": False})
        assert cards.relaxation_next == (then,)
        assert (cards.order, cards.order_options, cards.require) == ("weights", {}, {})

    @pytest.mark.parametrize(
        ("queue", "problem"),
        [
            (
                "relaxation: ^bulseye",
                "CFG215 {}: no plugin gives a relaxation 'bulseye' [did you mean 'bullseye'?]",
            ),
            ("order: {name: ^scor}", "CFG215 {}: no plugin gives an order 'scor' [did you mean 'score'?]"),
            (
                "require: {^skils: {english: 1}}",
                "CFG215 {}: no plugin gives a rule of eligibility 'skils' [did you mean 'skills'?]",
            ),
            (
                "options: {^sinc: ready}",
                "CFG216 {}, strategy longest_idle, sinc: there is no such option [did you mean 'since'?]",
            ),
            (
                "strategy: pull, options: {^every: 5}",
                "CFG216 {}, strategy pull, every: there are no options []",
            ),
            (
                "order: {name: weights, options: {^weight: heavy}}",
                "CFG216 {}, order weights, weight: a number from 0.01 to 100 is wanted, not 'heavy' []",
            ),
            ("relaxation: ^tiers", "CFG216 {}, relaxation tiers: 'wait' is missing []"),
            (
                "relaxation: {name: bullseye, options: {rings: [{for: 5}, {for: 5, ^drop: french}]}}",
                "CFG216 {}, relaxation bullseye, rings[2].drop: a list is wanted, not 'french' []",
            ),
            (
                "require: {expression: ^english >}",
                "CFG216 {}, require expression: the expression ends too early"
                " (a value is missing at its end) []",
            ),
            (
                "require: {skills: {^english: high}}",
                "CFG216 {}, require skills, english: a whole number from 1 to 100 is wanted, not 'high' []",
            ),
            ("relaxation: ^{options: {}}", "YML102 {}, relaxation: 'name' is missing [add 'name: …']"),
            (
                "order: ^[score]",
                "YML103 {}: a name, or 'name: …' with options, for 'order' is wanted here, not a list []",
            ),
            (
                "strategy: fewest_contacts, options: {^window: 5h}",
                "CFG216 {}, strategy fewest_contacts, window: a duration of at most 4 h is wanted,"
                " not '5h' []",
            ),
            ("options: ^3", "YML103 {}: a mapping (name: value) for the options is wanted here, not '3' []"),
        ],
    )
    def test_what_is_wrong_is_told_at_its_place(self, folder: Path, queue: str, problem: str) -> None:
        (found,) = told(folder, queue.replace("^", ""))
        assert found == f"4:{18 + queue.index('^')} {problem.format(LOANS)}"

    def test_a_plugin_that_raises_over_its_options_is_named(self, folder: Path) -> None:
        (folder / "plugins/site.py").write_text(
            "from ivrcore.api import hookimpl\n"
            "class Odd:\n"
            "    name = 'odd'\n"
            "    def place(self, visit, options): return visit.since\n"
            "    def claim(self, place, queue, options, now): return 0.0\n"
            "    def check(self, options): raise KeyError(options)\n"
            "@hookimpl\n"
            "def ivrcore_contact_orders(): return [Odd()]\n"
        )
        (problem,) = told(folder, "order: odd", "plugins: {folder: plugins}\n" + AGENTS)
        assert "queue 'loans', order odd: the plugin cannot look at its options (KeyError)" in problem


class TestSkills:
    @pytest.mark.parametrize(
        "queue",
        [
            "require: {skills: {english: 1}}",
            "require: {expression: english > 50}",
            "relaxation: {name: skill_rules, options: {rules: [wait < 60 and english > 50]}}",
            "relaxation: {name: steps, options: {steps: [{skills: {english: 1}}]}}",
            "relaxation: [preferred, {name: bullseye, options: {rings: [{for: 5, drop: [english]}]}}]",
            "order: {name: score, options: {skills: {english: 9}}}",
            "strategy: best_skill, options: {skill: english}",
        ],
    )
    def test_one_that_only_options_name_is_used(self, folder: Path, queue: str) -> None:
        agents = "agents: {ann: {endpoint: PJSIP/a, queues: [loans], skills: {english: 60}}}\n"
        assert told(folder, queue, agents, asked=()) == []

    def test_one_that_nobody_has_is_told(self, folder: Path) -> None:
        assert told(folder, "require: {expression: not englsh}") == [
            "4:40 CFG217 no agent has the skill 'englsh' [did you mean 'english'?]"
        ]

    def test_one_of_the_queue_itself_that_nobody_has_is_told(self, folder: Path) -> None:
        assert told(folder, "skills: {french: 1, englsh: 2}") == [
            "4:38 CFG217 queue 'loans': no agent has the skill 'englsh' [did you mean 'english'?]"
        ]
        assert told(folder, "skills: {french: 9}") == []  # ann serves the queue by its name

    @pytest.mark.parametrize("rule", ["agents", "not_agents"])
    def test_an_agent_that_is_not_there_is_told(self, folder: Path, rule: str) -> None:
        agents = "agents: {ann: {endpoint: PJSIP/a, queues: [loans]}, bob: {endpoint: PJSIP/b}}\n"
        (problem,) = told(folder, f"require: {{{rule}: [ann, anne]}}", agents)
        assert problem.endswith("CFG220 there is no agent 'anne' [did you mean 'ann'?]")


STEPS = (
    "relaxation: {name: steps, options: {steps: [{skills: {english: %s}, for: 30s}, {skills: {french: 1}}]}}"
)
RULES = "relaxation: {name: skill_rules, options: {rules: [%s]}}"


class TestNeeds:
    @pytest.mark.parametrize(
        ("queue", "needs"),
        [
            ("require: {expression: english > 60}", "expression english > 60"),
            ("require: {skills: {english: 61}}", "english 61 or more"),
            ("require: {tier: [2, 3]}", "tier 2 to 3"),
            (
                "require: {not_agents: [ann]}, relaxation: [preferred, {name: tiers, options: {wait: 9s}}]",
                "not_agents ann, and what it is relaxed to is no better",
            ),
            (
                "require: {skills: {gold: 2}}, relaxation: {name: bullseye, options: {rings: [{for: 9s}]}}",
                "gold 2 or more; tier 1 at most, and what it is relaxed to is no better",
            ),
        ],
    )
    def test_one_that_no_agent_of_the_queue_meets_is_told(self, folder: Path, queue: str, needs: str) -> None:
        (problem,) = told(folder, queue)
        assert re.sub(r"^4:\d+ ", "", problem) == (
            f"CFG204 none of its agents may have a contact of queue 'loans' (it needs: {needs})"
            " [its callers would wait for nobody]"
        )

    @pytest.mark.parametrize(
        ("queue", "problem"),
        [
            (
                STEPS % 61,
                "4:18 CFG222 queue 'loans', step 1 of 2: for 30 s none of its agents may have a contact"
                " (it needs: english 61 or more) []",
            ),
            (
                "require: {skills: {gold: 2}}, "
                "relaxation: {name: bullseye, options: {rings: [{for: 1m, drop: [gold]}, {for: 5s}]}}",
                "4:48 CFG222 queue 'loans', ring 1 of 3: for 1 min none of its agents may have a contact"
                " (it needs: gold 2 or more) []",
            ),
        ],
    )
    def test_a_part_of_the_wait_in_which_nobody_is_good_enough_is_told(
        self, folder: Path, queue: str, problem: str
    ) -> None:
        assert told(folder, queue) == [problem]

    @pytest.mark.parametrize(
        "queue",
        [
            STEPS % 60,
            RULES
            % "wait < 60 and english > 90, english > 50",  # nobody is there for it: the next one at once
            "relaxation: {name: tiers, options: {wait: 30s, no_agent_no_wait: false}}",
            "relaxation: {name: penalty_rules, options: {rules: [{after: 0, min: 5}, {after: 9s, min: 0}]}}",
            "relaxation: [preferred, {name: bullseye, options: {rings: [{for: 20s}, {for: 30s}]}}]",
            "require: {expression: english > 50 and not trainee}",
        ],
    )
    def test_nothing_is_told_of_what_somebody_meets_in_time(self, folder: Path, queue: str) -> None:
        assert [one for one in told(folder, queue) if "trainee" not in one] == []

    def test_nothing_is_told_beside_an_error(self, folder: Path) -> None:
        (problem,) = told(folder, "require: {skills: {gold: 2}}, relaxation: steps")
        assert "CFG216" in problem


class TestAgents:
    def test_what_an_agent_is_in_each_queue(self, folder: Path) -> None:
        config = load(
            folder,
            "queues: {loans: {}, cards: {}, law: {}}\n"
            "agents:\n"
            "  ann: {endpoint: PJSIP/a, capacity: 3,"
            " queues: {loans: {tier: 2}, cards: {weight: 0.5, tier: 0}, law: }}\n"
            "  bob: {endpoint: PJSIP/b, queues: [loans, law]}\n"
            "  cho: {endpoint: PJSIP/c}\n",
        )
        ann, bob, cho = config.agents
        assert ann.queues == ("loans", "cards", "law")
        assert ann.members == {"loans": MemberFacts(tier=2), "cards": MemberFacts(tier=0, weight=0.5)}
        assert (ann.capacity, bob.capacity) == (3, 1)
        assert (bob.queues, bob.members) == (("loans", "law"), {})
        assert (cho.queues, cho.members) == ((), {})

    @pytest.mark.parametrize(
        ("agent", "problem"),
        [
            ("queues: {^loan: {}}", "CFG202 {}: there is no queue 'loan' [did you mean 'loans'?]"),
            ("queues: {loans: {^teir: 1}}", "YML101 {}, queue 'loans': unknown key 'teir'"),
            ("queues: {loans: {tier: ^-1}}", "YML104 {}, queue 'loans': 'tier' must be from 0 to 1000"),
            ("queues: {loans: ^2}", "YML103 {}, queue 'loans': a mapping (key: value) is wanted here"),
            ("queues: [loans], capacity: ^0", "YML104 {}: 'capacity' must be from 1 to 20"),
        ],
    )
    def test_what_is_wrong(self, folder: Path, agent: str, problem: str) -> None:
        *_, found = told(folder, "", f"agents: {{ann: {{endpoint: PJSIP/a, {agent.replace('^', '')}}}}}\n")
        assert found.startswith(f"5:{35 + agent.index('^')} {problem.format(ANN)}")


@pytest.mark.parametrize(("hook", "plugin"), PLUGINS, ids=lambda one: getattr(one, "name", one))
def test_every_built_in_plugin_looks_at_its_options(hook: str, plugin: object) -> None:
    check = getattr(plugin, "check", None)
    assert check is not None, f"{plugin} of {hook} lets misspelt options pass"
    (problem, *_) = check({"no_such_option": object()})
    assert isinstance(problem, str)
    assert problem.strip()


EXAMPLES = re.findall(r"```yaml\n(queues:.*?)```", (ROOT / "docs/routing.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_the_docs_have_no_errors(folder: Path, example: str) -> None:
    (folder / CONFIG_FILE).write_text(SITE + example)
    assert read_site(folder, ENV).problems.errors == ()
