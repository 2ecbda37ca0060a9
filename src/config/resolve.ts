/**
 * From what a user gave to what is simulated: defaults filled in, everything checked, once. All functions throw
 * ConfigError with the option, what was got and what is allowed.
 */
import { ConfigError } from "../errors.ts";
import { resolveGeometry, resolvePsc } from "./geometry.ts";
import { checkNames, oneOf } from "./lists.ts";
import { OS_NAMES, RUN_PAGE_SIZES, resolveOs } from "./os-config.ts";
import { AVAILABLE_POLICIES, checkPolicy } from "./policies.ts";
import { DEFAULT_CPU, isPreset, PRESETS } from "./presets.ts";
import type { Config, ResolvedConfig } from "./types.ts";

export { resolveSweep, SWEEP_DEFAULTS } from "./sweep.ts";

/** What a run uses where its configuration says nothing. */
export const RUN_DEFAULTS = { cpu: DEFAULT_CPU, policy: "lru", pageSize: "4K" } as const;

/** The machine of `config`. */
export function resolve(config: Config = {}): ResolvedConfig {
  checkNames(config, ["cpu", "l1i", "l1d", "stlb", "psc", "policy", "pageSize", ...OS_NAMES]);
  const cpu = config.cpu ?? RUN_DEFAULTS.cpu;
  if (!isPreset(cpu)) throw new ConfigError("cpu", cpu, Object.keys(PRESETS).join(", "));
  const preset = PRESETS[cpu];
  const pageSize = oneOf(RUN_PAGE_SIZES, config.pageSize ?? RUN_DEFAULTS.pageSize, "pageSize");
  const os = resolveOs(config, pageSize);
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
    pageSize: pageSize === "thp" ? "4K" : pageSize,
    ...(os === null ? {} : { os }),
  };
}
