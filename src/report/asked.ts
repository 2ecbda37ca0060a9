/** From what a result says it was of back to the options that ask for the same. Results may be of other versions, or made up. */
import type { Cycles, ResolvedCost } from "../config/cost.ts";
import type { ResolvedPrefetch } from "../config/cpus/prefetch.ts";
import type { ResolvedCpu } from "../config/cpus/resolved.ts";
import { OS_DEFAULTS, type OsOptions, type ResolvedOs, usualOs } from "../config/os-config.ts";
import { resolve, resolveSweep, SWEEP_DEFAULTS } from "../config/resolve.ts";
import type { Config, PscSizes, ResolvedConfig, SweepConfig } from "../config/types.ts";
import type { SweepEntry } from "./entries.ts";
import { geometryName } from "./trace-words.ts";

/** Options, and whether they are all that it takes. */
export interface Asked<Options> {
  options: Options;
  isWhole: boolean;
}

/** The geometries and sizes that a machine may have been given: those that its result differs in from its CPU, or any. */
const OVERRIDES = ["l1i", "l1d", "stlb", "psc"] as const;
/** Points of a sweep of which options are sought: lists of more are not for a command line. */
const MAX_LISTED = 4096;

/** The options of `run` that have the machine of `config`, as few as there need be. */
export function askedOf(config: ResolvedConfig): Asked<Config> {
  const { cpu } = config;
  const base = resolved({ cpu });
  if (base === null) return { options: { cpu }, isWhole: false };
  const others: Config = {
    ...policyOf(config, base),
    ...prefetchOf(config.hierarchy?.prefetch, base.hierarchy?.prefetch),
    ...nestedOf(config),
    ...(config.cost === undefined ? {} : { cost: costText(config.cost) }),
    ...osOf(config.os),
    ...(config.os?.thp != null
      ? { pageSize: "thp" as const }
      : config.pageSize === base.pageSize
        ? {}
        : { pageSize: config.pageSize }),
  };
  // What a CPU has anyway may have been given all the same: a TLB is of one array then, and whom the CPU's values are from is told of fewer.
  const optional: Config = {
    l1i: geometryName(config.l1i),
    l1d: geometryName(config.l1d),
    stlb: geometryName(config.stlb),
    psc: pscText(config.psc),
    policy: config.policy,
    prefetch: "none",
    ...prefetchOf(config.hierarchy?.prefetch, undefined),
  };
  const rest = Object.entries(optional).filter(([name]) => !Object.hasOwn(others, name));
  const likely = rest.map(([name]) => OVERRIDES.some((each) => each === name && !isEqual(config[each], base[each])));
  const choices = Array.from({ length: 1 << rest.length }, (_, choice) =>
    rest.map((__, bit) => Boolean((choice >> bit) & 1)),
  );
  const unlikely = (choice: readonly boolean[]) => choice.filter((is, index) => is !== likely[index]).length;
  const candidates = choices
    .sort((one, other) => unlikely(one) - unlikely(other))
    .map((choice) => inOrder({ cpu, ...Object.fromEntries(rest.filter((_, index) => choice[index])), ...others }));
  const [whole, machine] = [canonical(config), canonicalMachine(config)];
  let same: Config | undefined;
  for (const options of candidates) {
    const candidate = resolved(options);
    if (candidate === null || canonicalMachine(candidate) !== machine) continue;
    if (canonical(candidate) === whole) return { options, isWhole: true };
    same ??= options;
  }
  return { options: same ?? candidates[0] ?? { cpu }, isWhole: same !== undefined };
}

/** What is told of a CPU's sources changes no count. */
function canonicalMachine({ cpuSources: _, ...machine }: ResolvedConfig): string {
  return canonical(machine);
}

/** `config` with the CPU and its parts first, whatever they were found by. */
function inOrder({ cpu, l1i, l1d, stlb, psc, ...others }: Config): Config {
  const entries = Object.entries({ cpu, l1i, l1d, stlb, psc, ...others });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** `null`: there is no such machine. */
function resolved(config: Config): ResolvedConfig | null {
  try {
    return resolve(config);
  } catch {
    return null;
  }
}

/** Whether both are the same as JSON, in whatever order their fields are. */
function isEqual(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  );
}

function pscText(sizes: PscSizes): string {
  return Object.entries(sizes).every(([, entries]) => entries === 0)
    ? "none"
    : (["pde", "pdpte", "pml4e"] as const).map((name) => `${name}=${sizes[name]}`).join(",");
}

