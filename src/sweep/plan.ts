/** Who simulates what of a sweep: which points come out of stacks, which have TLBs of their own, which are checked. */
import { engineOf } from "../config/engine.ts";
import type { PageSize, ResolvedSweep, ResolvedSweepPoint } from "../config/types.ts";
import type { SweepTask, SweepWork } from "../kernel/sweep-kernel.ts";

/** Of a sweep of every size, the largest power of two that is checked. */
const MAX_AUTO_CHECK = 2 ** 16;

/** Where the counts of a point come from: the stack distances of its page size, or a task, by its index. */
export type CountsFrom = "distances" | number;

export interface SweepPlan {
  tasks: SweepTask[];
  /** For each point. */
  countsFrom: CountsFrom[];
  /** Which tasks are checks. */
  checks: number[];
  /** All page sizes there are. Stack distances are wanted of each. */
  pageSizes: PageSize[];
}

export function planSweep({ points, auto, check }: ResolvedSweep): SweepPlan {
  const tasks: SweepTask[] = [];
  const addTask = (point: ResolvedSweepPoint, engine: SweepTask["engine"]) => tasks.push({ ...point, engine }) - 1;
  const countsFrom = points.map((point): CountsFrom => {
    const engine = engineOf(point);
    return engine === "one-pass" && point.sets === 1 ? "distances" : addTask(point, engine);
  });
  const candidates = [...points.filter((point) => engineOf(point) === "one-pass"), ...auto.flatMap(autoCandidates)];
  const checks = choose(candidates, check).map((point) => addTask(point, "check"));
  return { tasks, countsFrom, checks, pageSizes: [...new Set([...points.map(({ pageSize }) => pageSize), ...auto])] };
}

/** Of every fully associative size, those that may be checked. */
function autoCandidates(pageSize: PageSize): ResolvedSweepPoint[] {
  const sizes: number[] = [];
  for (let entries = 1; entries <= MAX_AUTO_CHECK; entries *= 2) sizes.push(entries);
  return sizes.map((entries) => ({ pageSize, policy: "lru", index: "modulo", entries, ways: entries, sets: 1 }));
}

/** Up to `count` of `items`, as if by chance, but the same ones each time. */
function choose<Item>(items: readonly Item[], count: number): Item[] {
  if (count >= items.length) return [...items];
  const left = [...items];
  let state = items.length;
  const chosen: Item[] = [];
  while (chosen.length < count) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // Numerical Recipes, 7.1
    const index = Math.floor((state / 2 ** 32) * left.length);
    chosen.push(...left.splice(index, 1));
  }
  return chosen;
}

/** What of a plan one simulator does, and which of the plan's tasks its tasks are. */
export interface Share {
  work: SweepWork;
  tasks: number[];
}

/**
 * Divides a plan among at most `count` simulators. Tasks of one page size and set count share a stack, and stay together.
 * The counts do not depend on it.
 */
export function divide(plan: SweepPlan, { front, checkedPages }: ResolvedSweep, count: number): Share[] {
  const shares = Array.from({ length: count }, () => ({ tasks: [] as number[], curves: [] as PageSize[], load: 0 }));
  const groups = groupsOf(plan).sort((a, b) => b.load - a.load);
  for (const { tasks, curve, load } of groups) {
    const share = shares.reduce((least, other) => (other.load < least.load ? other : least));
    share.load += load;
    share.tasks.push(...tasks);
    if (curve !== null) share.curves.push(curve);
  }
  const busy = shares.filter(({ tasks, curves }) => tasks.length + curves.length > 0);
  return busy.map(({ tasks, curves }) => ({
    work: { tasks: tasks.flatMap((task) => plan.tasks[task] ?? []), curves, front, checkedPages },
    tasks,
  }));
}

interface Group {
  tasks: number[];
  /** A page size whose stack distances are found. */
  curve: PageSize | null;
  /** About how much work it is. */
  load: number;
}

/** Runs of references to one page are shorter, and so more of them, the smaller the pages are. */
const PAGE_SIZE_LOADS: Readonly<Record<PageSize, number>> = { "4K": 4, "2M": 3, "1G": 1 };
const CURVE_LOAD = 3;
const STACK_LOAD = 1;
const DIRECT_LOAD = 2;

function groupsOf({ tasks, pageSizes }: SweepPlan): Group[] {
  const groups = new Map<string, Group>();
  for (const pageSize of pageSizes) {
    groups.set(`curve ${pageSize}`, { tasks: [], curve: pageSize, load: CURVE_LOAD * PAGE_SIZE_LOADS[pageSize] });
  }
  tasks.forEach(({ pageSize, sets, index, engine, policy }, task) => {
    const stack = sets === 1 ? `curve ${pageSize}` : `${pageSize} ${index} ${sets}`;
    const alone = policy === "opt" ? `future ${pageSize}` : `direct ${task}`; // nobody needs to know a future twice
    const name = engine === "direct" ? alone : stack;
    const group = groups.get(name) ?? { tasks: [], curve: null, load: STACK_LOAD * PAGE_SIZE_LOADS[pageSize] };
    group.tasks.push(task);
    if (engine !== "one-pass") group.load += DIRECT_LOAD * PAGE_SIZE_LOADS[pageSize];
    groups.set(name, group);
  });
  return [...groups.values()];
}

/** The counts of all shares as those of the whole plan. */
export function gather<Counts>(shares: readonly Share[], counts: readonly Counts[][]): Counts[] {
  const all: Counts[] = [];
  shares.forEach(({ tasks }, share) => {
    tasks.forEach((task, index) => {
      const counted = counts[share]?.[index];
      if (counted !== undefined) all[task] = counted;
    });
  });
  return all;
}
