"""Built-in words for asking a caller to confirm, by language (BCP 47 primary tag)."""

from ivrcore.dialplan.model import Confirming

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