/** Of a plain machine its policy; of others that of each TLB, if it differs. */
function policyOf({ policy, hierarchy }: ResolvedConfig, base: ResolvedConfig): Config {
  if (hierarchy === undefined) return policy === base.policy ? {} : { policy };
  const usual = new Map(
    (base.hierarchy?.tlbs ?? []).map(({ name, arrays }) => [name, arrays.map((array) => array.policy).join()]),
  );
  const tlbs = withoutBuffer(hierarchy).map(({ name, arrays }) => {
    const policies = arrays.map((array) => array.policy);
    const before = usual.get(name) ?? policies.map(() => base.policy).join();
    return { name: name.toLowerCase(), policy: policies[0] ?? policy, isOther: policies.join() !== before };
  });
  const others = tlbs.filter(({ isOther }) => isOther);
  if (others.length === 0) return {};
  if (tlbs.every((tlb) => tlb.policy === tlbs[0]?.policy)) return { policy: tlbs[0]?.policy ?? policy };
  return { policy: others.map(({ name, policy }) => `${name}=${policy}`).join(",") };
}

function withoutBuffer({ tlbs, prefetch }: ResolvedCpu): ResolvedCpu["tlbs"] {
  return prefetch === undefined ? tlbs : tlbs.slice(0, -1);
}

function prefetchOf(prefetch: ResolvedPrefetch | undefined, usual: ResolvedPrefetch | undefined): Config {
  if (isEqual(prefetch ?? null, usual ?? null)) return {};
  if (prefetch === undefined) return { prefetch: "none" };
  const { policy, degree, table, buffer, replacement, kinds = [] } = prefetch;
  const parts = [
    `degree=${degree}`,
    ...(table === 0 ? [] : [`table=${table}`]),
    `buffer=${buffer}`,
    `replacement=${replacement}`,
    ...(kinds.length === 3 ? [] : [`kinds=${kinds.join("+")}`]),
  ];
  return { prefetch: `${policy}:${parts.join()}` };
}

function nestedOf({ nested }: ResolvedConfig): Config {
  if (nested === undefined) return {};
  const { pageSize, tlb, walkCaches, assumed } = nested;
  const sizes = { pde: 0, pdpte: 0, pml4e: 0 };
  for (const { holds, entries } of walkCaches)
    for (const held of holds) if (held in sizes) sizes[held as keyof PscSizes] += entries;
  return {
    nested: pageSize,
    ...(assumed.includes("tlb") ? {} : { nestedTlb: tlb === null ? "none" : geometryName(tlb) }),
    ...(assumed.includes("walkCaches") ? {} : { nestedPsc: pscText(sizes) }),
  };
}

/** The model, and the numbers that are the user's own: those have no source. */
function costText(cost: ResolvedCost): string {
  const own = (name: string, cycles: Cycles | null | undefined) =>
    typeof cycles === "number" ? [`${name}=${cycles}`] : [];
  const numbers = [
    ...(cost.hitBelowCycles ?? []).flatMap((cycles, index) => own(`tlb${index + 2}`, cycles)),
    ...own("walkers", cost.walkers),
    ...(cost.model === "flat"
      ? [...own("walk", cost.walkCycles), ...own("reference", cost.walkReferenceCycles)]
      : [
          ...(cost.dataCaches ?? []).flatMap(({ cycles }, index) => own(`l${index + 1}`, cycles)),
          ...own("memory", cost.memoryCycles),
        ]),
  ];
  return [cost.model, ...numbers].join();
}

function osOf(os: ResolvedOs | undefined): OsOptions {
  if (os === undefined) return {};
  const { memoryFrames, swapSlots, reclaim, seed, huge, thp, switchEvery, pcid, kpti, systemCalls } = os;
  const usual = usualOs();
  const options: OsOptions = {
    ...(memoryFrames === null ? {} : { memory: `${memoryFrames * 4}K` }),
    ...(swapSlots === null ? {} : { swap: `${swapSlots * 4}K` }),
    ...(reclaim === usual.reclaim ? {} : { reclaim }),
    ...(seed === usual.seed ? {} : { seed }),
    ...(huge.length === 0
      ? {}
      : {
          huge: huge
            .map((part) => `${"name" in part ? part.name : `${part.start}-${part.end}`}=${part.pageSize}`)
            .join(),
        }),
    ...(thp === null || thp.available === OS_DEFAULTS.thpAvailable ? {} : { thpAvailable: thp.available }),
    ...(thp === null || thp.khugepaged === OS_DEFAULTS.khugepaged ? {} : { khugepaged: thp.khugepaged }),
    ...(thp === null || thp.khugepagedPages === OS_DEFAULTS.khugepagedPages
      ? {}
      : { khugepagedPages: thp.khugepagedPages }),
    ...(switchEvery === 0 ? {} : { switchEvery }),
    ...(pcid === usual.pcid ? {} : { pcid: "off" as const }),
    ...(kpti === usual.kpti ? {} : { kpti: "on" as const }),
    ...(systemCalls === usual.systemCalls ? {} : { systemCalls: "on" as const }),
  };
  // Whatever is given of it asks for an operating system.
  return Object.keys(options).length > 0 || thp !== null ? options : { pcid: OS_DEFAULTS.pcid };
}

