/** Prefetchers of TLBs, as people configure them and as they are simulated. Functions throw ConfigError. */
import { ConfigError } from "../../errors.ts";
import { checkEntries, parseSize } from "../geometry.ts";
import { oneOf } from "../lists.ts";
import type { ConfigOptions } from "../options.ts";
import {
  ACCESS_KINDS,
  type AccessKind,
  PREFETCH_REPLACEMENTS,
  PREFETCHERS,
  type PrefetchDescription,
  type Prefetcher,
} from "./description.ts";
import { givenValue } from "./resolve.ts";
import type { ResolvedCpu, ResolvedTlb } from "./resolved.ts";

export interface ResolvedPrefetch {
  policy: Prefetcher;
  degree: number;
  /** Rows; 0 if it has no table. */
  table: number;
  buffer: number;
  replacement: (typeof PREFETCH_REPLACEMENTS)[number];
  kinds: AccessKind[];
}

/** Those of Kandiraju & Sivasubramaniam, ISCA 2002, where it varies nothing else. */
const DEFAULTS = {
  degree: { "next-page": 1, stride: 1, distance: 2 },
  table: 256,
  buffer: 16,
  replacement: "lru",
} as const;

/** Pages that may be predicted at once (assembly/prefetchers/predicted.ts). */
export const MAX_PREFETCH_DEGREE = 64;
export const MAX_PREFETCH_ROWS = 1 << 20;

/** The buffer's name in results. */
const PREFETCH_BUFFER = "PB";

/** The options of resolvePrefetch(). */
export const PREFETCH_OPTIONS = {
  prefetch: [
    "--prefetch <name>",
    `TLB prefetcher: ${PREFETCHERS.join(", ")}; with :degree=2,buffer=16,table=256,replacement=fifo,kinds=load+store; or none`,
    "that of the CPU",
  ],
} as const satisfies ConfigOptions;

/** What `--prefetch` says, of the parts that `PREFETCH_OPTIONS` tells; `null`: none. */
export function resolvePrefetch(given: PrefetchDescription | string, path = "prefetch"): ResolvedPrefetch | null {
  if (given === "none") return null;
  const described = typeof given === "string" ? parsePrefetch(given) : given;
  const policy = oneOf(PREFETCHERS, givenValue(described.policy), typeof given === "string" ? path : `${path}.policy`);
  const whole = (name: "degree" | "table", usual: number, most: number) => {
    const value = givenValue(described[name] ?? usual);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw new ConfigError(`${path}.${name}`, value, `a whole number from 1 to ${most}`);
  };
  const buffer = givenValue(described.buffer ?? DEFAULTS.buffer);
  checkEntries(buffer, `${path}.buffer`);
  const kinds = (described.kinds ?? ACCESS_KINDS).map((kind) => oneOf(ACCESS_KINDS, kind, `${path}.kinds`));
  if (kinds.length === 0) throw new ConfigError(`${path}.kinds`, "none", ACCESS_KINDS.join(", "));
  if (policy === "next-page" && described.table !== undefined) {
    throw new ConfigError(`${path}.table`, givenValue(described.table), "nothing with next-page, which has no table");
  }
  return {
    policy,
    degree: whole("degree", DEFAULTS.degree[policy], MAX_PREFETCH_DEGREE),
    table: policy === "next-page" ? 0 : whole("table", DEFAULTS.table, MAX_PREFETCH_ROWS),
    buffer,
    replacement: oneOf(
      PREFETCH_REPLACEMENTS,
      givenValue(described.replacement ?? DEFAULTS.replacement),
      `${path}.replacement`,
    ),
    kinds: ACCESS_KINDS.filter((kind) => kinds.includes(kind)),
  };
}

/** `distance` or `distance:degree=2,buffer=16`. */
function parsePrefetch(text: string): PrefetchDescription {
  const [policy = "", parts, ...rest] = text.split(":");
  const described: Record<string, unknown> = { policy };
  for (const part of parts?.split(",") ?? []) {
    const [, name = "", value = ""] = /^(degree|table|buffer|replacement|kinds)=(.+)$/.exec(part.trim()) ?? [];
    if (name === "" || rest.length > 0) {
      throw new ConfigError(
        "prefetch",
        text,
        "NAME, or NAME:degree=2,buffer=16,table=256,replacement=fifo,kinds=load+store",
      );
    }
    if (name in described) throw new ConfigError("prefetch", text, `${name} once`);
    if (name === "kinds") described[name] = value.split("+");
    else described[name] = name === "replacement" ? value : (parseSize(value) ?? value);
  }
  return described as unknown as PrefetchDescription;
}

/** `cpu` with `prefetch`, whose buffer is a TLB below all others; `null`: without any. */
export function withPrefetch(cpu: ResolvedCpu, prefetch: ResolvedPrefetch | null): ResolvedCpu {
  const { prefetch: _, ...others } = cpu;
  if (prefetch === null) return others;
  const level = 1 + Math.max(...cpu.tlbs.map((tlb) => tlb.level));
  const { buffer: entries, replacement, kinds } = prefetch;
  const buffer: ResolvedTlb = {
    name: PREFETCH_BUFFER,
    level,
    kinds,
    arrays: [
      {
        holds: [...cpu.pageSizes],
        entries,
        ways: entries,
        sets: 1,
        policy: replacement,
        index: "modulo",
        coalesces: 1,
      },
    ],
    holdsParts: true,
    filledByWalks: false,
    filledByHitsBelow: false,
    takesVictims: false,
    exclusive: true,
    inclusive: false,
    touchedByHitsAbove: false,
  };
  return { ...others, tlbs: [...cpu.tlbs, buffer], prefetch };
}

/** Whether `tlb` of `cpu` is the buffer of its prefetcher. */
export function isPrefetchBuffer(cpu: ResolvedCpu, tlb: ResolvedTlb): boolean {
  return cpu.prefetch !== undefined && tlb === cpu.tlbs.at(-1);
}
