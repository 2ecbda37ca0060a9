/** Which part of a trace is looked at: of one thread or all, and a window of it. */
import { ConfigError } from "../errors.ts";
import { oneOf } from "./lists.ts";

/** What a window is counted in. */
export const WINDOW_UNITS = ["records", "instructions"] as const;
export type WindowUnit = (typeof WINDOW_UNITS)[number];

/**
 * The first `skip` records or instructions are passed over, the next `warmup` are simulated but not counted, the next
 * `limit` are simulated and counted, and nothing after them is read. Numbers may be written as text, `1.5M`, with
 * k, M and G for powers of 1000.
 */
export interface SelectionOptions {
  /** @default 0 */
  skip?: number | string | undefined;
  /** Of the machine of `simulate()` and the TLBs of `sweep()`. @default 0 */
  warmup?: number | string | undefined;
  /** @default no limit */
  limit?: number | string | undefined;
  /** @default "records" */
  unit?: WindowUnit | undefined;
  /** Id of the only thread to look at. @default all threads, in the order of the trace */
  thread?: number | bigint | string | undefined;
}

export interface ResolvedSelection {
  skip: number;
  warmup: number;
  /** Infinity: none. */
  limit: number;
  unit: WindowUnit;
  /** `null`: all. */
  thread: bigint | null;
}

export const SELECT_ALL: ResolvedSelection = { skip: 0, warmup: 0, limit: Infinity, unit: "records", thread: null };

export const SELECTION_NAMES = ["skip", "warmup", "limit", "unit", "thread"] as const;

/** Throws ConfigError. */
export function resolveSelection(options: SelectionOptions): ResolvedSelection {
  const { skip, warmup, limit, unit, thread } = options;
  return {
    skip: countOf(skip, "skip", 0, 0),
    warmup: countOf(warmup, "warmup", 0, 0),
    limit: countOf(limit, "limit", 1, Infinity),
    unit: unit === undefined ? SELECT_ALL.unit : oneOf(WINDOW_UNITS, unit, "unit"),
    thread: thread === undefined ? null : threadOf(thread),
  };
}

/** Whether `selection` leaves nothing out. */
export function selectsAll({ skip, warmup, limit, thread }: ResolvedSelection): boolean {
  return skip === 0 && warmup === 0 && limit === Infinity && thread === null;
}

/** Records that a pages-only trace can tell apart from those after them: INTERVAL_RECORDS of assembly/layout.ts. */
const RECORDS_AT_ONCE = 4096;

/** Throws ConfigError unless `selection` can be made of a pages-only trace. */
export function checkSelectionOfPages({ skip, warmup, limit, unit, thread }: ResolvedSelection): void {
  for (const [option, count] of Object.entries({ skip, warmup, limit })) {
    if (count === Infinity || count === 0) continue;
    if (unit === "instructions") throw new ConfigError("unit", unit, `records; ${NO_RECORDS}`);
    checkCountOfPages(option, count);
  }
  if (thread !== null) throw new ConfigError("thread", thread, `none; ${NO_RECORDS}, and no threads`);
}

/** Throws ConfigError unless `count` records of a pages-only trace can be told from those after them. */
export function checkCountOfPages(option: string, count: number): void {
  if (count % RECORDS_AT_ONCE === 0) return;
  throw new ConfigError(option, count, `multiples of ${RECORDS_AT_ONCE}; ${NO_RECORDS}`);
}

const NO_RECORDS = "a pages-only trace has no single records";

const MULTIPLES: Readonly<Record<string, number>> = { "": 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9 };

/** The count that `given` is, `fallback` if there is none: at least `least`. Throws ConfigError. */
export function countOf(given: number | string | undefined, option: string, least: number, fallback: number): number {
  if (given === undefined) return fallback;
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)([kKMG]?)$/.exec(String(given)) ?? [];
  const count = digits === undefined ? Number.NaN : Math.round(Number(digits) * (MULTIPLES[unit] ?? 1) * 1e6) / 1e6;
  if (!Number.isSafeInteger(count) || count < least) {
    throw new ConfigError(option, given, `a whole number from ${least} to 2^53, as 1000000, 1.5M or 2G`);
  }
  return count;
}

function threadOf(given: number | bigint | string): bigint {
  const text = String(given);
  const thread = /^(\d+|0x[\da-f]+)$/i.test(text) ? BigInt(text) : null;
  if (thread === null || thread >> 64n !== 0n)
    throw new ConfigError("thread", given, "the id of a thread, 0 to 2^64 - 1; of --threads also merge and separate");
  return thread;
}
