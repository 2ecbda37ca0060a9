/** Ranges of 4 KiB pages. */
const PAGE_SHIFT = 12n;

/** Page numbers of 52 bits; `lastPage` belongs to it. */
export interface PageRange {
  firstPage: bigint;
  lastPage: bigint;
}

/** The pages of the bytes from `start` to `end`, which is behind them. */
export function pagesOf({ start, end }: { start: bigint; end: bigint }): PageRange {
  return { firstPage: start >> PAGE_SHIFT, lastPage: (end - 1n) >> PAGE_SHIFT };
}

/** What is in both; `null`: nothing. */
export function overlap(one: PageRange, other: PageRange): PageRange | null {
  const firstPage = one.firstPage > other.firstPage ? one.firstPage : other.firstPage;
  const lastPage = one.lastPage < other.lastPage ? one.lastPage : other.lastPage;
  return firstPage <= lastPage ? { firstPage, lastPage } : null;
}

/** `ranges` by address, those that touch or overlap as one. */
export function joined(ranges: readonly PageRange[]): PageRange[] {
  const joint: PageRange[] = [];
  for (const { firstPage, lastPage } of ranges.toSorted((one, other) => (one.firstPage < other.firstPage ? -1 : 1))) {
    const before = joint.at(-1);
    if (before === undefined || firstPage > before.lastPage + 1n) joint.push({ firstPage, lastPage });
    else if (lastPage > before.lastPage) before.lastPage = lastPage;
  }
  return joint;
}
