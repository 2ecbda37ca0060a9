/** When and where a run missed, from what the kernel noted. */
import type { CountsSoFar, MissProfile } from "./kernel/misses.ts";
import { hexAddress } from "./report/format.ts";
import type { RunProfile, RunResult } from "./report/results.ts";
import { plainTlbs } from "./report/tlb-levels.ts";

/** The profile of the run that ended with `result`. */
export function runProfile(result: RunResult, noted: MissProfile): RunProfile {
  const { intervalRecords, blockBytes } = noted;
  const { records } = result.trace;
  const intervals = intervalsOf(result, noted);
  const ofIntervals = (counts: number[]) =>
    counts.length > intervals.length ? counts.slice(0, intervals.length) : counts;
  return {
    intervalRecords,
    intervals: intervals.map((counts, index) => ({
      records: Math.min(intervalRecords, records - index * intervalRecords),
      ...counts,
    })),
    blockBytes,
    blocks: noted.blocks
      .sort((a, b) => (a.address < b.address ? -1 : 1))
      .map(({ address, l1Misses, stlbMisses }) => ({
        address: hexAddress(address),
        l1Misses: ofIntervals(l1Misses),
        stlbMisses: ofIntervals(stlbMisses),
      })),
    generalProtections: noted.protections.map(({ address, ...rest }) => ({ address: hexAddress(address), ...rest })),
  };
}

/** The counts of each interval that has a record. */
function intervalsOf(run: RunResult, { intervalRecords, ends }: MissProfile): CountsSoFar[] {
  const { trace, walks, faults } = run;
  const [l1i, l1d, stlb] = plainTlbs(run);
  const last: CountsSoFar = {
    l1iMisses: l1i.misses,
    l1dMisses: l1d.misses,
    stlbMisses: stlb.misses,
    walkReferences: walks.references,
    minorFaults: faults.minor,
  };
  const allEnds = trace.records > ends.length * intervalRecords ? [...ends, last] : ends;
  return allEnds.map((end, index) => since(end, ends[index - 1]));
}

function since(end: CountsSoFar, begin: CountsSoFar | undefined): CountsSoFar {
  if (begin === undefined) return end;
  return {
    l1iMisses: end.l1iMisses - begin.l1iMisses,
    l1dMisses: end.l1dMisses - begin.l1dMisses,
    stlbMisses: end.stlbMisses - begin.stlbMisses,
    walkReferences: end.walkReferences - begin.walkReferences,
    minorFaults: end.minorFaults - begin.minorFaults,
  };
}
