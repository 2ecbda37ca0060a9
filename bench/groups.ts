/** The comparisons that are made, and the bar of each. */
import type { Policy } from "../src/config/types.ts";
import { TARGETS } from "./targets.ts";
import { type Better, type Comparison, compareSides, geometricMean, type Turns } from "./versus.ts";
import { UNIFORM } from "./workloads.ts";

/** Comparisons of the same two things over several workloads. */
export interface Group {
  title: string;
  ours: string;
  theirs: string;
  /** What both speeds are in. */
  unit: "M references/s" | "M records/s";
  clock: "CPU time" | "wall clock" | "our wall clock, CPU time of C";
  better: Better;
  /** Of the geometric mean over the real traces. */
  target: number | null;
  /** Of the workload UNIFORM. */
  uniformTarget: number | null;
}

const CPU_RUN = { ours: "run", unit: "M references/s", clock: "CPU time" } as const;
const AGAINST_C = {
  ...CPU_RUN,
  theirs: "C",
  better: "more",
  target: TARGETS.decoded,
  uniformTarget: TARGETS.decodedUniform,
} as const;
const TEXT_AGAINST_C = { ours: "run", theirs: "C", unit: "M records/s", better: "more", uniformTarget: null } as const;
const ONE_PASS = { ...CPU_RUN, ours: "one pass", better: "less", theirs: "run" } as const;
const AGAINST_DIRECT = {
  ...CPU_RUN,
  ours: "one pass",
  theirs: "direct",
  better: "more",
  target: null,
  uniformTarget: null,
} as const;

const AGAINST_NODE = {
  ours: "Chromium",
  theirs: "Node",
  unit: "M records/s",
  clock: "wall clock",
  better: "more",
  target: TARGETS.browser,
  uniformTarget: null,
} as const;

const PWT_AGAINST_C = {
  ours: "run",
  theirs: "C",
  unit: "M records/s",
  clock: "CPU time",
  better: "more",
  uniformTarget: null,
} as const;
const TEXT_TO_PWT = {
  ours: "convert",
  theirs: "run",
  unit: "M records/s",
  clock: "CPU time",
  better: "more",
  target: TARGETS.convert,
  uniformTarget: null,
} as const;

const WITH_VMAS = {
  ours: "VMAs",
  theirs: "none",
  unit: "M records/s",
  clock: "CPU time",
  better: "more",
  target: TARGETS.vmas,
  uniformTarget: TARGETS.vmas,
} as const;

const AGAINST_LRU = {
  theirs: "LRU",
  unit: "M records/s",
  clock: "CPU time",
  better: "more",
  target: TARGETS.policies,
  uniformTarget: TARGETS.policies,
} as const;

const GROUPS = {
  everyAccess: { ...AGAINST_C, title: "Decoded accesses, every one a word, against C" },
  pageRuns: { ...AGAINST_C, title: "Decoded accesses, as decoded for any machine (page runs), against C" },
  filtered: { ...AGAINST_C, title: "Decoded accesses, as decoded for this machine (16 sets), against C" },
  text: {
    ...TEXT_AGAINST_C,
    title: "Lackey text to results, one core, against C",
    clock: "CPU time",
    target: TARGETS.text,
  },
  textTwoCores: {
    ...TEXT_AGAINST_C,
    title: "Lackey text to results, two cores, against C on one",
    clock: "our wall clock, CPU time of C",
    target: TARGETS.textTwoCores,
  },
  points: {
    ...ONE_PASS,
    title: "One pass for 208 TLBs (13 set counts, 16 ways, 4K), against one run",
    target: TARGETS.points,
    uniformTarget: TARGETS.onePassUniform,
  },
  complete: {
    ...ONE_PASS,
    title: "One pass for the complete answer (geometries all, three page sizes), against one run",
    target: TARGETS.complete,
    uniformTarget: TARGETS.onePassUniform,
  },
  completeText: {
    ...ONE_PASS,
    title: "The complete answer from lackey text, against run from the same text",
    unit: "M records/s",
    target: TARGETS.completeText,
    uniformTarget: null,
  },
  direct1: { ...AGAINST_DIRECT, title: "One pass for 1 TLB, against 1 direct run" },
  direct16: { ...AGAINST_DIRECT, title: "One pass for 16 TLBs, against 16 direct runs" },
  direct208: { ...AGAINST_DIRECT, title: "One pass for 208 TLBs, against 208 direct runs" },
  sideBySide: {
    title: "A sweep of eight traces, two workers against one",
    ours: "-j 2",
    theirs: "-j 1",
    unit: "M records/s",
    clock: "wall clock",
    better: "more",
    target: TARGETS.sideBySide,
    uniformTarget: null,
  },
  shards: {
    title: "A plan, as two shards of one core each against one",
    ours: "2 shards",
    theirs: "one",
    unit: "M records/s",
    clock: "wall clock",
    better: "more",
    target: TARGETS.shards,
    uniformTarget: null,
  },
  browser: { ...AGAINST_NODE, title: "A run in a worker, from text, in Chromium against Node" },
  browserGzip: { ...AGAINST_NODE, title: "The same, from the text as gzip has it" },
  browserZstd: { ...AGAINST_NODE, title: "The same, from the text as zstd has it" },
  browserCurve: {
    title: "The whole LRU curve (every size, 4K), one worker in Chromium against the two threads of Node",
    ours: "Chromium",
    theirs: "Node",
    unit: "M records/s",
    clock: "wall clock",
    better: "less",
    target: TARGETS.browserCurve,
    uniformTarget: null,
  },
  pagesOfSets: {
    ...PWT_AGAINST_C,
    title: "Pages-only .pwt to results, L1 64:4, against C on decoded addresses",
    target: TARGETS.pagesOfSets,
  },
  pagesOfFewSets: { ...PWT_AGAINST_C, title: "The same, L1 48:12", target: TARGETS.pages },
  pagesOfOneSet: { ...PWT_AGAINST_C, title: "The same, L1 16:full", target: TARGETS.pages },
  pagesOfManyWays: { ...PWT_AGAINST_C, title: "The same, L1 64:full", target: TARGETS.pages },
  pagesOfOneEntry: { ...PWT_AGAINST_C, title: "The same, L1 1:1", target: TARGETS.pages },
  pwtFull: {
    ...PWT_AGAINST_C,
    title: "The full form of .pwt to results, L1 64:4, against C on decoded addresses",
    target: TARGETS.pwtFull,
  },
  convertPages: { ...TEXT_TO_PWT, title: "Lackey text to pages-only .pwt, against run from the same text" },
  convertFull: { ...TEXT_TO_PWT, title: "Lackey text to .pwt, against run from the same text" },
  vmasEvery: { ...WITH_VMAS, title: "A replay with VMAs, every record a word, against one without" },
  vmasKept: { ...WITH_VMAS, title: "The same, of what a decoder keeps for the machine" },
  vmasText: { ...WITH_VMAS, title: "The same, from lackey text", uniformTarget: null },
  fifo: { ...AGAINST_LRU, ours: "FIFO", title: "FIFO against LRU, every record a word" },
  random: { ...AGAINST_LRU, ours: "random", title: "Random replacement against LRU" },
  treePlru: { ...AGAINST_LRU, ours: "tree-PLRU", title: "Tree-PLRU against LRU, STLB 2048:16" },
  bitPlru: { ...AGAINST_LRU, ours: "bit-PLRU", title: "Bit-PLRU against LRU" },
  nru: { ...AGAINST_LRU, ours: "NRU", title: "NRU against LRU" },
  srrip: { ...AGAINST_LRU, ours: "SRRIP", title: "SRRIP against LRU" },
  mru3Plru4: { ...AGAINST_LRU, ours: "MRU3-PLRU4", title: "(MRU+1)%3PLRU4 against LRU, L1 96:12 and 48:12" },
  gzip: {
    ...PWT_AGAINST_C,
    theirs: "inflate",
    title: "Lackey text that gzip compressed to results, against inflating it",
    target: TARGETS.gzip,
  },
} as const satisfies Record<string, Group>;

