/** How soon pages come back, from what a census counted: stack distances and working sets. */
import type { InfoResult, StreamReuse } from "../report/results.ts";

/** Hit rates whose number of pages is told, and the references of which one may miss. */
const HIT_RATES = [
  { hitRate: 0.9, oneIn: 10 },
  { hitRate: 0.99, oneIn: 100 },
  { hitRate: 0.999, oneIn: 1000 },
] as const;

/**
 * What the stack distances of a stream of `references` references tell. Of these `found[d]` were to a page since whose
 * latest reference d others were referred to, and `cold` to a page not seen before. Mattson et al., IBM Systems Journal
 * 9(2), 1970.
 */
export function reuseOf(
  stream: StreamReuse["stream"],
  references: number,
  { found, cold }: { found: Float64Array; cold: number },
): StreamReuse {
  const pagesForHitRate = HIT_RATES.map(({ hitRate, oneIn }) => {
    const mostMisses = Math.floor(references / oneIn);
    if (references === 0 || cold > mostMisses) return { hitRate, pages: null };
    let misses = references - (found[0] ?? 0);
    let pages = 1;
    while (misses > mostMisses) misses -= found[pages++] ?? 0;
    return { hitRate, pages };
  });
  return { stream, references, coldReferences: cold, pagesForHitRate };
}

/**
 * Average sizes of the working set, for windows of powers of two up to `references`.
 *
 * A page is in the window after each of its references until its next one, but for no more than the window is long. So
 * the sum of its sizes over the trace is that of min(gap, window) over all gaps between references to one page, those to
 * the end of the trace included: Denning & Schwartz, CACM 15(3), 1972. `gaps[n]` has the number and the sum of those from
 * 2^(n-1) + 1 to 2^n, and `latest` the number of the latest reference to each page, counted from 1.
 */
export function workingSetOf(
  references: number,
  gaps: readonly { count: number; sum: number }[],
  latest: ArrayLike<number>,
): NonNullable<InfoResult["workingSet"]> {
  const all = gaps.map((gap) => ({ ...gap }));
  for (let at = 0; at < latest.length; at++) {
    const gap = references + 1 - (latest[at] ?? 0);
    const entry = all[Math.ceil(Math.log2(gap))];
    if (entry === undefined) continue;
    entry.count++;
    entry.sum += gap;
  }
  const sizes: NonNullable<InfoResult["workingSet"]> = [];
  for (let log2 = 0; 2 ** log2 <= references; log2++) {
    const windowReferences = 2 ** log2;
    const total = all.reduce((sum, gap, n) => sum + (n <= log2 ? gap.sum : gap.count * windowReferences), 0);
    sizes.push({ windowReferences, averagePages: total / references });
  }
  return sizes;
}
