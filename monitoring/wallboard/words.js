// What the page says, in each language, and how it writes numbers and times. Knows nothing of the page.

const EN = {
  title: "Wallboard", pages: "Pages", Status: "Status", Dialplans: "Dialplans", Wallboard: "Wallboard", logout: "Log out",
  controls: "How it is shown", view: "View", desk: "Desk", wall: "Wall", theme: "Colours", auto: "As the system",
  light: "Light", dark: "Dark", language: "Language", pause: "Hold the page", resume: "Turn pages",
  live: "Live", old: "Old figures", connecting: "Connecting", lost: "Connection lost", silent: "The server is silent",
  oldSince: "{problem}: these figures are of {time}. Trying again.",
  never: "{problem}: nothing has been heard of the server yet. Trying again.",
  skew: "This screen's clock is {skew} off the server's; the server's time is shown.",
  days: "{count} days", ago: "({age} ago)", back: "Live again", totals: "Now and today", calls: "Calls today", waiting: "Waiting", longest: "Longest wait",
  level: "Service level", abandoned: "Abandoned", expected: "Expected wait", ready: "Ready", agents: "Agents",
  answered: "Answered", yesterday: "yesterday {value}", queues: "Queues", queue: "Queue", staff: "Agents",
  readyOf: "{ready} of {all} ready", contacts: "Calls in progress", contact: "Call", plan: "Dialplan", where: "Where",
  since: "For", agent: "Agent", state: "State", longestIn: "longest", nobody: "Nobody is logged in.", noCalls: "No calls.",
  noQueues: "No queue is configured.", menu: "In menus", inQueue: "Waiting", withAgent: "With agents",
  more: "and {count} more", page: "Page {page} of {pages}", warning: "warning", critical: "critical",
  isCritical: "{queue} is critical", noStaff: "nobody", linkDown: "No connection to Asterisk ({name})",
  note: "Today is since midnight ({zone}); yesterday is up to the same time of day. Service level: answered within the queue's threshold ÷ (answered + abandoned). Abandoned: of all who entered.",
  states: {
    ready: "Ready", offered: "Ringing", talking: "Talking", wrap_up: "Wrap-up", paused: "Paused", resting: "Missed a call",
    off_queue: "Other call", unreachable: "Unreachable", logged_out: "Logged out",
  },
};
const ZH = {
  title: "监控大屏", pages: "页面", Status: "状态", Dialplans: "呼叫流程", Wallboard: "监控大屏", logout: "退出登录",
  controls: "显示方式", view: "视图", desk: "桌面", wall: "大屏", theme: "颜色", auto: "跟随系统",
  light: "浅色", dark: "深色", language: "语言", pause: "停止翻页", resume: "自动翻页",
  live: "实时", old: "数据已过时", connecting: "正在连接", lost: "连接中断", silent: "服务器无响应",
  oldSince: "{problem}：当前数据为 {time} 的数据。正在重新连接。",
  never: "{problem}：尚未收到服务器数据。正在重新连接。",
  skew: "本机时钟与服务器相差 {skew}；显示的是服务器时间。",
  days: "{count} 天", ago: "（{age} 前）", back: "已恢复实时", totals: "当前与今日", calls: "今日来电", waiting: "排队数", longest: "最长等待",
  level: "服务水平", abandoned: "放弃数", expected: "预计等待", ready: "空闲", agents: "坐席",
  answered: "接通数", yesterday: "昨日 {value}", queues: "技能组", queue: "技能组", staff: "坐席",
  readyOf: "空闲 {ready}，共 {all}", contacts: "进行中的来电", contact: "来电", plan: "呼叫流程", where: "位置",
  since: "时长", agent: "坐席", state: "状态", longestIn: "最长", nobody: "没有坐席签入。", noCalls: "没有来电。",
  noQueues: "没有配置技能组。", menu: "菜单中", inQueue: "排队中", withAgent: "通话中",
  more: "另有 {count} 个", page: "第 {page} 页，共 {pages} 页", warning: "预警", critical: "严重",
  isCritical: "{queue} 严重告警", noStaff: "无人", linkDown: "与 Asterisk（{name}）的连接中断",
  note: "今日自零点（{zone}）起；昨日截至同一时刻。服务水平：阈值内接通 ÷（接通 + 放弃）。放弃数：占全部进入排队者。",
  states: {
    ready: "空闲", offered: "振铃", talking: "通话", wrap_up: "话后处理", paused: "小休", resting: "漏接",
    off_queue: "其他通话", unreachable: "话机离线", logged_out: "签出",
  },
};
const KO = {
  title: "상황판", pages: "페이지", Status: "상태", Dialplans: "다이얼플랜", Wallboard: "상황판", logout: "로그아웃",
  controls: "표시 방식", view: "보기", desk: "책상", wall: "벽면", theme: "색상", auto: "시스템 설정",
  light: "밝게", dark: "어둡게", language: "언어", pause: "페이지 멈춤", resume: "페이지 넘김",
  live: "실시간", old: "지난 수치", connecting: "연결 중", lost: "연결 끊김", silent: "서버 응답 없음",
  oldSince: "{problem}: {time}의 수치입니다. 다시 연결하고 있습니다.",
  never: "{problem}: 아직 서버에서 받은 것이 없습니다. 다시 연결하고 있습니다.",
  skew: "이 화면의 시계가 서버와 {skew} 다릅니다. 서버 시각을 표시합니다.",
  days: "{count}일", ago: "({age} 전)", back: "다시 실시간", totals: "현재와 오늘", calls: "오늘 통화", waiting: "대기", longest: "최장 대기",
  level: "서비스 레벨", abandoned: "포기", expected: "예상 대기", ready: "대기 가능", agents: "상담사",
  answered: "응답", yesterday: "어제 {value}", queues: "대기열", queue: "대기열", staff: "상담사",
  readyOf: "{ready}/{all}명 가능", contacts: "진행 중인 통화", contact: "통화", plan: "다이얼플랜", where: "위치",
  since: "시간", agent: "상담사", state: "상태", longestIn: "최장", nobody: "로그인한 상담사가 없습니다.", noCalls: "통화가 없습니다.",
  noQueues: "설정된 대기열이 없습니다.", menu: "메뉴", inQueue: "대기 중", withAgent: "상담 중",
  more: "외 {count}건", page: "{pages}쪽 중 {page}쪽", warning: "주의", critical: "위험",
  isCritical: "{queue} 위험", noStaff: "없음", linkDown: "Asterisk({name}) 연결 끊김",
  note: "오늘은 자정({zone})부터, 어제는 같은 시각까지입니다. 서비스 레벨: 기준 시간 내 응답 ÷ (응답 + 포기). 포기: 들어온 전체에 대한 것입니다.",
  states: {
    ready: "대기 가능", offered: "호출 중", talking: "통화 중", wrap_up: "후처리", paused: "자리 비움", resting: "부재중",
    off_queue: "다른 통화", unreachable: "연결 불가", logged_out: "로그아웃",
  },
};

