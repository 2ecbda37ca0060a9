/** Durations that nobody knows exactly. */

/** Seconds as people would say them, rounded up: `40 s`, `9 min`, `3.5 h`, `2.1 days`. */
export function estimate(durationSeconds: number): string {
  const minutes = durationSeconds / 60;
  if (durationSeconds <= 90) return `${Math.ceil(durationSeconds)} s`;
  if (minutes <= 90) return `${Math.ceil(minutes)} min`;
  const hours = Math.ceil(minutes / 6) / 10;
  return hours <= 48 ? `${hours} h` : `${Math.ceil(hours / 2.4) / 10} days`;
}
