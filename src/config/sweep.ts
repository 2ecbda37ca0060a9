/** From the sweep that a user asked for to the points that are simulated. All functions throw ConfigError. */
import { ConfigError } from "../errors.ts";
import { engineOf } from "./engine.ts";
import { checkEntries, parseSize, resolveGeometry } from "./geometry.ts";
import { checkNames, listOf, namesOf, numbersOf, oneOf } from "./lists.ts";
import { AVAILABLE_POLICIES, allowsWays, checkPolicy } from "./policies.ts";
import { DEFAULT_CPU, PRESETS } from "./presets.ts";
import {
  ONLINE_POLICIES,
  PAGE_SIZES,
  type PageSize,
  type Policy,
  type ResolvedFront,
  type ResolvedGeometry,
  type ResolvedSweep,
  type ResolvedSweepPoint,
  SET_INDEXES,
  type SetIndex,
  STREAMS,
  type Stream,
  type SweepConfig,
} from "./types.ts";

/** Points that one sweep may have: each is a row of the result. */
const MAX_SWEEP_POINTS = 1_000_000;
/** Entries that may be held at once (see heldEntries()), at about 32 bytes each. */
const MAX_SWEEP_ENTRIES = 2 ** 26;
/** Pairs of entries and ways, or of sets and ways, that are tried. */
const MAX_PAIRS = 2 ** 25;

/** What a sweep uses where its configuration says nothing. */
export const SWEEP_DEFAULTS = {
  entries: "16..4096",
  ways: "1,2,4,8,16,full",
  pageSizes: "4K",
  policies: "lru",
  indexes: "modulo",
  stream: "data",
  flushEvery: "never",
  check: 3,
} as const;

/** References over which the points are checked that are checked unasked: ResolvedSweep. */
const CHECKED_PAGES = 2 ** 20;

/** The geometries of `all`. */
const ALL = { full: "1-4096", sets: "1..4096", ways: "1-16" } as const;

/** Options that each say alone which points there are. */
const SOURCES = ["geometries", "stlb", "sets", "entries"] as const;

const NAMES = [
  ...["entries", "sets", "ways", "geometries", "pageSizes", "policies", "indexes", "stream"],
  ...["l1i", "l1d", "stlb", "flushEvery", "check"],
];

/** What `config` asks for: its points in the order page size, policy, index, geometry, each once. */
export function resolveSweep(config: SweepConfig = {}): ResolvedSweep {
  checkNames(config, NAMES);
  const stream = oneOf(STREAMS, config.stream ?? SWEEP_DEFAULTS.stream, "stream");
  const pageSizes = pageSizesOf(config.pageSizes ?? SWEEP_DEFAULTS.pageSizes);
  const given = config.policies ?? SWEEP_DEFAULTS.policies;
  const policies =
    given === "all"
      ? ONLINE_POLICIES.filter((policy) => AVAILABLE_POLICIES.includes(policy))
      : namesOf(given, AVAILABLE_POLICIES, "policies");
  const indexes = namesOf(config.indexes ?? SWEEP_DEFAULTS.indexes, SET_INDEXES, "indexes");
  const check = checkOf(config.check ?? SWEEP_DEFAULTS.check);
  const checkedPages = config.check === undefined ? CHECKED_PAGES : 0;
  const front = frontOf(config, stream);
  const rest = { stream, front, flushEvery: flushEveryOf(config.flushEvery), check, checkedPages };

  const source = sourceOf(config);
  if (source === "entries" && config.entries === "auto") {
    checkAuto(config, policies, indexes);
    return { ...rest, points: [], auto: pageSizes };
  }
  const geometries = geometriesOf(config, source);
  const byIndex = indexes.map((index) => ({ index, geometries: geometries.filter((each) => canIndex(index, each)) }));
  const onePolicy = byIndex.reduce((sum, each) => sum + each.geometries.length, 0);
  if (onePolicy === 0) {
    throw new ConfigError("indexes", indexes.join(", "), "modulo, where no number of sets is a power of two from 2");
  }
  const count = onePolicy * pageSizes.length * policies.length;
  if (count > MAX_SWEEP_POINTS) throw tooManyPoints(source, count);
  if (given !== "all") for (const policy of policies) checkAllowsSome(policy, geometries, source);
  const points = pageSizes.flatMap((pageSize) =>
    policies.flatMap((policy) =>
      byIndex.flatMap(({ index, geometries }) =>
        geometries
          .filter(({ ways }) => allowsWays(policy, ways))
          .map((geometry): ResolvedSweepPoint => ({ pageSize, policy, index, ...geometry })),
      ),
    ),
  );
  const held = heldEntries(points, check);
  if (held > MAX_SWEEP_ENTRIES) {
    throw new ConfigError(
      source,
      `${held} entries in all points together`,
      `at most ${MAX_SWEEP_ENTRIES} in one sweep`,
    );
  }
  return { ...rest, points, auto: [] };
}

