"""Built-in words for agents, by language (BCP 47 primary tag)."""

from __future__ import annotations

from collections.abc import Mapping

from ivrcore.model.names import CodeAnswer

CONFIRM: Mapping[str, str] = {
    "en": "Press {key} to take the call.",
    "ko": "전화를 받으시려면 {key} 버튼을 눌러 주세요.",
    "zh": "接听来电请按{key}。",
}
"""What agents are asked whose phone was picked up, with ``{key}``."""

_KEYS: Mapping[str, Mapping[str, str]] = {
    "en": {"*": "star", "#": "hash"},
    "ko": {"*": "별표", "#": "우물 정자"},
    "zh": {"*": "星号", "#": "井号"},
}


def spoken_key(key: str, language: str) -> str:
    """Give a key as it is said; digits are left to the voice."""
    return _KEYS.get(language, {}).get(key, key)


SAID: Mapping[str, Mapping[CodeAnswer, str]] = {
    "en": {
        CodeAnswer.LOGGED_IN: "You are logged in, and ready.",
        CodeAnswer.LOGGED_IN_ALREADY: "You are logged in already.",
        CodeAnswer.LOGGED_OUT: "You are logged out.",
        CodeAnswer.LOGGED_OUT_LATER: "You will be logged out after this call.",
        CodeAnswer.NOT_LOGGED_IN: "You are not logged in. Dial {code} first.",
        CodeAnswer.READY: "You are ready.",
        CodeAnswer.PAUSED: "You are paused.",
        CodeAnswer.PAUSED_FOR: "You are paused for: {reason}.",
        CodeAnswer.PAUSED_LATER: "You will be paused after this call.",
        CodeAnswer.WHICH_REASON: "Dial {code} and the number of a reason. {reasons}.",
        CodeAnswer.EXTENDED: "Minutes left for wrap-up: {minutes}.",
        CodeAnswer.NOT_IN_WRAP_UP: "You are not in wrap-up.",
        CodeAnswer.TOO_LONG: "That is too long. Minutes allowed: {minutes}.",
        CodeAnswer.NO_AGENT: "This phone belongs to no agent.",
        CodeAnswer.NO_CODE: "There is no such code.",
        CodeAnswer.FAILED: "That did not work. Please try again.",
        CodeAnswer.ENTER_PIN: "Please enter your PIN, then press hash.",
        CodeAnswer.WRONG_PIN: "That is not your PIN.",
        CodeAnswer.NO_PIN: "You have no PIN yet. Ask your administrator for one.",
        CodeAnswer.PIN_LOCKED: "Too many wrong PINs. Please try again later.",
    },
    "ko": {
        CodeAnswer.LOGGED_IN: "로그인되었습니다. 상담 대기 중입니다.",
        CodeAnswer.LOGGED_IN_ALREADY: "이미 로그인되어 있습니다.",
        CodeAnswer.LOGGED_OUT: "로그아웃되었습니다.",
        CodeAnswer.LOGGED_OUT_LATER: "이 통화가 끝나면 로그아웃됩니다.",
        CodeAnswer.NOT_LOGGED_IN: "로그인되어 있지 않습니다. 먼저 {code} 번을 눌러 주세요.",
        CodeAnswer.READY: "상담 대기 중입니다.",
        CodeAnswer.PAUSED: "휴식 상태입니다.",
        CodeAnswer.PAUSED_FOR: "휴식 상태입니다. 사유, {reason}.",
        CodeAnswer.PAUSED_LATER: "이 통화가 끝나면 휴식 상태가 됩니다.",
        CodeAnswer.WHICH_REASON: "{code} 번과 사유 번호를 눌러 주세요. {reasons}.",
        CodeAnswer.EXTENDED: "후처리 시간이 {minutes}분 남았습니다.",
        CodeAnswer.NOT_IN_WRAP_UP: "후처리 상태가 아닙니다.",
        CodeAnswer.TOO_LONG: "너무 깁니다. 최대 {minutes}분입니다.",
        CodeAnswer.NO_AGENT: "등록된 상담원의 전화가 아닙니다.",
        CodeAnswer.NO_CODE: "없는 코드입니다.",
        CodeAnswer.FAILED: "처리하지 못했습니다. 다시 시도해 주세요.",
        CodeAnswer.ENTER_PIN: "비밀번호를 누르고 우물 정자를 눌러 주세요.",
        CodeAnswer.WRONG_PIN: "비밀번호가 맞지 않습니다.",
        CodeAnswer.NO_PIN: "등록된 비밀번호가 없습니다. 관리자에게 문의해 주세요.",
        CodeAnswer.PIN_LOCKED: "비밀번호를 여러 번 잘못 누르셨습니다. 나중에 다시 시도해 주세요.",
    },
    "zh": {
        CodeAnswer.LOGGED_IN: "您已登录,可以接听。",
        CodeAnswer.LOGGED_IN_ALREADY: "您已经登录。",
        CodeAnswer.LOGGED_OUT: "您已退出。",
        CodeAnswer.LOGGED_OUT_LATER: "本次通话后您将退出。",
        CodeAnswer.NOT_LOGGED_IN: "您没有登录。请先拨{code}。",
        CodeAnswer.READY: "您可以接听。",
        CodeAnswer.PAUSED: "您已暂停。",
        CodeAnswer.PAUSED_FOR: "您已暂停,原因:{reason}。",
        CodeAnswer.PAUSED_LATER: "本次通话后您将暂停。",
        CodeAnswer.WHICH_REASON: "请拨{code}和原因的号码。{reasons}。",
        CodeAnswer.EXTENDED: "整理时间还有{minutes}分钟。",
        CodeAnswer.NOT_IN_WRAP_UP: "您不在整理状态。",
        CodeAnswer.TOO_LONG: "时间太长。最多{minutes}分钟。",
        CodeAnswer.NO_AGENT: "这部电话不属于任何座席。",
        CodeAnswer.NO_CODE: "没有这个代码。",
        CodeAnswer.FAILED: "操作失败,请再试一次。",
        CodeAnswer.ENTER_PIN: "请输入密码,按井号结束。",
        CodeAnswer.WRONG_PIN: "密码不正确。",
        CodeAnswer.NO_PIN: "您还没有密码,请联系管理员。",
        CodeAnswer.PIN_LOCKED: "密码错误次数过多,请稍后再试。",
    },
}
"""What agents are told who dialled a code on their phones."""
