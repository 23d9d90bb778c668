"""What people say around what they ask for ("can I speak to … please"), and that says nothing else. Pure.

Words alone would not do: "my insurance agent" asks for nobody. So it must be a whole phrase, and around it
nothing but these. No word that denies may be among them.
"""

from __future__ import annotations

from collections.abc import Mapping

from ivrcore.speech.grammar import UNSPACED, words


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


COURTESIES: Mapping[str, frozenset[str]] = {
    "en": _listed(
        """
        a an any be can connect connected could do er erm for get give go going good gonna have
        hello hey hi human i i'd i'll i'm id is it just kindly let like live love make may me
        morning need now of ok okay one please possible put real right so speak speaking talk
        talking thank thanks the then there through to transfer transferred try uh uhm um us
        wanna want we well will with would yeah yes you your
        """
    ),
    "ko": _listed(
        """
        가 과 네 랑 로 를 예 와 을 이 저 좀 해 하고 한테 에게 이랑 으로 음 그 어 혹시 지금 바로
        여보세요 안녕하세요 제가 저는 저기 연결 통화 얘기 이야기 말씀 바꿔 돌려 싶어요 싶습니다
        싶은데요 주세요 주십시오 주시겠어요 주실래요 해요 할게요 합니다 원해요 원합니다 부탁
        부탁해요 부탁합니다 부탁드려요 부탁드립니다 할 수 있을까요 있나요 될까요
        """
    ),
    "zh": _listed(
        """
        我 我们 你 您 你好 您好 喂 嗯 呃 那 那个 就 请 请问 麻烦 帮 帮我 给我 给 想 要 想要 需要
        可以 能 能不能 可不可以 吗 吧 呢 啊 了 一下 一个 一位 个 位 转 转接 接 接通 找 和 跟 与
        说话 讲话 通话 谈谈 谢谢 谢谢您 现在 马上
        """
    ),
}
"""By language; of one that is not here, none is known."""


def asks_for(said: str, phrase: str, language: str) -> bool:
    """Whether a whole phrase is said, and nothing around it but courtesies."""
    known = COURTESIES.get(language, frozenset())
    if language in UNSPACED:
        return _around("".join(words(said)), "".join(words(phrase)), known)
    heard, wanted = words(said), words(phrase)
    length = len(wanted)
    return any(
        heard[at : at + length] == wanted and known.issuperset((*heard[:at], *heard[at + length :]))
        for at in range(len(heard) - length + 1)
        if length
    )


def _around(said: str, phrase: str, known: frozenset[str]) -> bool:
    before, found, after = said.partition(phrase) if phrase else ("", "", "")
    return bool(found) and _is_made_of(before, known) and _is_made_of(after, known)


def _is_made_of(text: str, parts: frozenset[str]) -> bool:
    """Whether a text is some of the parts, one after another."""
    ends = {0}
    for at in range(len(text)):
        if at in ends:
            ends.update(at + len(part) for part in parts if text.startswith(part, at))
    return len(text) in ends
