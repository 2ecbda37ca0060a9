/**
 * From what a user gave to what is simulated: defaults filled in, everything checked, once. All functions throw
 * ConfigError with the option, what was got and what is allowed.
 */
import { ConfigError } from "../errors.ts";
import type { CpuPageSize } from "./cpus/description.ts";
import { CPU_NAMES, isNested, NESTED_NAMES, resolveCostOf, resolveDescribed, withNested } from "./cpus/run.ts";
import { resolveGeometry, resolvePsc } from "./geometry.ts";
import { checkNames, oneOf } from "./lists.ts";
import { nearestNames } from "./nearest.ts";
import { OS_NAMES, RUN_PAGE_SIZES, type RunPageSize, resolveOs } from "./os-config.ts";
import { AVAILABLE_POLICIES, checkPolicy } from "./policies.ts";
import { DEFAULT_CPU, isPreset, PRESETS } from "./presets.ts";
import { type Config, PAGE_SIZES, type ResolvedConfig } from "./types.ts";

export { resolveSweep, SWEEP_DEFAULTS } from "./sweep.ts";

/** What a run uses where its configuration says nothing. */
export const RUN_DEFAULTS = { cpu: DEFAULT_CPU, policy: "lru", pageSize: "4K" } as const;

/** The size of transparent huge pages. */
const THP_SIZE: CpuPageSize = "2M";

/** CPUs that `cpu` may name. */
export const ALL_CPU_NAMES: readonly string[] = [...new Set([...Object.keys(PRESETS), ...CPU_NAMES])];

/** Names that a message tells where one is mistyped. */
const NEAREST_CPUS = 4;

/** The machine of `config`. */
export function resolve(config: Config = {}): ResolvedConfig {
  checkNames(config, [
    ...["cpu", "l1i", "l1d", "stlb", "psc", "policy", "pageSize", "cost", "prefetch"],
    ...OS_NAMES,
    ...NESTED_NAMES,
  ]);
  const cost = resolveCostOf(config);
  // The machine of plain runs tells nobody of the entries that its walks read, and has no host.
  const plain = cost?.model === "cached" || isNested(config) ? null : resolvePlain(config);
  const found: Machine | null = plain ?? resolveDescribed(config);
  if (found === null) throw new ConfigError("cpu", config.cpu, cpusLike(String(config.cpu)));
  const machine = withNested(config, found);
  if (machine.hierarchy?.prefetch !== undefined && isNested(config)) {
    throw new ConfigError("prefetch", machine.hierarchy.prefetch.policy, "none with nested paging");
  }
  const pageSize = pageSizeOf(config, machine.hierarchy?.pageSizes ?? PAGE_SIZES);
  const os = resolveOs(config, pageSize);
  return {
    ...machine,
    pageSize: pageSize === "thp" ? "4K" : pageSize,
    ...(os === null ? {} : { os }),
    ...(cost === null ? {} : { cost }),
  };
}

/** What may have been meant by `typed`, which is no CPU's name. */
function cpusLike(typed: string): string {
  const nearest = nearestNames(typed, ALL_CPU_NAMES, NEAREST_CPUS).join(", ");
  return ALL_CPU_NAMES.length <= NEAREST_CPUS ? nearest : `${nearest}, or others: pagewalk cpus lists them`;
}

type Machine = Omit<ResolvedConfig, "pageSize" | "os" | "cost">;

/** The page size of a run of a CPU that has `sizes`. */
function pageSizeOf({ pageSize }: Config, sizes: readonly CpuPageSize[]): RunPageSize {
  const has = RUN_PAGE_SIZES.filter((size) => (sizes as readonly string[]).includes(size === "thp" ? THP_SIZE : size));
  return oneOf(has, pageSize ?? sizes[0], "pageSize");
}

/** The machine of a CPU of the plain shape, which is simulated several times as fast; `null`: it is none. */
function resolvePlain(config: Config): Machine | null {
  const cpu = config.cpu ?? RUN_DEFAULTS.cpu;
  if (typeof cpu !== "string" || !isPreset(cpu)) return null;
  const preset = PRESETS[cpu];
  if (typeof config.policy !== "string" && config.policy !== undefined) return null; // one of the user's own
  if (config.policy?.includes("=") || config.policy === "opt") return null; // what the fast machine does not do
  if ((config.prefetch ?? "none") !== "none") return null;
  const policy = oneOf(AVAILABLE_POLICIES, config.policy ?? RUN_DEFAULTS.policy, "policy");
  const tlb = (name: "l1i" | "l1d" | "stlb") => {
    const geometry = resolveGeometry(config[name] ?? preset[name].value, name);
    checkPolicy(policy, geometry, name);
    return geometry;
  };
  return {
    cpu,
    l1i: tlb("l1i"),
    l1d: tlb("l1d"),
    stlb: tlb("stlb"),
    psc: resolvePsc(config.psc ?? {}, preset.psc.value),
    policy,
  };
}
