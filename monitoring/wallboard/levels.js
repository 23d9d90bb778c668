// How bad a figure is, by the thresholds of its queue; and the shares they are about. Knows nothing of the page.

export const GOOD = 0;
export const WARNING = 1;
export const CRITICAL = 2;

/** The level of a figure that gets worse as it grows; null, of a figure or a bound, is unknown or never. */
export function rising(value, warning, critical) {
  if (value === null) { return GOOD; }
  if (critical !== null && value >= critical) { return CRITICAL; }
  return warning !== null && value >= warning ? WARNING : GOOD;
}

/** The level of a figure that gets worse as it falls. */
export function falling(value, warning, critical) {
  if (value === null) { return GOOD; }
  if (critical !== null && value < critical) { return CRITICAL; }
  return warning !== null && value < warning ? WARNING : GOOD;
}

/** Service level A_T / (A + B) of a day's counts; null before anybody was answered or gave up. */
export function serviceLevel(day) {
  const over = day.answered + day.abandoned;
  return over > 0 ? day.answered_in / over : null;
}

/** The share of visits that were abandoned, B / N; null before anybody came. */
export function abandoned(day) {
  return day.entered > 0 ? day.abandoned / day.entered : null;
}

/** Seconds that the one waits who waits longest; null where nobody does. */
export function longestWait(queue, now) {
  return queue.oldest === null ? null : Math.max(0, now - queue.oldest);
}

/** Add up the counts of several days. */
export function sum(days) {
  const total = { entered: 0, answered: 0, answered_in: 0, abandoned: 0 };
  for (const day of days) {
    for (const name of Object.keys(total)) { total[name] += day[name]; }
  }
  return total;
}

/** From where on a service level is low, and too low: as configured, else by the queue's objective. */
function lowLevels(queue, bounds) {
  const low = bounds.service_level_warning ?? queue.objective;
  return [low, bounds.service_level_critical ?? Math.max(0, rounded(2 * low - 1))];
}

/** Without the last digits of a sum of fractions: 2 · 0.8 - 1 is 0.6, and 0.6 is not below it. */
function rounded(share) { return Math.round(share * 1e6) / 1e6; }

/** The level of each figure of a queue; `levels` holds those of all queues under "". */
export function ofQueue(name, queue, levels, now) {
  const bounds = levels[name] ?? levels[""];
  const late = bounds.longest_wait_warning ?? queue.threshold;
  const tooLate = bounds.longest_wait_critical ?? Math.max(late, 3 * queue.threshold);
  const found = {
    waiting: rising(queue.waiting, bounds.waiting_warning, bounds.waiting_critical),
    longest: rising(longestWait(queue, now), late, tooLate),
    level: falling(serviceLevel(queue.today), ...lowLevels(queue, bounds)),
    abandoned: rising(abandoned(queue.today) || null, bounds.abandoned_warning, bounds.abandoned_critical),
    expected: rising(queue.expected, bounds.expected_wait_warning, bounds.expected_wait_critical),
    staff: queue.waiting > 0 && Object.keys(queue.agents).length === 0 ? CRITICAL : GOOD,
  };
  return { ...found, worst: Math.max(...Object.values(found)) };
}

/**
 * The levels of all queues' shares together: late where more are late, or gave up, than the bounds of the queues
 * allow in sum. A busy queue weighs more than an idle one.
 * @param {[string, object][]} queues name and row
 */
export function ofAll(queues, levels) {
  const today = sum(queues.map(([, { today }]) => today));
  const mean = (bound, weight) => {
    const parts = queues.map(([name, row]) => [bound(row, levels[name] ?? levels[""]), weight(row.today)])
      .filter(([, many]) => many > 0);
    if (parts.length === 0 || parts.some(([value]) => value === null)) { return null; }
    const all = parts.reduce((total, [, many]) => total + many, 0);
    return rounded(parts.reduce((total, [value, many]) => total + value * many, 0) / all);
  };
  const [over, entered] = [(day) => day.answered + day.abandoned, (day) => day.entered];
  const low = (at) => mean((row, bounds) => lowLevels(row, bounds)[at], over);
  const many = (level) => mean((row, bounds) => bounds[`abandoned_${level}`], entered);
  return {
    level: falling(serviceLevel(today), low(0), low(1)),
    abandoned: rising(abandoned(today) || null, many("warning"), many("critical")),
  };
}
