"""A floor with many agents, long names and everything that the status page can show, over the real router."""

from ivrcore.model.names import Device, OfferEnd
from ivrcore.model.roster import AgentFacts, MemberFacts, QueueFacts
from ivrcore.routing import commands as r
from ivrcore.web.view import AgentAction
from tests.web.router_hotline import RouterHotline

LONG = "Kundenbetreuung-Privatkredite-und-Umschuldungen-Süddeutschland-2"
"""As long as a name may be: 64 characters."""
NAMED = "Dr. Maximiliane-Alexandra von Hohenstein-Wittgenstein zu Sayn"
STEPS = {"steps": [{"skills": {"french": 2}, "for": 30}, {"skills": {}}]}
LOANS = QueueFacts(
    name="loans",
    skills={"loans": 3},
    strategy="ring_all",
    relaxation="steps",
    relaxation_options=STEPS,
    wrap_up=30.0,
)
CARDS = QueueFacts(name="cards", threshold=30.0, ring_time=60.0, retry_after=120.0)
LAW = QueueFacts(name=LONG, skills={"law": 3})


def agent(number: int) -> AgentFacts:
    """Give one of many, no two alike."""
    name = f"agent{number:02}"
    special = number % 9 == 1
    return AgentFacts(
        name=name,
        endpoint=f"PJSIP/{name}",
        skills={"loans": number % 4 + 1, "french": 2} | ({"law": 2, "mortgages": 5} if special else {}),
        display=NAMED if special else f"Agent {number}",
        members={"cards": MemberFacts(tier=number % 3 + 1)},
        capacity=3 if number % 4 == 1 else 1,
    )


class LargeFloor(RouterHotline):
    """So many agents; each queue has somebody who waits."""

    def __init__(self, agents: int) -> None:
        super().__init__()
        self.roster = tuple(agent(number) for number in range(1, agents + 1))
        self.route(r.LoadRoster((LOANS, CARDS, LAW), self.roster))

    def arrive_at(self, contact: str, queue: str, **more: object) -> None:
        """Somebody calls and waits."""
        self.arrive(contact)
        self.route(r.Enqueue(contact, f"{contact}.v1", queue, **more))  # type: ignore[arg-type]

    def busy(self) -> None:
        """Talk, miss, pause, make calls of their own, lose phones; leave some waiting in each queue."""
        for number, one in enumerate(self.roster):
            if number % 7 != 6:
                self.set_agent(one.name, AgentAction.READY, "")
            self.now += 3.0
        for number in range(len(self.roster) // 3 + 1):
            self.arrive_at(f"t{number}", "cards")
            if number % 4 == 3:
                self.route(r.OfferFailed(f"t{number}.v1.o1", OfferEnd.NO_ANSWER))
                self.route(r.CallerLeft(f"t{number}"))
            else:
                self.serve(f"t{number}", 4.0)
        for number, one in enumerate(self.roster):
            if number % 7 == 5:
                self.set_agent(one.name, AgentAction.PAUSE, "a meeting about the new rates")
            if number % 7 == 4:
                self.route(r.AgentDevice(one.name, Device.UNREACHABLE if number % 2 else Device.BUSY))
        self.arrive_at("c-1700000000.17", LONG, priority=10, preferred=("agent01", "agent10"))
        self.now += 64.0
        self.arrive_at("c-1700000000.18", LONG, call_back=True, since=self.now - 3700.0)
        self.arrive_at("c-1700000000.19", LONG)
        self.route(r.MoveContact("c-1700000000.19", "loans", "sue"))
        self.now += 5.0
