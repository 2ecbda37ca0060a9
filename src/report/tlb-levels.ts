/** Which TLB of a run is which. */
import type { RunResult, TlbResult } from "./results.ts";

/** L1I, L1D and STLB of a run on a machine of the plain shape. Throws TypeError if it was none. */
export function plainTlbs({ tlbs }: Pick<RunResult, "tlbs">): [l1i: TlbResult, l1d: TlbResult, stlb: TlbResult] {
  const [l1i, l1d, stlb, ...others] = tlbs;
  if (l1i !== undefined && l1d !== undefined && stlb !== undefined && others.length === 0) return [l1i, l1d, stlb];
  throw new TypeError(`a machine of the plain shape has L1I, L1D and STLB, not ${tlbs.map(({ name }) => name)}`);
}

/** 1 to 3. */
export function levelOf({ name, level }: Pick<TlbResult, "name" | "level">): number {
  return level ?? (name === "STLB" ? 2 : 1);
}

/** Misses of all TLBs of level 1. */
export function l1Misses({ tlbs }: Pick<RunResult, "tlbs">): number {
  return tlbs.filter((tlb) => levelOf(tlb) === 1).reduce((sum, { misses }) => sum + misses, 0);
}
