/** The bars. Each is held to the geometric mean over the real traces, or, where it says so, to one stream alone. */
export const TARGETS = {
  /** Decoded accesses: our speed divided by that of C, at least. */
  decoded: 1.5,
  decodedUniform: 0.6,
  /** Lackey text to results: the same; one core, and two against one of C. */
  text: 1.5,
  textTwoCores: 2.5,
  /** One pass over all points: its time divided by that of one run, at most. */
  points: 5,
  complete: 10,
  onePassUniform: 20,
  /** The same from text. */
  completeText: 1.7,
  /** A sweep of eight traces: its time with one worker divided by that with two, at least. */
  sideBySide: 1.7,
  /** A plan: its time with one process divided by that with two shards, at least: two take 0.6 of it. */
  shards: 1.67,
  /** A run in a browser's worker: its speed divided by that in a worker of Node, at least. */
  browser: 0.9,
  /** Every fully associative size there: its time divided by that in Node, at most. */
  browserCurve: 1.5,
  /** From a .pwt file to results, one core: our speed divided by that of C on decoded addresses, at least. */
  pages: 1.5,
  pagesOfSets: 3.5,
  pwtFull: 1,
  /** Lackey text to .pwt: its speed divided by that of run from the same text, at least. */
  convert: 0.5,
  /** Calls of AddressSpace.read32() that hit, in millions a second, in Node and in a browser, at least. */
  read32: 20,
  /** A replay with VMAs: its speed divided by that of one without, at least. */
  vmas: 0.9,
  /** A replay under another policy: its speed divided by that under LRU, at least. */
  policies: 0.5,
  /** Results from .lk.gz: their speed divided by that of inflating it alone, at least. */
  gzip: 0.9,
} as const;
