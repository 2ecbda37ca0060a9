/**
 * The TLBs of `sweep`, one after the other: one level, no walks, nothing but hits and misses. A record makes the
 * references that it makes in a run; one that is non-canonical makes none.
 */
import type { ResolvedSweepPoint, Stream } from "../../src/config/types.ts";
import type { SweepPoint } from "../../src/report/results.ts";
import { type Access, LEAF_LEVEL, pageNumberAt, touchedPages } from "./access.ts";
import { AssociativeCache } from "./associative-cache.ts";

/** Returns the VPNs of all references of `stream`, in program order. */
export function referencedPages(records: Iterable<Access>, stream: Stream): number[] {
  const vpns: number[] = [];
  for (const { kind, va, size } of records) {
    const isOfStream = stream === "all" || (stream === "fetch") === (kind === "fetch");
    if (isOfStream) vpns.push(...(touchedPages(va, size) ?? []));
  }
  return vpns;
}

/** Returns what each of `points` would do with the references of `stream`, in the order of `points`. */
export function referenceSweep(
  records: Iterable<Access>,
  stream: Stream,
  points: readonly ResolvedSweepPoint[],
): SweepPoint[] {
  const vpns = referencedPages(records, stream);
  return points.map((point) => replay(vpns, point));
}

function replay(vpns: readonly number[], point: ResolvedSweepPoint): SweepPoint {
  const tlb = new AssociativeCache<true>(point, point.policy);
  const seen = new Set<number>();
  let hits = 0;
  let misses = 0;
  for (const vpn of vpns) {
    const page = pageNumberAt(vpn, LEAF_LEVEL[point.pageSize]);
    if (tlb.lookup(page)) {
      hits++;
    } else {
      misses++;
      tlb.fill(page, true);
      // The first reference to a page misses in any TLB, so only misses need a look.
      seen.add(page);
    }
  }
  const { pageSize, policy, entries, ways, sets } = point;
  const missRatio = vpns.length === 0 ? 0 : misses / vpns.length;
  return { pageSize, policy, entries, ways, sets, hits, misses, coldMisses: seen.size, missRatio };
}
