/** The machine of a run whose CPU is not of the plain shape: a described one, with what else the configuration says. */
import { ConfigError } from "../../errors.ts";
import type { ResolvedCost } from "../cost.ts";
import { resolveGeometry, resolvePsc } from "../geometry.ts";
import { oneOf } from "../lists.ts";
import { OwnPolicies, policyChoices } from "../own-policy.ts";
import { checkPolicy } from "../policies.ts";
import { DEFAULT_CPU } from "../presets.ts";
import { type Config, POLICIES, type PscSizes, type ResolvedConfig } from "../types.ts";
import { resolveCost } from "./cost.ts";
import { type AccessKind, type CpuDescription, type CpuPageSize, TABLE_ENTRIES } from "./description.ts";
import { checkOpt } from "./opt.ts";
import { resolvePrefetch, withPrefetch } from "./prefetch.ts";
import { CPU_PRESETS } from "./presets.ts";
import { arrayOf, resolveCpu, TLB_DEFAULTS } from "./resolve.ts";
import type { ResolvedArray, ResolvedCpu, ResolvedTlb } from "./resolved.ts";
import { checkDescription } from "./schema.ts";
import { sourcesUsed } from "./sources.ts";

/** What only a described CPU has. */
type Described = Required<Pick<ResolvedConfig, "hierarchy" | "cpuSources">>;

export { isNested, NESTED_NAMES, withNested } from "./nested.ts";

/** Names of CPUs that are described. */
export const CPU_NAMES: readonly string[] = Object.keys(CPU_PRESETS);

/** What `resolve()` makes of `config` where its CPU is described, but for pages and the operating system; `null`: it is not known. */
export function resolveDescribed(
  config: Config,
): (Pick<ResolvedConfig, "cpu" | "l1i" | "l1d" | "stlb" | "psc" | "policy"> & Described) | null {
  const { cpu = DEFAULT_CPU } = config;
  const description = descriptionOf(cpu);
  if (description === null) return null;
  const { prefetch: own = null, ...machine } = withPolicies(withTlbs(resolveCpu(description), config), config.policy);
  checkOpt(machine);
  const prefetch = config.prefetch === undefined ? own : resolvePrefetch(config.prefetch);
  return {
    cpu: typeof cpu === "string" ? cpu : description.title,
    ...summaryOf(machine),
    hierarchy: withPrefetch(machine, prefetch),
    cpuSources: sourcesUsed(description, config),
  };
}

/** The model of cost that `config` asks for, with the numbers of its CPU; `null`: none. Throws ConfigError. */
export function resolveCostOf({ cost, cpu = DEFAULT_CPU }: Config): ResolvedCost | null {
  return cost === undefined ? null : resolveCost(cost, descriptionOf(cpu) ?? {});
}

/** The preset of that name, `null` if there is none; or the user's own, checked. */
function descriptionOf(cpu: NonNullable<Config["cpu"]>): CpuDescription | null {
  if (typeof cpu !== "string") return checkDescription(cpu);
  return Object.hasOwn(CPU_PRESETS, cpu) ? (CPU_PRESETS[cpu] ?? null) : null;
}

/** `cpu` with the TLBs and walk caches that `config` has instead of its own: each one array for pages of every size. */
function withTlbs(cpu: ResolvedCpu, { l1i, l1d, stlb, psc }: Config): ResolvedCpu {
  let tlbs = cpu.tlbs;
  const replaced = (
    name: string,
    level: number,
    kinds: AccessKind[],
    given: NonNullable<Config["l1d"]>,
  ): ResolvedTlb => ({
    name,
    level,
    kinds,
    arrays: [arrayOf(resolveGeometry(given, name.toLowerCase()), [...cpu.pageSizes])],
    ...TLB_DEFAULTS,
  });
  /** Has `tlb` do what those of level 1 did for its kinds, in the place of the first of them. */
  const replace = (tlb: ResolvedTlb) => {
    const isFor = ({ level, kinds }: ResolvedTlb) => level === 1 && kinds.some((kind) => tlb.kinds.includes(kind));
    const others = (some: readonly ResolvedTlb[]) =>
      some
        .map((one) => (isFor(one) ? { ...one, kinds: one.kinds.filter((kind) => !tlb.kinds.includes(kind)) } : one))
        .filter(({ kinds }) => kinds.length > 0);
    const at = tlbs.findIndex(isFor);
    tlbs = [...others(tlbs.slice(0, at)), tlb, ...others(tlbs.slice(at))];
  };
  if (l1d !== undefined) replace(replaced("L1D", 1, ["load", "store"], l1d));
  if (l1i !== undefined) replace(replaced("L1I", 1, ["fetch"], l1i));
  if (stlb !== undefined) {
    tlbs = [...tlbs.filter(({ level }) => level === 1), replaced("STLB", 2, ["fetch", "load", "store"], stlb)];
  }
  const isForFetches = ({ kinds }: ResolvedTlb) => Number(kinds.includes("fetch"));
  tlbs = [...tlbs].sort((one, other) => one.level - other.level || isForFetches(other) - isForFetches(one));
  if (psc === undefined) return { ...cpu, tlbs };
  const sizes = resolvePsc(psc, pscSizesOf(cpu));
  const walkCaches = TABLE_ENTRIES.filter((entry) => sizes[entry] > 0).map((entry) => ({
    name: entry.toUpperCase(),
    ...arrayOf({ entries: sizes[entry], ways: sizes[entry], sets: 1 }, [entry]),
  }));
  return { ...cpu, tlbs: tlbs.map(withoutTables).filter(({ arrays }) => arrays.length > 0), walkCaches };
}

