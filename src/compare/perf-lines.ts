/**
 * Lines of `perf stat`, in its three forms: for people, with `-x` (CSV), with `-j` (JSON). perf-stat(1) has the fields of CSV and
 * JSON; the other was written from perf's own output.
 */

/** One line that tells of a counter. */
export interface CounterLine {
  /** As perf printed it. */
  event: string;
  /** `null`: it was not counted, or cannot be. */
  count: number | null;
  missing: "not counted" | "not supported" | null;
  /** `msec`, where it is no number of events. */
  unit: string;
  /** How much of the time it was counted, in percent: beyond that, perf has made the count larger. `null`: not told. */
  runningPercent: number | null;
  /** With -I: when the interval ended. */
  interval: string | null;
  /** With --summary, behind intervals. */
  isSummary: boolean;
}

/** A line that should be of a counter and is none, for a reason. */
export class BadLine extends Error {}

/** perf prints fewer, and a raw event has few terms. */
const MAX_FIELDS = 64;

const MISSING = /^<(not counted|not supported)>$/;
/** Digits with the separators of any locale between thousands, which perf takes over. */
const GROUPED = /^\d{1,3}([.,'’\u00a0\u202f]\d{3})+$/;

/**
 * `     1,234      dTLB-load-misses:u     #  0.5% of all dTLB cache accesses  ( +- 0.1% )  (75.00%)`; `null`: of no counter. perf
 * indents counters, and few programs whose output is mixed with it do.
 */
export function textLine(line: string): CounterLine | null {
  const [, interval = null, summary, shown = "", unit = "", event = "", rest = ""] = TEXT_LINE.exec(line) ?? [];
  if (event === "" || unit === "seconds") return null;
  const missing = MISSING.exec(shown)?.[1] as CounterLine["missing"] | undefined;
  const count = missing === undefined ? textCount(shown, unit) : null;
  if (missing === undefined && count === null) return null;
  const running = /\(\s*(\d{1,3}[.,]\d\d)%\s*\)\s*$/.exec(rest)?.[1];
  return {
    event,
    count,
    missing: missing ?? null,
    unit,
    runningPercent: running === undefined ? null : Number(running.replace(",", ".")),
    interval,
    isSummary: summary !== undefined,
  };
}

const TEXT_LINE = new RegExp(
  [
    /^\s+(?:(\d+[.,]\d{6,})\s+)?(?:(summary)\s+)?/, // when, with -I
    /(?:(?:CPU\d+|[SN]\d+(?:-[A-Z]\d+)*)\s+(?:\d+\s+)?)?/, // where, with -A or --per-core
    /(<not counted>|<not supported>|\d[\d.,'’\u00a0\u202f]*)\s+/,
    /(?:([A-Za-z]+)\s+)?([A-Za-z][^\s#]*)/, // unit, event
    /(\s+#.*|(?:\s+\([^()]*\))*)?\s*$/,
  ]
    .map(({ source }) => source)
    .join(""),
);

/** What a text shows as a count; `null`: it is none. */
function textCount(shown: string, unit: string): number | null {
  if (/^\d+$/.test(shown)) return Number(shown);
  if (GROUPED.test(shown)) return Number(shown.replace(/\D/g, ""));
  return unit === "" ? null : Number(shown.replace(",", "."));
}

/** A line of fields with `separator` between them; `null`: of no counter. Throws BadLine. */
export function csvLine(line: string, separator: string): CounterLine | null {
  const all = line.split(separator, MAX_FIELDS + 1);
  if (all.length > MAX_FIELDS) return null;
  const fields = joined(all, separator);
  const at = fields.findIndex(
    (field, index) => isCsvCount(field) && isUnit(fields[index + 1]) && isEvent(fields[index + 2]),
  );
  if (at < 0) return null;
  const [shown = "", unit = "", event = "", ...rest] = fields.slice(at).map((field) => field.trim());
  const before = fields.slice(0, at).map((field) => field.trim());
  const missing = MISSING.exec(shown)?.[1] as CounterLine["missing"] | undefined;
  // With -r, a variance as 0.68% stands before how long it ran.
  const [, percent] = rest[0]?.endsWith("%") ? rest.slice(1) : rest;
  return {
    event,
    count: missing === undefined ? Number(shown.replace(",", ".")) : null,
    missing: missing ?? null,
    unit,
    runningPercent: percent === undefined || percent === "" ? null : percentOf(percent),
    interval: before.find((field) => /^\d+[.,]\d{6,}$/.test(field)) ?? null,
    isSummary: before.includes("summary"),
  };
}

/** Fields of which some were parts of one event: perf does not quote, and a raw event has commas between slashes. */
function joined(fields: readonly string[], separator: string): string[] {
  const whole: string[] = [];
  let open: string | null = null;
  for (const field of fields) {
    open = open === null ? field : `${open}${separator}${field}`;
    if (/^\s*[\w-]+\/[^/]*$/.test(open) && /[a-z]/i.test(open)) continue;
    whole.push(open);
    open = null;
  }
  return open === null ? whole : [...whole, ...open.split(separator)];
}

const isCsvCount = (field = "") => MISSING.test(field.trim()) || /^\s*\d+([.,]\d+)?\s*$/.test(field);
const isUnit = (field = "1") => /^\s*[A-Za-z/%]*\s*$/.test(field);
const isEvent = (field = "") => /^\s*[A-Za-z][^\s]*\s*$/.test(field);

/** An object of JSON; `null`: of a metric alone. Throws BadLine. */
export function jsonLine(line: string): CounterLine | null {
  const row = parseRow(line);
  const shown = row["counter-value"];
  if (typeof row.event !== "string" || (typeof shown !== "string" && typeof shown !== "number")) return null;
  const missing = MISSING.exec(String(shown))?.[1] as CounterLine["missing"] | undefined;
  const count = missing === undefined ? Number(String(shown).replace(",", ".")) : null;
  if (Number.isNaN(count)) throw new BadLine(`found the counter-value ${JSON.stringify(shown)}; expected a number`);
  const percent = row["pcnt-running"];
  return {
    event: row.event,
    count,
    missing: missing ?? null,
    unit: typeof row.unit === "string" ? row.unit : "",
    runningPercent: typeof percent === "number" || typeof percent === "string" ? percentOf(String(percent)) : null,
    interval: row.interval === undefined ? null : String(row.interval),
    isSummary: false,
  };
}

function parseRow(line: string): Record<string, unknown> {
  // perf prints numbers that are none without quotes.
  const valid = line.replace(/:\s*-?(?:nan|inf)\b/gi, ": null");
  try {
    const row: unknown = JSON.parse(valid);
    if (typeof row === "object" && row !== null && !Array.isArray(row)) return row as Record<string, unknown>;
  } catch {
    // told below
  }
  throw new BadLine(
    "found no object of JSON; expected one to a line, as perf stat -j prints them: the line is cut off",
  );
}

function percentOf(text: string): number {
  const percent = Number(text.replace(",", "."));
  if (percent >= 0 && percent <= 100) return percent;
  throw new BadLine(`found ${JSON.stringify(text)} as how much of the time it was counted; expected 0 to 100 percent`);
}
