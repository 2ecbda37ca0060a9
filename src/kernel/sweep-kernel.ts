/** Simulates TLBs of a sweep over lists of references, which a Kernel made (assembly/references.ts). */
import {
  type Engine,
  LEAF_LEVELS,
  PAGE_SIZES,
  type PageSize,
  type ResolvedFront,
  type ResolvedSweepPoint,
} from "../config/types.ts";
import { type Exports, KernelInstance } from "./instance.ts";

/** A point, and who is to count it. */
export interface SweepTask extends ResolvedSweepPoint {
  /**
   * `one-pass`: the stacks, with LRU only; fully associative ones need the stack distances of their page size.
   * `direct`: a TLB of its own. `check`: both, to be compared.
   */
  engine: Engine | "check";
}

/** What is to be simulated. */
export interface SweepWork {
  tasks: SweepTask[];
  /** Page sizes of which the stack distances are wanted. */
  curves: PageSize[];
  /** L1 TLBs in front of it all. */
  front: ResolvedFront | null;
  /** References after which checks end, of those that differ in their page from the one before; 0: never. */
  checkedPages: number;
  /** Page sizes of which nothing but the uses of pages is wanted, for points with policy `opt` of another sweep. @default none */
  listed?: readonly PageSize[];
  /** Those of them of which that sweep has points that tell second hits. @default none */
  listedTwice?: readonly PageSize[];
}

export interface MissCounts {
  misses: number;
  /** Pages' first stores among them. */
  firstStoreMisses: number;
}

/** Of one point; `null` where it was not counted so. Those of a check are of the time when it ended. */
export interface TaskCounts {
  onePass: MissCounts | null;
  direct: MissCounts | null;
}

/** LRU stack distances: in a fully associative TLB of n entries, references at distances below n hit. */
export interface Distances {
  /** References found at each distance. Of those at distance 0 only some are counted. */
  found: Float64Array;
  /** Pages' first stores among them. */
  firstStores: Float64Array;
  /** References not found: the misses of an infinite TLB. */
  cold: number;
  firstStoresCold: number;
}

/** Of one page size. */
export interface SizeCounts {
  pageSize: PageSize;
  /** Distinct pages touched. */
  footprint: number;
  /** Pages' first stores since they were mapped, hits in L1 among them. */
  firstStores: number;
  l1iMisses: number;
  l1dMisses: number;
  /** `null` if they were not wanted. */
  distances: Distances | null;
}

export interface SweepCounts {
  /** In the order of the tasks. */
  tasks: TaskCounts[];
  /** The page sizes that there was anything to do for. */
  sizes: SizeCounts[];
}

export class SweepKernel {
  readonly #kernel: KernelInstance;
  readonly #exports: Exports;
  /** Which task each of the kernel's points is. */
  #order: { given: number; engine: SweepTask["engine"] }[] = [];
  #sizes: { pageSize: PageSize; hasDistances: boolean }[] = [];
  /** What was counted up to the end of the warm-up, if there was one. */
  #before: SweepCounts | null = null;

  private constructor(kernel: KernelInstance) {
    this.#kernel = kernel;
    this.#exports = kernel.exports;
  }

  /** An instance of `module`, a WebAssembly.Module, by default of the package's own. */
  static async create(module?: object): Promise<SweepKernel> {
    return new SweepKernel(await KernelInstance.create(module));
  }

  /** Starts with every TLB empty. Throws KernelError if there is not enough memory. */
  configure({ tasks, curves, front, checkedPages, listed = [], listedTwice = [] }: SweepWork): void {
    this.#before = null;
    const x = this.#exports;
    const address = this.#kernel.call(() => x.beginSweep(tasks.length));
    if (address === 0) throw this.#kernel.outOfMemory();
    const view = this.#kernel.view();
    const put = (at: number, value: number) => view.setUint32(at, value, true);
    const config = x.sweepConfigAddress();
    const bitsOf = (sizes: readonly PageSize[]) => sizes.reduce((bits, size) => bits | (1 << LEAF_LEVELS[size]), 0);
    put(config + x.SWEEP_DISTANCES.value, bitsOf(curves));
    put(config + x.SWEEP_LISTED.value, bitsOf(listed));
    put(config + x.SWEEP_LISTED_TWICE.value, bitsOf(listedTwice));
    put(config + x.SWEEP_L1I_ENTRIES.value, front?.l1i?.entries ?? 0);
    put(config + x.SWEEP_L1I_WAYS.value, front?.l1i?.ways ?? 0);
    put(config + x.SWEEP_L1D_ENTRIES.value, front?.l1d?.entries ?? 0);
    put(config + x.SWEEP_L1D_WAYS.value, front?.l1d?.ways ?? 0);
    put(config + x.SWEEP_CHECKED_PAGES.value, checkedPages);
    // The order that configureSweep() asks for.
    const order = tasks.map((task, given) => ({ task, given, leafLevel: LEAF_LEVELS[task.pageSize] }));
    order.sort(
      (a, b) => a.leafLevel - b.leafLevel || a.task.sets - b.task.sets || a.task.index.localeCompare(b.task.index),
    );
    this.#order = order.map(({ task, given }) => ({ given, engine: task.engine }));
    order.forEach(({ task, leafLevel }, index) => {
      const at = address + index * x.POINT_BYTES.value;
      put(at + x.POINT_ENTRIES.value, task.entries);
      put(at + x.POINT_WAYS.value, task.ways);
      put(at + x.POINT_LEAF_LEVEL.value, leafLevel);
      put(at + x.POINT_POLICY.value, this.#kernel.policy(task.policy));
      put(at + x.POINT_FOLD_BITS.value, task.index === "xor" ? Math.log2(task.sets) : 0);
      const engines = { "one-pass": x.ENGINE_ONE_PASS, direct: x.ENGINE_DIRECT, check: x.ENGINE_CHECK };
      put(at + x.POINT_ENGINE.value, engines[task.engine].value);
    });
    this.#sizes = PAGE_SIZES.filter(
      (pageSize) => curves.includes(pageSize) || tasks.some((task) => task.pageSize === pageSize),
    ).map((pageSize) => ({ pageSize, hasDistances: curves.includes(pageSize) }));
    this.#kernel.run(() => x.configureSweep());
  }

