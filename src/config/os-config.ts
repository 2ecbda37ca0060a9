/** The operating system behind a run, as users configure it and as it is after `resolve()`. */

import { ConfigError } from "../errors.ts";
import { CPU_PAGE_SIZES } from "./cpus/description.ts";
import { parseSize } from "./geometry.ts";
import { oneOf } from "./lists.ts";
import { DEFAULT_SEED } from "./policies.ts";
import type { PageSize } from "./types.ts";

/** How the frame is chosen whose page has to go when memory is full. */
export const RECLAIM_POLICIES = ["second-chance", "fifo", "lru", "random", "opt"] as const;
export type ReclaimPolicy = (typeof RECLAIM_POLICIES)[number];

/** What `pageSize` may be: a size for every mapping, or transparent huge pages. */
export const RUN_PAGE_SIZES = [...CPU_PAGE_SIZES, "thp"] as const;
export type RunPageSize = (typeof RUN_PAGE_SIZES)[number];

const SWITCH = ["on", "off"] as const;
type Switch = (typeof SWITCH)[number];

/** Options of the operating system. With any of them a run reads whole records, which takes about three times as long. */
export interface OsOptions {
  /** Bytes of frames for the program's pages, as `64M`; page tables are not counted. @default no limit */
  memory?: number | string;
  /** Bytes of swap. @default no limit */
  swap?: number | string;
  /** Which page goes when memory is full; `opt` reads the trace twice. @default "second-chance" */
  reclaim?: ReclaimPolicy;
  /** Begins the random choices of `policy: "random"`, `reclaim: "random"` and `thpAvailable`: 0..4294967295. @default 1 */
  seed?: number | string;
  /**
   * What is to be on larger pages than the rest: names of regions (where none is called so, a part of one is enough, upper
   * and lower case as they are) or ranges of addresses, as `heap,0x7f0000000000-0x7f0040000000=1G`; 2M unless it is said.
   * Only aligned parts that lie in one mapping whole get them, the rest has smaller ones. Under a memory limit these pages are
   * not evicted, unless they were split. Of two that ask for the same, the later one counts. @default none
   */
  huge?: string;
  /** With `pageSize: "thp"`: how many of 2 MiB blocks can be had where one is wanted, 0..1. @default 1 */
  thpAvailable?: number | string;
  /** With `pageSize: "thp"`: records between two passes that promote pages, as khugepaged does; 0: none. @default 0 */
  khugepaged?: number | string;
  /** Pages of a 2 MiB part, 1..512, that have to be there for a pass to promote it. @default 1, as Linux (max_ptes_none = 511) */
  khugepagedPages?: number | string;
  /** Records after which another process runs, in turn. @default never */
  switchEvery?: number | string;
  /** Whether TLBs tell processes apart by PCIDs; without them they lose all at each switch. @default "on" */
  pcid?: Switch;
  /** Whether the kernel has page tables of its own (KPTI), so that each fault, call and switch changes CR3. @default "off" */
  kpti?: Switch;
  /** Whether munmap, mremap and mprotect are obeyed where the trace tells of them. @default "off" */
  systemCalls?: Switch;
}

export const OS_DEFAULTS = {
  memory: "no limit",
  swap: "no limit",
  reclaim: "second-chance",
  seed: DEFAULT_SEED,
  huge: "none",
  thpAvailable: 1,
  khugepaged: 0,
  khugepagedPages: 1,
  switchEvery: "never",
  pcid: "on",
  kpti: "off",
  systemCalls: "off",
} as const;

export const OS_NAMES = [
  "memory",
  "swap",
  "reclaim",
  "seed",
  "huge",
  "thpAvailable",
  "khugepaged",
  "khugepagedPages",
  "switchEvery",
  "pcid",
  "kpti",
  "systemCalls",
] as const satisfies readonly (keyof OsOptions)[];

/** Where larger pages are asked for. Addresses are hexadecimal; 4 KiB pages begin at them. */
export type HugePart = ({ name: string } | { start: string; end: string }) & { pageSize: PageSize };

export interface ResolvedOs {
  /** Frames for pages of the program, 4 KiB each; `null`: no limit. */
  memoryFrames: number | null;
  /** Slots of 4 KiB; `null`: no limit. */
  swapSlots: number | null;
  reclaim: ReclaimPolicy;
  seed: number;
  huge: HugePart[];
  thp: { available: number; khugepaged: number; khugepagedPages: number } | null;
  /** 0: never. */
  switchEvery: number;
  pcid: boolean;
  kpti: boolean;
  systemCalls: boolean;
}

const FRAME_BYTES = 4096;
const ADDRESS_SPACE_BYTES = 1n << 64n;
const MAX_FRAMES = 2 ** 40;