/** The option that says which points there are, alone. */
function sourceOf(config: SweepConfig): (typeof SOURCES)[number] {
  const source = SOURCES.find((name) => config[name] !== undefined) ?? "entries";
  const alone = source === "geometries" || source === "stlb";
  const others = [...SOURCES, ...(alone ? (["ways"] as const) : [])].filter(
    (name) => name !== source && config[name] !== undefined,
  );
  if (others.length === 0) return source;
  throw new ConfigError(
    source,
    `${others.join(" and ")} as well`,
    alone ? "this alone, or entries or sets with ways" : "either entries or sets, with ways",
  );
}

function geometriesOf(config: SweepConfig, source: (typeof SOURCES)[number]): ResolvedGeometry[] {
  if (source === "geometries" || source === "stlb")
    return unique(exactGeometries(config[source] ?? [], source), source);
  const ways = waysOf(config, source);
  const given = config[source] ?? SWEEP_DEFAULTS.entries;
  const counts = numbersOf(given, source, source === "entries" ? "; or auto alone" : "");
  for (const count of counts) checkEntries(count, source);
  if (counts.length * ways.length > MAX_PAIRS) throw tooManyPoints(source, counts.length * ways.length);
  const found = unique(source === "sets" ? bySets(counts, ways) : byEntries(counts, ways), source);
  if (found.length === 0) {
    throw new ConfigError("ways", shortened(ways), `at least one divisor of the entries ${shortened(counts)}`);
  }
  return found;
}

function* exactGeometries(given: NonNullable<SweepConfig["geometries"]>, option: string): Generator<ResolvedGeometry> {
  for (const [index, item] of listOf(given, option).entries()) {
    if (item !== "all") yield resolveGeometry(item, `${option}[${index}]`);
    else {
      yield* byEntries(numbersOf(ALL.full, option), ["full"]);
      yield* bySets(numbersOf(ALL.sets, option), numbersOf(ALL.ways, option));
    }
  }
}

/** All of `counts` entries with all of `ways` that divide them. */
function* byEntries(counts: readonly number[], ways: readonly (number | "full")[]): Generator<ResolvedGeometry> {
  for (const entries of counts) {
    for (const way of ways) {
      if (way === "full" || entries % way === 0) yield resolveGeometry({ entries, ways: way }, "entries");
    }
  }
}

/** All of `counts` sets with all of `ways`. */
function* bySets(counts: readonly number[], ways: readonly (number | "full")[]): Generator<ResolvedGeometry> {
  for (const sets of counts) {
    for (const way of ways) {
      if (way !== "full") yield resolveGeometry({ entries: sets * way, ways: way }, "sets");
    }
  }
}

/** The ways of `config`; by default, where sets are given, those that are numbers. */
function waysOf(config: SweepConfig, source: "sets" | "entries"): (number | "full")[] {
  const items = listOf(config.ways ?? SWEEP_DEFAULTS.ways, "ways");
  if (source === "sets" && config.ways !== undefined && items.includes("full")) {
    throw new ConfigError("ways", "full", "numbers, where sets are given: fully associative is a single set");
  }
  return items.flatMap((item): (number | "full")[] => {
    if (item === "full") return [item];
    const numbers = numbersOf([item], "ways", ', and "full"');
    for (const ways of numbers) {
      if (!Number.isInteger(ways) || ways < 1) throw new ConfigError("ways", ways, 'whole numbers from 1, and "full"');
    }
    return numbers;
  });
}

/** Every size from one stack of the page size: only LRU in a single set has one. */
function checkAuto(config: SweepConfig, policies: readonly string[], indexes: readonly SetIndex[]): void {
  const where = "where entries are auto";
  if (config.ways !== undefined && listOf(config.ways, "ways").some((ways) => ways !== "full")) {
    throw new ConfigError("ways", config.ways, `full, ${where}`);
  }
  if (policies.some((policy) => policy !== "lru")) {
    throw new ConfigError("policies", policies.join(", "), `lru, ${where}`);
  }
  if (!indexes.includes("modulo")) throw new ConfigError("indexes", indexes.join(", "), `modulo, ${where}`);
}