  /** Takes the next references. Throws KernelError if memory is exhausted. */
  take(references: BigUint64Array): void {
    const x = this.#exports;
    new BigUint64Array(x.memory.buffer, x.referencesAddress(), references.length).set(references);
    this.#kernel.run(() => x.sweepReferences(references.length));
  }

  /**
   * Of a listed page size: for each use of a page by the references taken last, the number of the latest one before it of the same page;
   * uses are numbered from 1, 0 is none. Valid until the next call of any method.
   */
  listedUses(pageSize: PageSize): Uint32Array {
    return this.#usesList(pageSize, this.usesTaken(pageSize));
  }

  /** Of a page size with points of policy `opt`: room for when each page that the next references use is used next. Valid as above. */
  nextUses(pageSize: PageSize): Uint32Array {
    return this.#usesList(pageSize, this.#exports.seenUsesRoom());
  }

  /** Uses of pages that the references taken last made. */
  usesTaken(pageSize: PageSize): number {
    return this.#exports.seenUsesCount(LEAF_LEVELS[pageSize]);
  }

  #usesList(pageSize: PageSize, count: number): Uint32Array {
    return new Uint32Array(this.#exports.memory.buffer, this.#exports.seenUses(LEAF_LEVELS[pageSize]) >>> 0, count);
  }

  /** Has what is taken from here on be counted from 0. */
  endWarmup(): void {
    this.#before = this.#countsOfAll();
  }

  /** What was counted since configure() or the warm-up. */
  counts(): SweepCounts {
    const counts = this.#countsOfAll();
    return this.#before === null ? counts : countsSince(counts, this.#before);
  }

  #countsOfAll(): SweepCounts {
    return this.#kernel.call(() => {
      const x = this.#exports;
      const tasks: TaskCounts[] = [];
      this.#order.forEach(({ given, engine }, point) => {
        const onePass = () => ({
          misses: Number(x.onePassMisses(point)),
          firstStoreMisses: Number(x.onePassFirstStoreMisses(point)),
        });
        const direct = () => ({
          misses: Number(x.directMisses(point)),
          firstStoreMisses: Number(x.directFirstStoreMisses(point)),
        });
        tasks[given] = {
          onePass: engine === "direct" ? null : onePass(),
          direct: engine === "one-pass" ? null : direct(),
        };
      });
      return { tasks, sizes: this.#sizes.map(({ pageSize, hasDistances }) => this.#size(pageSize, hasDistances)) };
    });
  }

  #size(pageSize: PageSize, hasDistances: boolean): SizeCounts {
    const x = this.#exports;
    const level = LEAF_LEVELS[pageSize];
    return {
      pageSize,
      footprint: x.footprint(level) >>> 0,
      firstStores: Number(x.firstStores(level)),
      l1iMisses: Number(x.l1iMisses(level)),
      l1dMisses: Number(x.l1dMisses(level)),
      distances: hasDistances
        ? {
            found: this.#counts(x.distancesFound(level), x.distanceCount(level)),
            firstStores: this.#counts(x.distancesFirstStores(level), x.distanceCount(level)),
            cold: Number(x.coldMisses(level)),
            firstStoresCold: Number(x.firstStoresCold(level)),
          }
        : null,
    };
  }

  /** The `length` u64 at `address`. */
  #counts(address: number, length: number): Float64Array {
    return Float64Array.from(new BigUint64Array(this.#exports.memory.buffer, address >>> 0, length), Number);
  }
}

/** What was counted after `before`. Footprints are of all that was seen. */
function countsSince(counts: SweepCounts, before: SweepCounts): SweepCounts {
  return {
    tasks: counts.tasks.map(({ onePass, direct }, index) => ({
      onePass: missesSince(onePass, before.tasks[index]?.onePass),
      direct: missesSince(direct, before.tasks[index]?.direct),
    })),
    sizes: counts.sizes.map((size, index) => {
      const earlier = before.sizes[index];
      if (earlier === undefined) return size;
      return {
        ...size,
        firstStores: size.firstStores - earlier.firstStores,
        l1iMisses: size.l1iMisses - earlier.l1iMisses,
        l1dMisses: size.l1dMisses - earlier.l1dMisses,
        distances: distancesSince(size.distances, earlier.distances),
      };
    }),
  };
}

function missesSince(counts: MissCounts | null, before: MissCounts | null | undefined): MissCounts | null {
  if (counts === null || before == null) return counts;
  return {
    misses: counts.misses - before.misses,
    firstStoreMisses: counts.firstStoreMisses - before.firstStoreMisses,
  };
}

function distancesSince(counts: Distances | null, before: Distances | null): Distances | null {
  if (counts === null || before === null) return counts;
  return {
    found: counts.found.map((count, distance) => count - (before.found[distance] ?? 0)),
    firstStores: counts.firstStores.map((count, distance) => count - (before.firstStores[distance] ?? 0)),
    cold: counts.cold - before.cold,
    firstStoresCold: counts.firstStoresCold - before.firstStoresCold,
  };
}
