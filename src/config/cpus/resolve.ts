/** From a description of a CPU, as `schema.ts` takes it, to what is simulated. Throws ConfigError with the path of what is wrong. */
import { ConfigError } from "../../errors.ts";
import { resolveGeometry } from "../geometry.ts";
import { checkPolicy } from "../policies.ts";
import { ONLINE_POLICIES } from "../types.ts";
import {
  ACCESS_KINDS,
  type ArrayDescription,
  CPU_PAGE_SIZES,
  type CpuDescription,
  type CpuPageSize,
  type Given,
  type IndexDescription,
  type NestedDescription,
  TABLE_ENTRIES,
  type TlbDescription,
} from "./description.ts";
import { resolvePrefetch } from "./prefetch.ts";
import type { ResolvedArray, ResolvedCpu, ResolvedIndex, ResolvedNestedCaches, ResolvedTlb } from "./resolved.ts";

/** Rows of the kernel's table (assembly/hierarchy/config.ts). */
const MAX_TLBS = 9;
const MAX_ARRAYS = 48;
export const MAX_MASKS = 256;
/** Rows of another one (assembly/nested/config.ts), but the nested TLB's. */
export const MAX_NESTED_WALK_CACHES = 8;
const LEVELS = [1, 2, 3];

/** What a description leaves out. */
export const ARRAY_DEFAULTS = { policy: "lru", index: "modulo", coalesces: 1 } as const;
export const TLB_DEFAULTS = {
  holdsParts: true,
  filledByWalks: true,
  filledByHitsBelow: true,
  takesVictims: false,
  exclusive: false,
  inclusive: false,
  touchedByHitsAbove: false,
} as const;

/** The fields of a TLB that say what it takes in, and what it gives away. */
export const TLB_RULES = Object.keys(TLB_DEFAULTS) as (keyof typeof TLB_DEFAULTS)[];

/** The page sizes of one kind of tables, the smallest first, so that the leaf level of each is its index plus 1. */
const TABLE_KINDS = [
  ["4K", "2M", "1G"],
  ["16K", "32M"],
  ["64K", "512M"],
] as const satisfies readonly (readonly CpuPageSize[])[];

/** The value of what may be told with who says so. */
export function givenValue<Value>(given: Given<Value>): Value {
  return typeof given === "object" && given !== null && "value" in given ? given.value : (given as Value);
}

/** `path` is that of the description, for messages. */
export function resolveCpu(cpu: CpuDescription, path = "cpu"): ResolvedCpu {
  const sizes = [...cpu.pageSizes];
  const kind = TABLE_KINDS.find(([smallest]) => smallest === sizes[0]);
  if (kind === undefined || sizes.some((size, at) => kind[at] !== size)) {
    const allowed = TABLE_KINDS.map((names) => names.join(", ")).join("; or ");
    throw new ConfigError(`${path}.pageSizes`, sizes.join(", "), `the first of ${allowed}`);
  }
  const tlbs = cpu.tlbs.map((tlb, index) => resolveTlb(tlb, sizes, `${path}.tlbs[${index}]`));
  tlbs.sort((one, other) => one.level - other.level);
  checkKinds(tlbs, `${path}.tlbs`);
  checkNames(cpu.tlbs, `${path}.tlbs`);
  checkNames(cpu.walkCaches ?? [], `${path}.walkCaches`);
  const walkCaches = (cpu.walkCaches ?? []).map(({ name, ...array }, index) => ({
    name,
    ...resolveArray(array, sizes, `${path}.walkCaches[${index}]`),
  }));
  checkLimits(tlbs, walkCaches, path);
  return {
    title: cpu.title,
    architecture: cpu.architecture ?? "x86-64",
    pageSizes: sizes,
    tlbs,
    walkCaches,
    ...(cpu.nested === undefined ? {} : { nested: resolveNestedCaches(cpu.nested, sizes, `${path}.nested`) }),
    ...prefetchOf(cpu, path),
  };
}

function prefetchOf({ prefetch }: CpuDescription, path: string): Pick<ResolvedCpu, "prefetch"> {
  const resolved = prefetch === undefined ? null : resolvePrefetch(prefetch, `${path}.prefetch`);
  return resolved === null ? {} : { prefetch: resolved };
}

function resolveTlb(tlb: TlbDescription, sizes: readonly CpuPageSize[], path: string): ResolvedTlb {
  const rules = TLB_RULES.map((rule) => [rule, givenValue(tlb[rule] ?? TLB_DEFAULTS[rule])]);
  return {
    name: tlb.name,
    level: tlb.level,
    kinds: ACCESS_KINDS.filter((kind) => tlb.kinds.includes(kind)),
    arrays: tlb.arrays.map((array, index) => resolveArray(array, sizes, `${path}.arrays[${index}]`)),
    ...(Object.fromEntries(rules) as Record<keyof typeof TLB_DEFAULTS, boolean>),
  };
}

function resolveArray(array: ArrayDescription, sizes: readonly CpuPageSize[], path: string): ResolvedArray {
  const geometry = resolveGeometry({ entries: givenValue(array.entries), ways: givenValue(array.ways) }, path);
  const other = array.holds.find((held) => isPageSize(held) && !sizes.includes(held));
  if (other !== undefined) throw new ConfigError(`${path}.holds`, other, [...sizes, ...TABLE_ENTRIES].join(", "));
  const policy = givenValue(array.policy ?? ARRAY_DEFAULTS.policy);
  checkPolicy(policy, geometry, path);
  return {
    holds: [...CPU_PAGE_SIZES, ...TABLE_ENTRIES].filter((held) => array.holds.includes(held)),
    ...geometry,
    policy,
    index: resolveIndex(givenValue(array.index ?? ARRAY_DEFAULTS.index), geometry.sets, `${path}.index`),
    coalesces: givenValue(array.coalesces ?? ARRAY_DEFAULTS.coalesces),
  };
}

