/**
 * From what a user gave to what is simulated: defaults filled in, everything checked, once. All functions throw
 * ConfigError with the option, what was got and what is allowed.
 */
import { ConfigError } from "../errors.ts";
import { checkEntries, parseSize, resolveGeometry, resolvePsc } from "./geometry.ts";
import { DEFAULT_CPU, isPreset, PRESETS } from "./presets.ts";
import type { Config, PageSize, Policy, ResolvedConfig, ResolvedSweep, Stream, SweepConfig } from "./types.ts";
import { PAGE_SIZES, POLICIES, STREAMS } from "./types.ts";

/** Points that one sweep may have. */
const MAX_SWEEP_POINTS = 100_000;
/** Entries that all points of one sweep may have together, at about 32 bytes each. */
const MAX_SWEEP_ENTRIES = 2 ** 26;

/** What a run uses where its configuration says nothing. */
export const RUN_DEFAULTS = { cpu: DEFAULT_CPU, policy: "lru", pageSize: "4K" } as const;

/** What a sweep uses where its configuration says nothing. */
export const SWEEP_DEFAULTS = {
  entries: "16..4096",
  ways: "1,2,4,8,16,full",
  pageSizes: "4K",
  policies: "lru",
  stream: "data",
} as const;

/** The machine of `config`. */
export function resolve(config: Config = {}): ResolvedConfig {
  checkNames(config, ["cpu", "l1i", "l1d", "stlb", "psc", "policy", "pageSize"]);
  const cpu = config.cpu ?? RUN_DEFAULTS.cpu;
  if (!isPreset(cpu)) throw new ConfigError("cpu", cpu, Object.keys(PRESETS).join(", "));
  const preset = PRESETS[cpu];
  return {
    cpu,
    l1i: resolveGeometry(config.l1i ?? preset.l1i.value, "l1i"),
    l1d: resolveGeometry(config.l1d ?? preset.l1d.value, "l1d"),
    stlb: resolveGeometry(config.stlb ?? preset.stlb.value, "stlb"),
    psc: resolvePsc(config.psc ?? {}, preset.psc.value),
    policy: oneOf(POLICIES, config.policy ?? RUN_DEFAULTS.policy, "policy"),
    pageSize: oneOf(PAGE_SIZES, config.pageSize ?? RUN_DEFAULTS.pageSize, "pageSize"),
  };
}

/** The points of `config`, in the order page size, policy, geometry, each once. */
export function resolveSweep(config: SweepConfig = {}): ResolvedSweep {
  checkNames(config, ["entries", "ways", "geometries", "pageSizes", "policies", "stream"]);
  if (config.geometries !== undefined && (config.entries !== undefined || config.ways !== undefined)) {
    throw new ConfigError("geometries", "entries or ways as well", "geometries alone, or entries and ways");
  }
  const geometries = config.geometries === undefined ? crossProduct(config) : exactGeometries(config.geometries);
  const pageSizes = list(config.pageSizes ?? SWEEP_DEFAULTS.pageSizes, "pageSizes").map((name) =>
    oneOf(PAGE_SIZES, name, "pageSizes"),
  );
  const policies = list(config.policies ?? SWEEP_DEFAULTS.policies, "policies").map((name) =>
    oneOf(POLICIES, name, "policies"),
  );
  const count = geometries.length * pageSizes.length * policies.length;
  if (count > MAX_SWEEP_POINTS) throw new ConfigError("points", count, `at most ${MAX_SWEEP_POINTS} in one sweep`);
  const entries = geometries.reduce((sum, geometry) => sum + geometry.entries, 0) * pageSizes.length * policies.length;
  if (entries > MAX_SWEEP_ENTRIES) {
    throw new ConfigError("entries", `${entries} in all points together`, `at most ${MAX_SWEEP_ENTRIES} in one sweep`);
  }
  const points = [...new Set(pageSizes)].flatMap((pageSize) =>
    [...new Set(policies)].flatMap((policy) => geometries.map((geometry) => ({ pageSize, policy, ...geometry }))),
  );
  return { stream: oneOf(STREAMS, config.stream ?? SWEEP_DEFAULTS.stream, "stream"), points };
}

function exactGeometries(given: NonNullable<SweepConfig["geometries"]>) {
  return unique(list(given, "geometries").map((item, index) => resolveGeometry(item, `geometries[${index}]`)));
}

/** All of `entries` with all of `ways` that divide them. */
function crossProduct(config: SweepConfig) {
  const entries = entriesOf(config.entries ?? SWEEP_DEFAULTS.entries);
  for (const count of entries) checkEntries(count, "entries");
  const ways = list(config.ways ?? SWEEP_DEFAULTS.ways, "ways").map((way) => {
    if (way === "full") return way;
    const value = typeof way === "number" ? way : parseSize(way);
    if (value === null || !Number.isInteger(value) || value < 1) {
      throw new ConfigError("ways", way, 'whole numbers from 1, and "full"');
    }
    return value;
  });
  const geometries = entries.flatMap((count) =>
    ways
      .filter((way) => way === "full" || count % way === 0)
      .map((way) => resolveGeometry({ entries: count, ways: way }, "entries")),
  );
  if (geometries.length === 0) {
    throw new ConfigError("ways", ways.join(", "), `at least one divisor of the entries ${entries.join(", ")}`);
  }
  return unique(geometries);
}

/** A list of numbers, or ranges `16..4096` that double from the first to at most the last. */
function entriesOf(given: number[] | string): number[] {
  if (typeof given !== "string") return list(given, "entries").map(Number);
  const allowed = "numbers and ranges that double, as 16..4096 or 16,48,64..1024";
  return splitList(given).flatMap((part) => {
    const [first = "", last = first, ...rest] = part.split("..");
    const from = parseSize(first);
    const to = parseSize(last);
    if (from === null || to === null || rest.length > 0 || from < 1 || to < from) {
      throw new ConfigError("entries", given, allowed);
    }
    const range: number[] = [];
    for (let entries = from; entries <= to; entries *= 2) range.push(entries);
    return range;
  });
}

function unique<Item extends { entries: number; ways: number }>(items: Item[]): Item[] {
  return [...new Map(items.map((item) => [`${item.entries}:${item.ways}`, item])).values()];
}

function list<Item>(given: readonly Item[] | string, option: string): (Item | string)[] {
  if (typeof given === "string") return splitList(given);
  if (!Array.isArray(given) || given.length === 0) throw new ConfigError(option, notAList(given), "a list, or text");
  return [...given];
}

function notAList(given: unknown): string {
  return Array.isArray(given) ? "none" : String(given);
}

function splitList(text: string): string[] {
  return text.split(",").map((part) => part.trim());
}

function oneOf<Name extends Policy | PageSize | Stream>(names: readonly Name[], given: unknown, option: string): Name {
  const found = names.find((name) => name === given);
  if (found === undefined) throw new ConfigError(option, given, names.join(", "));
  return found;
}

/** A misspelt option would otherwise be a default that nobody asked for. */
function checkNames(config: object, known: string[]): void {
  for (const name of Object.keys(config)) {
    if (!known.includes(name)) throw new ConfigError(name, "an unknown option", known.join(", "));
  }
}
