"""Built-in words for asking a caller to confirm, by language (BCP 47 primary tag)."""

from collections.abc import Mapping

from ivrcore.dialplan.model import Confirming
from ivrcore.model.names import Universal

YES, NO = "yes", "no"
"""The choices of a confirming turn."""
CONFIRM_KEYS = {"1": YES, "2": NO}

# Korean: 네/예 is not recognised from any voice tried, so the polite long forms are asked for and the keys
# are named in the prompt. Its model knows them as two words, as another model may know them as one.
CONFIRMING = {
    "en": Confirming(
        "Did you say {choice}? Say yes or press 1, or say no or press 2.",
        ("yes", "yes please", "correct"),
        ("no", "no thanks", "wrong"),
    ),
    "ko": Confirming(
        "{choice}, 맞습니까? 맞으면 1번, 아니면 2번을 누르거나 맞습니다, 아니요 라고 말씀해 주세요.",
        ("맞 습니다", "맞습니다", "네", "예"),
        ("아니요", "아닙니다"),
    ),
    "zh": Confirming(
        "您说的是{choice},对吗?对请说是的或按1,不对请说不是或按2。",
        ("是的", "对", "是"),
        ("不是", "不对", "不"),
    ),
}

ENTERED = {
    "en": "You entered {digits}. If that is right, say yes or press 1. If not, say no or press 2.",
    "ko": "{digits}, 입력하셨습니다. 맞으면 1번, 아니면 2번을 누르거나 맞습니다, 아니요 라고 말씀해 주세요.",
    "zh": "您输入的是{digits}。对请说是的或按1,不对请说不是或按2。",
}
"""How digits are read back, with ``{digits}``."""

KEYS_ONLY = {
    "en": "Please use the keys of your telephone.",
    "ko": "지금은 전화기의 버튼을 눌러 주세요.",
    "zh": "请使用电话按键。",
}
"""What is said where a menu would listen and cannot."""

UNIVERSALS: Mapping[str, Mapping[Universal, tuple[str, ...]]] = {
    "en": {
        Universal.HELP: ("help",),
        Universal.REPEAT: ("repeat", "say that again"),
        Universal.BACK: ("go back", "previous menu"),
        Universal.START_OVER: ("start over", "main menu"),
        Universal.AGENT: ("agent", "operator", "representative"),
    },
    "ko": {
        Universal.HELP: ("도움말",),
        Universal.REPEAT: ("다시 듣기",),
        Universal.BACK: ("이전 메뉴",),
        Universal.START_OVER: ("처음으로",),
        Universal.AGENT: ("상담원", "상담원 연결"),
    },
    "zh": {
        Universal.HELP: ("帮助",),
        Universal.REPEAT: ("重复", "再说一遍"),
        Universal.BACK: ("返回", "上一级"),
        Universal.START_OVER: ("重新开始", "主菜单"),
        Universal.AGENT: ("人工服务", "转人工"),
    },
}
"""What a caller may say for a universal, where the dialplan does not say."""

IMPATIENCE: Mapping[str, tuple[str, ...]] = {
    "en": (
        "agent agent",
        "agent now",
        "[just] (get | give) me (an agent | a person | somebody)",
        "[i want] [to (talk | speak) to] a (real | human) (person | being)",
        "this is ridiculous",
        "stupid machine",
        "damn it",
        "shit",
        "bullshit",
        "fuck [you | this | off]",
    ),
    "ko": (
        "상담원 상담원",
        "상담원 빨리",
        "빨리 상담원 연결",
        "사람 바꿔 주세요",
        "진짜 짜증 나",
        "짜증나",
        "답답해",
        "젠장",
        "씨발",
    ),
    "zh": (
        "人工 人工",
        "快点转人工",
        "我要跟真人说话",
        "我要找真人",
        "烦死了",
        "搞什么",
        "他妈的",
    ),
}
"""What impatient callers say, where the dialplan does not say; as phrases are written in dialplans.

More than one short word where possible: a recogniser takes noise for short words."""
