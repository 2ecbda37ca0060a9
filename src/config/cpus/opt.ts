/** TLBs with policy `opt`, Belady's MIN: what they need so that their lookups can be known before any of them is simulated. */
import { ConfigError } from "../../errors.ts";
import { TABLE_ENTRIES } from "./description.ts";
import type { ResolvedCpu, ResolvedTlb } from "./resolved.ts";

/** Whether `tlb` has to be told the future. */
export function isOpt(tlb: ResolvedTlb): boolean {
  return tlb.arrays.some(({ policy }) => policy === "opt");
}

/** Whether some TLB of `cpu` has to be told the future. */
export function hasOpt(cpu: ResolvedCpu | undefined): boolean {
  return cpu?.tlbs.some(isOpt) ?? false;
}

/**
 * Throws ConfigError if `cpu` has TLBs with policy `opt`, and what is looked up in one of them depends on what it has evicted: then
 * there is no future that it could be told.
 */
export function checkOpt(cpu: ResolvedCpu): void {
  if (cpu.walkCaches.some(({ policy }) => policy === "opt")) {
    throw new ConfigError(
      "policy",
      "opt",
      "another policy for walk caches: which of them walks look up depends on the TLBs",
    );
  }
  if (!hasOpt(cpu)) return;
  for (const tlb of cpu.tlbs) {
    const coupling = couplingOf(tlb);
    if (coupling === null) continue;
    const why = "what is looked up would depend on what opt evicts";
    throw new ConfigError(
      "policy",
      "opt",
      `opt where TLBs keep to themselves: ${tlb.name} ${coupling}, so that ${why}`,
    );
  }
}

/** What makes lookups here or in other TLBs depend on what a TLB holds; `null`: nothing. */
function couplingOf(tlb: ResolvedTlb): string | null {
  if (tlb.inclusive) return "is inclusive";
  if (tlb.exclusive) return "is exclusive";
  if (tlb.takesVictims) return "takes victims";
  if (tlb.touchedByHitsAbove) return "is touched by hits above";
  if (!tlb.filledByWalks) return "is not filled by walks";
  if (!tlb.filledByHitsBelow) return "is not filled by hits below";
  if (tlb.arrays.some(({ coalesces }) => coalesces > 1)) return "has pages share entries";
  const tables: readonly string[] = TABLE_ENTRIES;
  if (isOpt(tlb) && tlb.arrays.some(({ holds }) => holds.some((held) => tables.includes(held)))) {
    return "holds entries of paging structures";
  }
  return null;
}