/** The operating system of `options`, with pages of `pageSize`; `null` if nothing of it is asked for. Throws ConfigError. */
export function resolveOs(options: OsOptions, pageSize: RunPageSize): ResolvedOs | null {
  const thp = pageSize === "thp";
  const given = OS_NAMES.filter((name) => options[name] !== undefined);
  if (given.length === 0 && !thp) return null;
  const onlyThp = (["thpAvailable", "khugepaged", "khugepagedPages"] as const).find(
    (name) => !thp && given.includes(name),
  );
  if (onlyThp !== undefined) throw new ConfigError(onlyThp, options[onlyThp], "only with pageSize thp");
  const onlyLimited = (["swap", "reclaim"] as const).find((name) => given.includes(name) && !given.includes("memory"));
  if (onlyLimited !== undefined) {
    throw new ConfigError(onlyLimited, options[onlyLimited], "only with memory: without a limit nothing is evicted");
  }
  if (given.includes("khugepagedPages") && !given.includes("khugepaged")) {
    throw new ConfigError(
      "khugepagedPages",
      options.khugepagedPages,
      "only with khugepaged: without it nothing is promoted",
    );
  }
  const larger = pageSize !== "4K" || options.huge !== undefined;
  if (options.reclaim === "opt" && (larger || options.switchEvery !== undefined)) {
    throw new ConfigError("reclaim", "opt", "opt only with pages of 4K, and one process");
  }
  return {
    memoryFrames: framesOf(options.memory, "memory", 1),
    swapSlots: framesOf(options.swap, "swap", 0),
    reclaim: oneOf(RECLAIM_POLICIES, options.reclaim ?? OS_DEFAULTS.reclaim, "reclaim"),
    seed: wholeOf(options.seed, "seed", 0, 2 ** 32 - 1, OS_DEFAULTS.seed),
    huge: options.huge === undefined ? [] : hugeParts(options.huge),
    thp: thp
      ? {
          available: shareOf(options.thpAvailable, "thpAvailable", OS_DEFAULTS.thpAvailable),
          khugepaged: wholeOf(options.khugepaged, "khugepaged", 0, Number.MAX_SAFE_INTEGER, OS_DEFAULTS.khugepaged),
          khugepagedPages: wholeOf(options.khugepagedPages, "khugepagedPages", 1, 512, OS_DEFAULTS.khugepagedPages),
        }
      : null,
    switchEvery: wholeOf(options.switchEvery, "switchEvery", 1, Number.MAX_SAFE_INTEGER, 0),
    pcid: oneOf(SWITCH, options.pcid ?? OS_DEFAULTS.pcid, "pcid") === "on",
    kpti: oneOf(SWITCH, options.kpti ?? OS_DEFAULTS.kpti, "kpti") === "on",
    systemCalls: oneOf(SWITCH, options.systemCalls ?? OS_DEFAULTS.systemCalls, "systemCalls") === "on",
  };
}

/** What a run that asks for nothing of it has where it needs an operating system all the same. */
export function usualOs(): ResolvedOs {
  return resolveOs({ pcid: OS_DEFAULTS.pcid }, "4K") as ResolvedOs;
}

function framesOf(given: number | string | undefined, option: string, least: number): number | null {
  if (given === undefined) return null;
  const bytes = typeof given === "number" ? given : parseSize(given);
  const frames = bytes === null ? Number.NaN : bytes / FRAME_BYTES;
  if (Number.isInteger(frames) && frames >= least && frames <= MAX_FRAMES) return frames;
  throw new ConfigError(option, given, `bytes, a multiple of 4096${least > 0 ? " above 0" : ""}: 256K, 64M or 1G`);
}

function wholeOf(
  given: number | string | undefined,
  option: string,
  least: number,
  most: number,
  usual: number,
): number {
  if (given === undefined) return usual;
  const value = typeof given === "number" ? given : (parseSize(given) ?? Number.NaN);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new ConfigError(option, given, `a whole number from ${least}${most < 2 ** 40 ? ` to ${most}` : ""}`);
}

function shareOf(given: number | string | undefined, option: string, usual: number): number {
  if (given === undefined) return usual;
  const value = typeof given === "number" ? given : /^\d*\.?\d+$/.test(given) ? Number(given) : Number.NaN;
  if (value >= 0 && value <= 1) return value;
  throw new ConfigError(option, given, "a number from 0 to 1");
}

/** Each part is a name or `0x…-0x…`, and may end in `=2M` or `=1G`. */
function hugeParts(text: string): HugePart[] {
  return text.split(",").map((part, index) => {
    const [, what = "", size = "2M"] = /^(.*?)(?:=(\w+))?$/s.exec(part.trim()) ?? [];
    const pageSize = oneOf(["2M", "1G"] as const, size, `huge[${index}]`);
    if (what === "") throw new ConfigError(`huge[${index}]`, part, "a name of regions, or 0x…-0x…");
    const range = /^(0x[0-9a-f]{1,17})-(0x[0-9a-f]{1,17})$/i.exec(what);
    if (range === null) return { name: what, pageSize };
    const [start, end] = [BigInt(range[1] ?? ""), BigInt(range[2] ?? "")];
    const isOfPages = (start | end) % BigInt(FRAME_BYTES) === 0n;
    if (start >= end || end > ADDRESS_SPACE_BYTES || !isOfPages) {
      const allowed = "0x…-0x…, the second larger and 2^64 at most, both multiples of 4096 (0x1000)";
      throw new ConfigError(`huge[${index}]`, part, allowed);
    }
    return { start: `0x${start.toString(16)}`, end: `0x${end.toString(16)}`, pageSize };
  });
}
