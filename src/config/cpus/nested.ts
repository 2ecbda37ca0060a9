/** Nested paging: a run in a guest of a virtual machine, whose host has page tables of its own. All functions throw ConfigError. */
import { ConfigError } from "../../errors.ts";
import { resolveGeometry, resolvePsc } from "../geometry.ts";
import { oneOf } from "../lists.ts";
import { type Config, type Geometry, PAGE_SIZES, type PageSize, type PscSizes, type ResolvedConfig } from "../types.ts";
import { type CpuPageSize, type Sourced, TABLE_ENTRIES } from "./description.ts";
import { arrayOf, MAX_MASKS, MAX_NESTED_WALK_CACHES, masksOf } from "./resolve.ts";
import type { ResolvedCpu, ResolvedNestedCaches } from "./resolved.ts";

/** The host's side of a run in a virtual machine. */
export interface NestedOptions {
  /**
   * Page size of the host's tables, where the program runs in a guest: `true` is 4K. `pageSize` is the guest's. @default none, no
   * guest
   */
  nested?: PageSize | boolean;
  /** The nested TLB, which translates guest-physical pages: `ENTRIES:WAYS`, or `none`. @default the CPU's, else "16:full" */
  nestedTlb?: Geometry | string;
  /** Caches of entries of the host's tables, or `none`. @default the CPU's, else caches as its own */
  nestedPsc?: Partial<PscSizes> | string;
}

export interface ResolvedNested extends ResolvedNestedCaches {
  /** Of the host's tables. */
  pageSize: PageSize;
  /** Which of these nobody gave: their sizes are assumed. */
  assumed: ("tlb" | "walkCaches")[];
}

export const NESTED_NAMES = ["nested", "nestedTlb", "nestedPsc"] as const satisfies readonly (keyof NestedOptions)[];

/** What a run in a guest has where neither its configuration nor its CPU says anything. */
export const NESTED_DEFAULTS = {
  pageSize: "4K",
  combined: true,
  tlb: {
    value: "16:full",
    status: "assumed",
    source: "no maker publishes its nested TLB; small, as the one that Bhargava et al., ASPLOS 2008, describe",
  },
} as const satisfies { pageSize: PageSize; combined: boolean; tlb: Sourced<string> };

type Machine = Omit<ResolvedConfig, "pageSize" | "os">;

/** Whether `config` asks for a virtual machine: its CPU is simulated as a described one then. */
export function isNested({ nested = false }: Config): boolean {
  return nested !== false;
}

/** `machine` in a virtual machine, if `config` asks for that: one of a described CPU. */
export function withNested(config: Config, machine: Machine): Machine {
  const { nested = false, nestedTlb, nestedPsc } = config;
  const { hierarchy } = machine;
  if (nested === false || hierarchy === undefined) {
    const only = NESTED_NAMES.find((name) => name !== "nested" && config[name] !== undefined);
    if (only !== undefined)
      throw new ConfigError(only, textOf(config[only]), "only with nested: without a host there is none");
    return machine;
  }
  const pageSize = nested === true ? NESTED_DEFAULTS.pageSize : oneOf(PAGE_SIZES, nested, "nested");
  const { pageSizes } = hierarchy;
  if (!pageSizes.includes(pageSize)) {
    const likely =
      pageSizes[0] === "4K" ? "" : ", with 4 KiB tables as x86-64 has them: nested paging is modelled for these alone";
    throw new ConfigError("nested", pageSize, `a page size of the CPU${likely}; it has ${pageSizes.join(", ")}`);
  }
  const described = hierarchy.nested;
  const tlb =
    nestedTlb === undefined && described?.tlb !== undefined
      ? described.tlb
      : tlbOf(nestedTlb ?? NESTED_DEFAULTS.tlb.value, pageSizes);
  const usualCaches = described?.walkCaches ?? ofTables(hierarchy.walkCaches);
  const walkCaches =
    nestedPsc === undefined ? usualCaches : walkCachesOf(resolvePsc(nestedPsc, sizesOf(usualCaches), "nestedPsc"));
  if (walkCaches.length > MAX_NESTED_WALK_CACHES) {
    throw new ConfigError("cpu.nested.walkCaches", `${walkCaches.length} caches`, `${MAX_NESTED_WALK_CACHES} at most`);
  }
  const combined = described?.combined ?? NESTED_DEFAULTS.combined;
  const masks = masksOf([...hierarchy.tlbs.flatMap(({ arrays }) => arrays), ...hierarchy.walkCaches]);
  const nestedMasks = masksOf([...(tlb === null ? [] : [tlb]), ...walkCaches]);
  if (masks + nestedMasks > MAX_MASKS)
    throw new ConfigError("cpu.nested", `${masks + nestedMasks} masks`, `${MAX_MASKS} at most`);
  const assumed: ResolvedNested["assumed"] = [];
  if (nestedTlb === undefined && described?.tlb === undefined) assumed.push("tlb");
  if (nestedPsc === undefined && described?.walkCaches === undefined) assumed.push("walkCaches");
  return { ...machine, nested: { pageSize, tlb, walkCaches, combined, assumed } };
}

function tlbOf(given: Geometry | string, pageSizes: readonly CpuPageSize[]): ResolvedNestedCaches["tlb"] {
  if (given === "none") return null;
  return arrayOf(resolveGeometry(given, "nestedTlb"), [...pageSizes]);
}

/** The same caches, of the host's tables. */
function ofTables(caches: ResolvedCpu["walkCaches"]): ResolvedNestedCaches["walkCaches"] {
  const isTable = (held: string) => (TABLE_ENTRIES as readonly string[]).includes(held);
  return caches
    .map((cache) => ({ ...cache, holds: cache.holds.filter(isTable) }))
    .filter(({ holds }) => holds.length > 0);
}

function sizesOf(caches: ResolvedNestedCaches["walkCaches"]): PscSizes {
  const entriesOf = (entry: keyof PscSizes) =>
    caches.filter(({ holds }) => holds.includes(entry)).reduce((sum, { entries }) => sum + entries, 0);
  return { pde: entriesOf("pde"), pdpte: entriesOf("pdpte"), pml4e: entriesOf("pml4e") };
}

function walkCachesOf(sizes: PscSizes): ResolvedNestedCaches["walkCaches"] {
  return TABLE_ENTRIES.filter((entry) => sizes[entry] > 0).map((entry) => ({
    name: entry.toUpperCase(),
    ...arrayOf({ entries: sizes[entry], ways: sizes[entry], sets: 1 }, [entry]),
  }));
}

function textOf(given: unknown): string {
  return typeof given === "object" ? JSON.stringify(given) : String(given);
}
