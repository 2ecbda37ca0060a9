/** Who says what: gives the values of a CPU their status and source, so that its table reads as a table. */
import type { Claim, Sourced, Status } from "./description.ts";

/** Says `value`; what others say instead follows. */
export type Speaker = <Value>(value: Value, ...others: Claim<Value>[]) => Sourced<Value>;

/** The maker says so, in `source`. */
export const vendor = (source: string): Speaker => speaker("vendor", source);
/** A third party measured it, as `source` tells. */
export const measured = (source: string): Speaker => speaker("measured", source);
/** A text that neither is the maker's nor measured says so. */
export const secondary = (source: string): Speaker => speaker("secondary", source);
/** Nobody who could be named says so; `source` is the reason for the value. */
export const assumed = (source: string): Speaker => speaker("assumed", source);

/** What libcpuid's collection has from the CPUID instruction of a processor, its maker's own word. */
export function cpuid(processor: string, leaves: string, dump: string): Speaker {
  return vendor(`CPUID of an ${processor}, ${leaves} (github.com/anrieff/libcpuid, tests/${dump})`);
}

/** A review by Jiajie Chen, which quotes makers and measures. */
export function chen(review: string): string {
  return `github.com/jiegec/blog-source, docs/blog/posts/hardware/${review}.md`;
}

function speaker(status: Status, source: string): Speaker {
  return (value, ...others) => ({ value, status, source, ...(others.length === 0 ? {} : { others }) });
}
