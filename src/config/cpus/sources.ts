/** What the values that a run took from its CPU's description are worth. */
import { policyChoices } from "../own-policy.ts";
import type { Config } from "../types.ts";
import {
  type ArrayDescription,
  type CpuDescription,
  STATUSES,
  type Status,
  TABLE_ENTRIES,
  type TlbDescription,
} from "./description.ts";
import { TLB_RULES } from "./resolve.ts";

/** How many values of a description were used, by who says so. Neither defaults nor what other options of the run say. */
export interface CpuSources extends Record<Status, number> {
  /** The weakest status among them, in the order vendor, measured, secondary, assumed; `null`: none has a source. */
  weakest: Status | null;
  /** Values without a source, which are those of who wrote the description. */
  own: number;
}

/** The sources of what a run of `config`, whose CPU is `cpu`, takes from it: TLBs with their rules, and walk caches. */
export function sourcesUsed(cpu: CpuDescription, config: Config = {}): CpuSources {
  const sources: CpuSources = { weakest: null, vendor: 0, measured: 0, secondary: 0, assumed: 0, own: 0 };
  for (const value of usedValues(cpu, config)) sources[statusOf(value)]++;
  return { ...sources, weakest: STATUSES.findLast((status) => sources[status] > 0) ?? null };
}

function statusOf(value: unknown): Status | "own" {
  const isSourced = typeof value === "object" && value !== null && "status" in value;
  return isSourced ? (value.status as Status) : "own";
}

function usedValues(cpu: CpuDescription, config: Config): unknown[] {
  const tlbs = cpu.tlbs.filter((tlb) => isUsed(tlb, config));
  const inTlbs = tlbs.flatMap((tlb) => [
    ...tlb.arrays
      .filter((array) => config.psc === undefined || !holdsTablesOnly(array))
      .flatMap((array) => valuesOf(array, isPolicyGiven(config.policy, tlb.name))),
    ...TLB_RULES.map((rule) => tlb[rule]),
  ]);
  const walkCaches = config.psc === undefined ? (cpu.walkCaches ?? []) : [];
  const { kinds: _, ...prefetch } = (config.prefetch === undefined ? cpu.prefetch : undefined) ?? {};
  const values = [...inTlbs, ...Object.values(prefetch), ...walkCaches.flatMap((cache) => valuesOf(cache, false))];
  return values.filter((value) => value !== undefined);
}

function valuesOf({ entries, ways, policy, index, coalesces }: ArrayDescription, isPolicyGiven: boolean): unknown[] {
  return [entries, ways, isPolicyGiven ? undefined : policy, index, coalesces];
}

/** Whether something is left of a TLB where `config` has others instead. */
function isUsed({ level, kinds }: TlbDescription, { l1i, l1d, stlb }: Config): boolean {
  if (level > 1) return stlb === undefined;
  return kinds.some((kind) => (kind === "fetch" ? l1i : l1d) === undefined);
}

/** Whether `policy` has one for the TLB of that name. */
function isPolicyGiven(policy: Config["policy"], name: string): boolean {
  if (policy === undefined) return false;
  const of = policyChoices(policy);
  return of.has("*") || of.has(name.toLowerCase());
}

function holdsTablesOnly({ holds }: ArrayDescription): boolean {
  return holds.every((held) => (TABLE_ENTRIES as readonly string[]).includes(held));
}
