"""Callers' ways in the picture: what the fold of a journal counts is exactly what callers did."""

from __future__ import annotations

import random

import pytest

from ivrcore.metrics.traffic import TrafficFold
from ivrcore.model import events
from ivrcore.picture.counts import Counts
from ivrcore.picture.draw import draw
from ivrcore.picture.model import Kind, Picture
from ivrcore.picture.overlay import overlay
from ivrcore.testing import FakeLeg
from tests.scenarios.floor import START, Floor

PLAN = """
name: ways
language: en
numbers: {"5000": {start: welcome}}
defaults: {timeout: 5s}
universals:
  agent: {keys: "0", go: [{goto: agent}]}
  back: {keys: "#"}
blocks:
  welcome:
    - say: "Welcome."
    - if: call.caller == 'nobody'
      then: [{hang_up: normal}]
    - do: account
    - menu: main
  account:
    - collect: account
      prompt: "Your number?"
      length: 4
      otherwise: [{say: "Never mind."}]
    - return
  agent: [{queue: general}, {say: "Good bye."}]
menus:
  main:
    prompt: "Cards or hours?"
    choices:
      cards: {say: [cards], keys: "1", go: [{menu: cards}]}
      hours: {say: [hours], keys: "2", go: [{say: "Nine to five."}, {goto: main}]}
    no_match: ["I did not understand."]
    otherwise: [{goto: agent}]
  cards:
    prompt: "Lost?"
    choices:
      lost: {keys: "1", go: [{queue: general}]}
      other: {keys: "2", go: [{say: "Sorry."}, {hang_up: normal}]}
    otherwise: [{hang_up: normal}]
"""


def counted(floor: Floor) -> Counts:
    fold = TrafficFold().fold(floor.journal.events)
    return fold.counts(floor.plan.name, fold.versions(floor.plan.name), floor.clock.now())


def pictured(floor: Floor) -> Picture:
    return overlay(draw(floor.plan), counted(floor), [floor.plan.version])


def edges(picture: Picture) -> dict[tuple[str, str], int | None]:
    return {(edge.source, " ".join(edge.label)): edge.count for edge in picture.edges}


def to_the_menu(floor: Floor, digits: str = "1234") -> FakeLeg:
    leg = floor.call()
    floor.wait(3)
    floor.press(leg, digits)
    floor.wait(0.5)
    return leg


def gone(floor: Floor, *legs: FakeLeg) -> None:
    for leg in legs:
        leg.hang_up()
    floor.settle()


def test_given_callers_on_known_ways_then_every_edge_tells_how_many_took_it() -> None:
    floor = Floor(PLAN)
    legs = [to_the_menu(floor) for _ in range(6)]
    floor.press(legs[0], "1")
    floor.press(legs[0], "2")  # hears "Sorry." and is hung up on
    floor.press(legs[1], "1")  # hangs up in the menu of cards
    floor.press(legs[2], "2")  # hears the hours, and is in the main menu again
    floor.wait(5)
    floor.press(legs[3], "99")  # two misfits: an agent
    floor.press(legs[4], "0")  # asks for an agent
    picture = pictured(floor)
    assert picture.node("main").figures.present == 2  # type: ignore[union-attr]
    gone(floor, *legs[1:])
    floor.wait(60)
    floor.check()
    picture = pictured(floor)
    found = edges(picture)
    assert found["number:5000", ""] == 6
    assert found["block:welcome/1", "no"] == 6
    assert found["block:welcome/2", "do"] == 6
    assert found["menu:account/0", "entered"] == 6
    assert found["block:welcome/2", ""] == 6
    assert found["menu:main", "[1] cards"] == 2
    assert found["menu:main", "[2] hours"] == 1
    assert found["block:main/hours", ""] == 1
    assert found["menu:main", "otherwise"] == 1
    assert found["universals", "agent"] == 1
    assert found["menu:cards", "[2] other"] == 1
    main = picture.node("main")
    assert main is not None
    assert main.figures is not None
    assert (main.figures.came, main.figures.no_match, main.figures.hung_up) == (7, 2, 1)
    assert main.figures.ended == 1  # who had heard the hours is no loss
    agent = picture.node("agent")
    assert agent is not None
    assert agent.figures is not None
    assert (agent.figures.came, agent.figures.abandoned, agent.figures.hung_up) == (2, 2, 2)
    assert picture.traffic is not None
    assert (picture.traffic.contacts, picture.traffic.since) == (6, START)


@pytest.mark.slow
def test_given_any_day_then_at_every_place_as_many_leave_as_came() -> None:
    floor = Floor(PLAN)
    floor.ready("ann")
    chance = random.Random(7)
    legs: list[FakeLeg] = []
    for _ in range(60):
        legs.append(floor.call())
        for _ in range(chance.randrange(6)):
            floor.wait(chance.randrange(3))
            leg = chance.choice(legs)
            if leg.id in floor.switch.legs:
                floor.press(leg, chance.choice(["1", "2", "0", "9", "#", "1234", "12345678"]))
        if chance.random() < 0.5:
            leg = chance.choice(legs)
            if leg.id in floor.switch.legs:
                gone(floor, leg)
    adds_up(pictured(floor), 60)
    gone(floor, *(leg for leg in legs if leg.id in floor.switch.legs))
    floor.wait(60)
    floor.check()
    picture = pictured(floor)
    adds_up(picture, 60)
    assert all(node.figures is not None and not node.figures.present for node in picture.nodes)


def adds_up(picture: Picture, contacts: int) -> None:
    """Who came to a place went on, ended there, or is there still; each contact ended once or is present."""
    counts = picture.traffic
    assert counts is not None
    assert counts.contacts == contacts
    total = 0
    for node in picture.nodes:
        figures = node.figures
        assert figures is not None
        over = figures.hung_up + figures.failed + figures.ended + figures.present
        total += over
        leading = [edge for edge in picture.edges if edge.source == node.id]
        if node.kind in (Kind.UNIVERSALS, Kind.NUMBER, Kind.END) or any(one.lead == "do" for one in leading):
            continue
        out = sum(edge.count or 0 for edge in leading) + figures.away + figures.back
        assert figures.came == out + over, node
    assert total == contacts


def test_given_hours_that_are_let_go_then_the_picture_says_since_when_it_counts() -> None:
    fold = TrafficFold(most=8)
    floor = Floor(PLAN)
    for _ in range(5):
        leg = to_the_menu(floor)
        floor.press(leg, "1")
        gone(floor, leg)
        floor.steady.advance(3600)
    fold.fold(floor.journal.events)
    counts = fold.counts("ways", [floor.plan.version], floor.clock.now())
    assert counts.contacts < 5
    assert counts.since > START
    arrived = [event.at for event in floor.happened(events.ContactArrived)]
    assert counts.contacts == sum(at >= counts.since for at in arrived)
