/**
 * A sweep, one TLB after the other. Nothing here knows of stacks: TLBs of every size are that many TLBs, each of which
 * sees every reference.
 */
import type { ResolvedSweep, ResolvedSweepPoint, Stream } from "../../src/config/types.ts";
import type { SweepPoint, SweepResult } from "../../src/report/results.ts";
import { LEAF_LEVEL, type PageSize, pageNumberAt, type Step } from "./access.ts";
import { deleteRange, type Operation, operationsOf, SweptTlbs } from "./swept-tlbs.ts";

/** All of a point that is counted or given: no ratios, and not who counted it. */
type CountedPoint = Omit<SweepPoint, "engine" | "missRatio" | "mpki">;
type CountedL1 = Omit<SweepResult["l1"][number], "missRatio" | "mpki">;

/** All of a sweep's result that is counted, but for the curves. */
export type CountedSweep = Pick<SweepResult, "stream" | "references" | "lookups" | "invalidations"> & {
  l1: CountedL1[];
  points: CountedPoint[];
};

/** A sweep over `steps`. What is asked for is simulated when it is asked for, once. */
export class ReferenceSweep {
  readonly #resolved: ResolvedSweep;
  readonly #operations: Operation[];
  readonly #flushes: number;
  /** What was simulated already, by what it is. */
  readonly #known = new Map<string, number>();

  constructor(steps: readonly Step[], resolved: ResolvedSweep) {
    this.#resolved = resolved;
    this.#operations = operationsOf(steps, resolved.stream, resolved.flushEvery);
    this.#flushes = this.#operations.filter(({ kind }) => kind === "flush").length;
  }

  /** The page sizes of the sweep, in the order of their points. */
  get pageSizes(): PageSize[] {
    return [...new Set([...this.#resolved.points.map(({ pageSize }) => pageSize), ...this.#resolved.auto])];
  }

  /** Distinct pages that are referenced, were they all of this size, whatever is unmapped. */
  footprint(pageSize: PageSize): number {
    return new Set(this.#references().map(({ vpn }) => pageNumberAt(vpn, LEAF_LEVEL[pageSize]))).size;
  }

  /** Lookups in every point of the page size. */
  lookups(pageSize: PageSize): number {
    return this.#once(`${pageSize} lookups`, () => {
      const { hits, misses } = this.#machine(infinite(pageSize)).point;
      return hits + misses;
    });
  }

  /** Misses of a TLB that holds all pages but those that were invalidated. */
  coldMisses(pageSize: PageSize): number {
    return this.#once(`${pageSize} cold`, () => {
      let misses = 0;
      const present = new Set<number>();
      const level = LEAF_LEVEL[pageSize];
      for (const operation of this.#operations) {
        if (operation.kind === "flush") {
          present.clear();
        } else if (operation.kind === "unmap") {
          deleteRange(present, pageNumberAt(operation.firstVpn, level), pageNumberAt(operation.lastVpn, level));
        } else {
          const page = pageNumberAt(operation.vpn, level);
          if (!present.has(page)) misses++;
          present.add(page);
        }
      }
      return misses;
    });
  }

  /** Misses of a fully associative LRU TLB. One of no entries misses all that it is asked for. */
  missesOf(pageSize: PageSize, entries: number): number {
    if (entries === 0) return this.lookups(pageSize);
    return this.#once(
      `${pageSize} ${entries}`,
      () => this.#machine({ ...infinite(pageSize), entries, ways: entries }).point.misses,
    );
  }

  point(point: ResolvedSweepPoint): CountedPoint {
    const { pageSize, policy, index, entries, ways, sets } = point;
    const machine = this.#machine(point);
    const { hits, misses } = machine.point;
    const coldMisses = this.coldMisses(pageSize);
    const capacityMisses = this.missesOf(pageSize, entries) - coldMisses;
    return {
      ...{
        pageSize,
        policy,
        index,
        entries,
        ways,
        sets,
        hits,
        misses,
      },
      ...{ coldMisses, capacityMisses, conflictMisses: misses - coldMisses - capacityMisses },
      setDirty: machine.setDirty,
    };
  }

  /** The points of the sweep; where all sizes are asked for, those of 1 entry to as many as there are pages. */
  points(): CountedPoint[] {
    const sizes = this.#resolved.auto.flatMap((pageSize) =>
      Array.from({ length: this.footprint(pageSize) }, (_, index) => ({
        ...infinite(pageSize),
        entries: index + 1,
        ways: index + 1,
      })),
    );
    return [...this.#resolved.points, ...sizes].map((point) => this.point(point));
  }

  /** The L1 TLBs in front, which are the same for all points of a page size. */
  l1(): CountedL1[] {
    const { front } = this.#resolved;
    return this.pageSizes.flatMap((pageSize) => {
      const { l1i, l1d } = this.#machine(infinite(pageSize));
      return [
        { name: "L1I" as const, geometry: front?.l1i, tlb: l1i },
        { name: "L1D" as const, geometry: front?.l1d, tlb: l1d },
      ].flatMap(({ name, geometry, tlb }) => {
        if (!geometry || tlb === null) return [];
        const { entries, ways } = geometry;
        const { hits, misses } = tlb;
        return [{ pageSize, name, policy: "lru" as const, entries, ways, lookups: hits + misses, hits, misses }];
      });
    });
  }

  counts(): CountedSweep {
    return {
      stream: this.#resolved.stream,
      references: this.#references().length,
      lookups: this.pageSizes.map((pageSize) => ({ pageSize, lookups: this.lookups(pageSize) })),
      invalidations: {
        flushes: this.#flushes,
        unmaps: this.#operations.filter(({ kind }) => kind === "unmap").length,
      },
      l1: this.l1(),
      points: this.points(),
    };
  }

  #references() {
    return this.#operations.filter((operation) => operation.kind === "reference");
  }

  #once(name: string, count: () => number): number {
    const known = this.#known.get(name) ?? count();
    this.#known.set(name, known);
    return known;
  }

  #machine(point: ResolvedSweepPoint): SweptTlbs {
    return new SweptTlbs(point, this.#resolved.front).run(this.#operations);
  }
}

/** A fully associative LRU TLB without end. */
function infinite(pageSize: PageSize): ResolvedSweepPoint {
  const entries = Number.POSITIVE_INFINITY;
  return { pageSize, policy: "lru", index: "modulo", entries, ways: entries, sets: 1 };
}

/** Returns what each of `points` would do with the references of `stream`, in the order of `points`. */
export function referenceSweep(
  steps: readonly Step[],
  stream: Stream,
  points: readonly ResolvedSweepPoint[],
): CountedPoint[] {
  return new ReferenceSweep(steps, sweepOf(points, { stream })).points();
}

/** A sweep of `points` over all references, without L1 TLBs, flushes and checks, but for what is given. */
export function sweepOf(points: readonly ResolvedSweepPoint[], fields: Partial<ResolvedSweep> = {}): ResolvedSweep {
  return {
    stream: "all",
    points: [...points],
    auto: [],
    front: null,
    flushEvery: 0,
    check: 0,
    checkedPages: 0,
    ...fields,
  };
}