/** The options of `sweep` that have the points of a result. How often TLBs were flushed it does not tell. */
export function askedOfSweep(result: SweepEntry["result"]): Asked<SweepConfig> {
  const { stream, points, l1, curves, invalidations, checkedPoints, checkedReferences } = result;
  const distinct = <Value>(values: readonly Value[]) => [...new Set(values)];
  const list = (values: readonly string[], usual: string) => (values.join() === usual ? undefined : values.join());
  const front = (name: "L1I" | "L1D") => {
    const found = l1.find((tlb) => tlb.name === name);
    return found === undefined ? {} : { [name.toLowerCase()]: geometryName(found) };
  };
  const shared: SweepConfig = {
    ...given("pageSizes", list(distinct(points.map(({ pageSize }) => pageSize)), SWEEP_DEFAULTS.pageSizes)),
    ...given("policies", list(distinct(points.map(({ policy }) => policy)), SWEEP_DEFAULTS.policies)),
    ...given("indexes", list(distinct(points.map(({ index }) => index)), SWEEP_DEFAULTS.indexes)),
    ...given("stream", stream === SWEEP_DEFAULTS.stream ? undefined : stream),
    ...front("L1I"),
    ...front("L1D"),
    ...given(
      "check",
      checkedReferences === null && checkedPoints !== SWEEP_DEFAULTS.check ? String(checkedPoints) : undefined,
    ),
  };
  const isWhole = invalidations.flushes === 0;
  const isAuto = points.every(
    ({ pageSize, entries, ways }, index) =>
      entries === ways &&
      entries === (points[index - 1]?.pageSize === pageSize ? (points[index - 1]?.entries ?? 0) + 1 : 1),
  );
  const isToFootprint = curves.every(
    ({ pageSize, footprint }) =>
      points.filter((point) => point.pageSize === pageSize).length === Math.max(1, footprint),
  );
  if (isAuto && isToFootprint && shared.policies === undefined && shared.indexes === undefined) {
    return { options: { entries: "auto", ...shared }, isWhole };
  }
  if (points.length > MAX_LISTED) return { options: shared, isWhole: false };
  for (const source of sourcesOf(points, l1.length > 0)) {
    const options = { ...source, ...shared };
    if (hasPoints(options, points)) return { options, isWhole };
  }
  return { options: shared, isWhole: false };
}

function given(name: keyof SweepConfig, value: string | undefined): SweepConfig {
  return value === undefined ? {} : { [name]: value };
}

/** Options that may have the geometries of `points`, the shortest first. */
function sourcesOf(points: SweepEntry["result"]["points"], hasFront: boolean): SweepConfig[] {
  const entries = [...new Set(points.map((point) => point.entries))].sort((one, other) => one - other);
  const ways = [...new Set(points.map((point) => point.ways))].sort((one, other) => one - other);
  const partial = ways.filter((each) => points.some((point) => point.ways === each && point.entries !== each));
  const doubles = entries.every((each, index) => index === 0 || each === 2 * (entries[index - 1] ?? 0));
  const sizes = doubles && entries.length > 2 ? `${entries[0]}..${entries.at(-1)}` : entries.join();
  const geometries = [...new Set(points.map(geometryName))].join();
  const lists = [[...partial, "full"], ["full"], partial, ways].filter((each) => each.length > 0);
  return [
    {},
    ...lists.flatMap((each) => {
      const isUsual = each.join() === SWEEP_DEFAULTS.ways;
      return [{ entries: sizes, ...(isUsual ? {} : { ways: each.join() }) }];
    }),
    hasFront ? { stlb: geometries } : { geometries },
  ];
}

/** Whether a sweep of `options` has just these points. */
function hasPoints(options: SweepConfig, points: SweepEntry["result"]["points"]): boolean {
  try {
    const name = ({
      pageSize,
      policy,
      index,
      entries,
      ways,
    }: Omit<SweepEntry["result"]["points"][number], "engine" | "hits">) =>
      [pageSize, policy, index, entries, ways].join();
    const asked = new Set(resolveSweep(options).points.map((point) => name(point as never)));
    return asked.size === points.length && points.every((point) => asked.has(name(point)));
  } catch {
    return false; // there is no such sweep
  }
}