export type GroupName = keyof typeof GROUPS;

/** Policies that are compared with LRU. */
export const POLICY_GROUPS = [
  ["fifo", "fifo"],
  ["random", "random"],
  ["tree-plru", "treePlru"],
  ["bit-plru", "bitPlru"],
  ["nru", "nru"],
  ["srrip", "srrip"],
  ["mru3-plru4", "mru3Plru4"],
] as const satisfies [Policy, GroupName][];

/** A comparison, and what it belongs to. */
export interface Found {
  group: GroupName;
  comparison: Comparison;
}

/** Two sides of `turns` as a comparison of `group`. */
export function foundIn(
  group: GroupName,
  turns: Turns,
  [ours, theirs]: readonly [string, string],
  input: Pick<Comparison, "workload" | "real" | "count">,
): Found {
  return { group, comparison: compareSides(turns, [ours, theirs], GROUPS[group].better, input) };
}

/** A group with what was measured. */
export interface MeasuredGroup extends Group {
  name: GroupName;
  comparisons: Comparison[];
}

/** Those groups that anything was found of. */
export function gather(found: readonly Found[]): MeasuredGroup[] {
  return (Object.keys(GROUPS) as GroupName[]).flatMap((name) => {
    const comparisons = found.filter(({ group }) => group === name).map(({ comparison }) => comparison);
    return comparisons.length === 0 ? [] : [{ name, ...GROUPS[name], comparisons }];
  });
}

/** The real traces of a group as one: geometric means, and the lowest and highest ratio of any round. */
export interface Summary extends Pick<Comparison, "ours" | "theirs" | "ratio"> {
  traces: number;
}

/** `null` where there are not several. */
export function summarize({ comparisons }: MeasuredGroup): Summary | null {
  const real = realOnes(comparisons);
  if (real.length < 2) return null;
  const mean = (of: (comparison: Comparison) => number) => geometricMean(real.map(of));
  return {
    traces: real.length,
    ours: mean(({ ours }) => ours),
    theirs: mean(({ theirs }) => theirs),
    ratio: {
      median: mean(({ ratio }) => ratio.median),
      min: Math.min(...real.map(({ ratio }) => ratio.min)),
      max: Math.max(...real.map(({ ratio }) => ratio.max)),
    },
  };
}

/** The bar of one comparison: of the stream that has its own, or of a real trace that has no others beside it. */
export function targetOf({ comparisons, target, uniformTarget }: MeasuredGroup, comparison: Comparison): number | null {
  if (comparison.real) return realOnes(comparisons).length === 1 ? target : null;
  return comparison.workload === UNIFORM ? uniformTarget : null;
}

function realOnes(comparisons: readonly Comparison[]): Comparison[] {
  return comparisons.filter(({ real }) => real);
}

/** A bar, and whether it is met. */
export interface Verdict {
  /** As `>= 1.5`. */
  bar: string;
  isMet: boolean;
}

/** Of `ratio`, a median or a mean of them; `null` if there is no bar. */
export function judge(ratio: number, target: number | null, better: Better): Verdict | null {
  if (target === null) return null;
  return better === "more"
    ? { bar: `>= ${target}`, isMet: ratio >= target }
    : { bar: `<= ${target}`, isMet: ratio <= target };
}