/** Geometries that a policy does not allow are left out of its points, as long as it has any. */
function checkAllowsSome(policy: Policy, geometries: readonly ResolvedGeometry[], option: string): void {
  const [first] = geometries;
  if (first !== undefined && !geometries.some(({ ways }) => allowsWays(policy, ways)))
    checkPolicy(policy, first, option);
}

/** Whether a TLB of that geometry can find its sets so, and not as `modulo` does anyway. */
function canIndex(index: SetIndex, { sets }: ResolvedGeometry): boolean {
  return index === "modulo" || (sets > 1 && Number.isInteger(Math.log2(sets)));
}

/** The L1 TLBs in front of the points, if any option asks for some. */
function frontOf({ l1i, l1d, stlb }: SweepConfig, stream: Stream): ResolvedFront | null {
  if (l1i !== undefined && stream === "data")
    throw new ConfigError("l1i", l1i, "none, where the stream is data, not fetch or all");
  if (l1d !== undefined && stream === "fetch")
    throw new ConfigError("l1d", l1d, "none, where the stream is fetch, not data or all");
  if (l1i === undefined && l1d === undefined && stlb === undefined) return null;
  const preset = PRESETS[DEFAULT_CPU];
  return {
    l1i: stream === "data" ? null : resolveGeometry(l1i ?? preset.l1i.value, "l1i"),
    l1d: stream === "fetch" ? null : resolveGeometry(l1d ?? preset.l1d.value, "l1d"),
  };
}

function pageSizesOf(given: NonNullable<SweepConfig["pageSizes"]>): PageSize[] {
  return given === "all" ? [...PAGE_SIZES] : namesOf(given, PAGE_SIZES, "pageSizes");
}

function flushEveryOf(given: SweepConfig["flushEvery"] = SWEEP_DEFAULTS.flushEvery): number {
  if (given === "never") return 0;
  const records = typeof given === "string" ? parseSize(given) : given;
  if (Number.isSafeInteger(records) && Number(records) >= 1) return Number(records);
  throw new ConfigError("flushEvery", given, "a whole number of records from 1, as 100000 or 1M, or never");
}

function checkOf(given: NonNullable<SweepConfig["check"]>): number {
  if (given === "all") return Number.POSITIVE_INFINITY;
  const points = typeof given === "string" ? parseSize(given) : given;
  if (Number.isSafeInteger(points) && Number(points) >= 0) return Number(points);
  throw new ConfigError("check", given, "a whole number from 0, or all");
}

/**
 * Entries that must be held to count all points. Those of one pass that differ in ways only are counted over the largest
 * of them; any other point holds its own, and so does every one if all are checked.
 */
function heldEntries(points: readonly ResolvedSweepPoint[], check: number): number {
  const stacks = new Map<string, number>();
  let held = 0;
  for (const point of points) {
    const { pageSize, index, sets, entries } = point;
    const isDirect = engineOf(point) === "direct";
    if (isDirect || check === Number.POSITIVE_INFINITY) held += entries;
    if (isDirect) continue;
    const name = `${pageSize} ${index} ${sets}`;
    stacks.set(name, Math.max(stacks.get(name) ?? 0, entries));
  }
  for (const entries of stacks.values()) held += entries;
  return held;
}

/** Each geometry once, in the order of the first; no more than a sweep may have. */
function unique(items: Iterable<ResolvedGeometry>, option: string): ResolvedGeometry[] {
  const found = new Map<string, ResolvedGeometry>();
  for (const item of items) {
    found.set(`${item.entries}:${item.ways}`, item);
    if (found.size > MAX_SWEEP_POINTS) throw tooManyPoints(option, `more than ${MAX_SWEEP_POINTS}`);
  }
  return [...found.values()];
}

function tooManyPoints(option: string, count: number | string): ConfigError {
  return new ConfigError(option, `${count} points`, `at most ${MAX_SWEEP_POINTS} in one sweep`);
}

function shortened(items: readonly (number | string)[]): string {
  return items.length <= 12 ? items.join(", ") : `${items.slice(0, 12).join(", ")}, …`;
}