function isPageSize(held: string): held is CpuPageSize {
  return (CPU_PAGE_SIZES as readonly string[]).includes(held);
}

function resolveIndex(index: IndexDescription, sets: number, path: string): ResolvedIndex {
  if (index === "modulo") return index;
  const bits = Math.log2(sets);
  if (!Number.isInteger(bits)) throw new ConfigError(path, index, `modulo: ${sets} sets are no power of two`);
  if (index === "xor") return index;
  if (index.masks.length !== bits) {
    throw new ConfigError(
      `${path}.masks`,
      `${index.masks.length} masks`,
      `${bits}, one for each bit of the ${sets} sets`,
    );
  }
  index.masks.forEach((mask, at) => {
    if (!/^0x[0-9a-f]{1,16}$/i.test(mask))
      throw new ConfigError(`${path}.masks[${at}]`, mask, "0x… of 64 bits at most");
  });
  return { masks: [...index.masks] };
}

/** What a description says of the host's side of nested paging; what it does not is missing. */
function resolveNestedCaches(
  { tlb, walkCaches, combined }: NestedDescription,
  sizes: readonly CpuPageSize[],
  path: string,
): Partial<ResolvedNestedCaches> {
  return {
    ...(combined === undefined ? {} : { combined: givenValue(combined) }),
    ...(tlb === undefined ? {} : { tlb: tlb === null ? null : hostArray(tlb, sizes, sizes, `${path}.tlb`) }),
    ...(walkCaches === undefined
      ? {}
      : {
          walkCaches: named(walkCaches, `${path}.walkCaches`).map(({ name, ...array }, index) => ({
            name,
            ...hostArray(array, TABLE_ENTRIES, sizes, `${path}.walkCaches[${index}]`),
          })),
        }),
  };
}

/** An array that holds nothing but `allowed`. */
function hostArray(array: ArrayDescription, allowed: readonly string[], sizes: readonly CpuPageSize[], path: string) {
  const other = array.holds.find((held) => !allowed.includes(held));
  if (other !== undefined) throw new ConfigError(`${path}.holds`, other, allowed.join(", "));
  const coalesces = givenValue(array.coalesces ?? ARRAY_DEFAULTS.coalesces);
  if (coalesces !== 1)
    throw new ConfigError(`${path}.coalesces`, coalesces, "1: entries of the host's side are of one page");
  const policy = givenValue(array.policy ?? ARRAY_DEFAULTS.policy);
  if (policy === "opt") throw new ConfigError(`${path}.policy`, policy, ONLINE_POLICIES.join(", "));
  return resolveArray(array, sizes, path);
}

/** Masks of all `arrays` together. */
export function masksOf(arrays: readonly ResolvedArray[]): number {
  return arrays.reduce((sum, { index }) => sum + (typeof index === "object" ? index.masks.length : 0), 0);
}

/** A plain array of that geometry. */
export function arrayOf(
  { entries, ways, sets }: Pick<ResolvedArray, "entries" | "ways" | "sets">,
  holds: ResolvedArray["holds"],
): ResolvedArray {
  return { holds, entries, ways, sets, ...ARRAY_DEFAULTS };
}

/** On each level a kind of access has one TLB or none, and on level 1 it has one. */
function checkKinds(tlbs: readonly ResolvedTlb[], path: string): void {
  for (const level of LEVELS) {
    for (const kind of ACCESS_KINDS) {
      const names = tlbs.filter((tlb) => tlb.level === level && tlb.kinds.includes(kind)).map(({ name }) => name);
      if (names.length === 1 || (names.length === 0 && level > 1)) continue;
      const got = names.length === 0 ? `no TLB of level ${level}` : `${names.join(", ")} on level ${level}`;
      throw new ConfigError(path, got, `one for each ${kind}`);
    }
  }
}

function named<Named extends { name: string }>(list: readonly Named[], path: string): readonly Named[] {
  checkNames(list, path);
  return list;
}

/** Results, and options, tell those of one list apart by their names. */
function checkNames(named: readonly { name: string }[], path: string): void {
  for (const [index, { name }] of named.entries()) {
    const first = named.findIndex((each) => each.name === name);
    if (first !== index) throw new ConfigError(`${path}[${index}].name`, name, `a name that ${path}[${first}] has not`);
  }
}

function checkLimits(tlbs: readonly ResolvedTlb[], walkCaches: readonly ResolvedArray[], path: string): void {
  const arrays = [...tlbs.flatMap((tlb) => tlb.arrays), ...walkCaches];
  const masks = masksOf(arrays);
  if (tlbs.length > MAX_TLBS) throw new ConfigError(`${path}.tlbs`, `${tlbs.length} TLBs`, `${MAX_TLBS} at most`);
  if (arrays.length > MAX_ARRAYS) {
    throw new ConfigError(path, `${arrays.length} arrays and walk caches`, `${MAX_ARRAYS} at most`);
  }
  if (masks > MAX_MASKS) throw new ConfigError(path, `${masks} masks`, `${MAX_MASKS} at most`);
}