export const LANGUAGES = { en: EN, zh: ZH, ko: KO };
const DAY = 86_400;
/** What stands where there is no figure. */
export const NONE = "–";

/** The language of the page that fits best: the first of `wanted` (such as "zh-CN") that is there, else English. */
export function fitting(wanted) {
  const known = wanted.map((tag) => tag.toLowerCase().split("-")[0]).find((tag) => tag in LANGUAGES);
  return known ?? "en";
}

/** The words of a language. */
export function wordsOf(language) { return LANGUAGES[language] ?? EN; }

/** A text with `{slots}` filled. */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (slot, name) => (name in values ? String(values[name]) : slot));
}

/** m:ss or h:mm:ss. */
export function duration(seconds) {
  if (seconds === null || !Number.isFinite(seconds)) { return NONE; }
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** The same, from two days on in days: a clock that lost its battery is off by years. */
export function roughly(seconds, words) {
  return seconds < 2 * DAY ? duration(seconds) : filled(words.days, { count: Math.round(seconds / DAY) });
}

/** The same in five signs, as a wall has room for: from an hour on without seconds, 1h05. */
export function brief(seconds) {
  if (seconds === null || !Number.isFinite(seconds) || seconds < 3600) { return duration(seconds); }
  return `${Math.floor(seconds / 3600)}h${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}`;
}

/** A share in whole percent; 99.5 % is not 100 %. */
export function percent(share) {
  if (share === null) { return NONE; }
  const rounded = Math.round(share * 100);
  return `${share < 1 && rounded === 100 ? 99 : share > 0 && rounded === 0 ? 1 : rounded}%`;
}

/** The time of day at the site, hh:mm:ss; in UTC, and called so, where this browser does not know the site's zone. */
export function timeOfDay(at, zone) {
  const time = new Date(at * 1000);
  try {
    return time.toLocaleTimeString("en-GB", { timeZone: zone });
  } catch (error) {
    if (!(error instanceof RangeError)) { throw error; }
    return `${time.toLocaleTimeString("en-GB", { timeZone: "UTC" })} UTC`;
  }
}