/** A TLB without entries that point to tables. */
function withoutTables(tlb: ResolvedTlb): ResolvedTlb {
  const isTable = (held: string) => (TABLE_ENTRIES as readonly string[]).includes(held);
  const arrays = tlb.arrays.map((array) => ({ ...array, holds: array.holds.filter((held) => !isTable(held)) }));
  return { ...tlb, arrays: arrays.filter(({ holds }) => holds.length > 0) };
}

/** `cpu` with that policy in all TLBs, or with policies in those that are named. */
function withPolicies(cpu: ResolvedCpu, given: Config["policy"]): ResolvedCpu {
  if (given === undefined) return cpu;
  const choices = policyChoices(given);
  const own = new OwnPolicies();
  const names = cpu.tlbs.map(({ name }) => name.toLowerCase());
  const unknown = [...choices.keys()].find((name) => name !== "*" && !names.includes(name));
  if (unknown !== undefined) {
    throw new ConfigError("policy", unknown, `a policy, or NAME=POLICY with one of ${names.join(", ")}`);
  }
  const tlbs = cpu.tlbs.map((tlb) => {
    const choice = choices.get(tlb.name.toLowerCase()) ?? choices.get("*");
    if (choice === undefined) return tlb;
    const policy = typeof choice === "string" ? oneOf(POLICIES, choice, "policy") : own.add(choice);
    for (const array of tlb.arrays) checkPolicy(policy, array, tlb.name.toLowerCase());
    return { ...tlb, arrays: tlb.arrays.map((array) => ({ ...array, policy })) };
  });
  return { ...cpu, tlbs, ...(own.names.length > 0 ? { own } : {}) };
}

/** Of a CPU of another shape what the plain shape would have: its arrays for the smallest pages. */
function summaryOf(cpu: ResolvedCpu): Pick<ResolvedConfig, "l1i" | "l1d" | "stlb" | "psc" | "policy"> {
  const l1i = mainArray(cpu, "fetch", 1);
  const l1d = mainArray(cpu, "load", 1);
  const stlb = mainArray(cpu, "load", 3) ?? mainArray(cpu, "load", 2) ?? l1d;
  if (l1i === null || l1d === null || stlb === null) {
    throw new ConfigError("cpu", cpu.title, `level 1 TLBs with entries for pages of ${cpu.pageSizes[0]}`);
  }
  const geometry = ({ entries, ways, sets }: ResolvedArray) => ({ entries, ways, sets });
  return {
    l1i: geometry(l1i),
    l1d: geometry(l1d),
    stlb: geometry(stlb),
    psc: pscSizesOf(cpu),
    policy: l1d.policy,
  };
}

function mainArray(cpu: ResolvedCpu, kind: AccessKind, level: number): ResolvedArray | null {
  const smallest = cpu.pageSizes[0] as CpuPageSize;
  const tlb = cpu.tlbs.find((each) => each.level === level && each.kinds.includes(kind));
  return tlb?.arrays.find(({ holds }) => holds.includes(smallest)) ?? null;
}

function pscSizesOf(cpu: ResolvedCpu): PscSizes {
  const arrays = [...cpu.walkCaches, ...cpu.tlbs.flatMap((tlb) => tlb.arrays)];
  const entriesOf = (entry: keyof PscSizes) =>
    arrays.filter(({ holds }) => holds.includes(entry)).reduce((sum, { entries }) => sum + entries, 0);
  return { pde: entriesOf("pde"), pdpte: entriesOf("pdpte"), pml4e: entriesOf("pml4e") };
}
