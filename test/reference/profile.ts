/**
 * The profile of a run, the plain way: every page of every record is replayed by itself, what missed is noted with its
 * page, and when all is known, intervals and blocks are made as large as they have to be.
 */
import type { ResolvedConfig } from "../../src/config/types.ts";
import type { RunProfile } from "../../src/report/results.ts";
import { type Access, LEAF_LEVEL, touchedPages } from "./access.ts";
import { type Misses, ReferenceMachine } from "./machine.ts";

const MAX_INTERVALS = 512;
const MAX_BLOCKS = 1024;
const MAX_PROTECTIONS = 16;
const MARK_RECORDS = 4096;

/** What one page of one record missed. */
interface Miss {
  vpn: number;
  /** Marks that had been passed. */
  marks: number;
  misses: Misses;
}

export interface CountedProfile extends Omit<RunProfile, "intervalRecords" | "intervals"> {
  /** Marks to an interval. */
  intervalMarks: number;
  /** The last one is that after the last mark that ended one, whether it has a record or not. */
  intervals: Misses[];
}

export class ReferenceProfile {
  readonly #machine: ReferenceMachine;
  readonly #pageBytes: number;
  readonly #misses: Miss[] = [];
  readonly #protections: { record: Access; marks: number }[] = [];
  #marks = 0;

  constructor(config: ResolvedConfig) {
    this.#machine = new ReferenceMachine(config);
    this.#pageBytes = 4096 * 512 ** (LEAF_LEVEL[config.pageSize] - 1);
  }

  access(record: Access): void {
    const vpns = touchedPages(record.va, record.size);
    if (vpns === null) this.#protections.push({ record, marks: this.#marks });
    for (const vpn of vpns ?? []) {
      const before = this.#machine.misses();
      this.#machine.access(record.kind, BigInt(vpn) << 12n, 1);
      const misses = combined(this.#machine.misses(), before, -1);
      if (l1Misses(misses) > 0) this.#misses.push({ vpn, marks: this.#marks, misses });
    }
  }

  mark(): void {
    this.#marks++;
  }

  counts(): CountedProfile {
    let intervalMarks = 1;
    while (Math.floor(this.#marks / intervalMarks) >= MAX_INTERVALS) intervalMarks *= 2;
    let blockBytes = this.#pageBytes;
    while (new Set(this.#misses.map(({ vpn }) => blockOf(vpn, blockBytes))).size > MAX_BLOCKS) blockBytes *= 2;

    const count = Math.floor(this.#marks / intervalMarks) + 1;
    const intervals = Array.from({ length: count }, () => NOTHING);
    const zeros = () => Array<number>(count).fill(0);
    const blocks = new Map<number, { l1Misses: number[]; stlbMisses: number[] }>();
    for (const { vpn, marks, misses } of this.#misses) {
      const interval = Math.floor(marks / intervalMarks);
      intervals[interval] = combined(intervals[interval] ?? NOTHING, misses, 1);
      const number = blockOf(vpn, blockBytes);
      const block = blocks.get(number) ?? { l1Misses: zeros(), stlbMisses: zeros() };
      block.l1Misses[interval] = (block.l1Misses[interval] ?? 0) + l1Misses(misses);
      block.stlbMisses[interval] = (block.stlbMisses[interval] ?? 0) + misses.stlbMisses;
      blocks.set(number, block);
    }
    return {
      intervalMarks,
      intervals,
      blockBytes,
      blocks: [...blocks]
        .sort(([a], [b]) => a - b)
        .map(([number, counts]) => ({ address: hex(BigInt(number) * BigInt(blockBytes)), ...counts })),
      generalProtections: this.#protections.slice(0, MAX_PROTECTIONS).map(({ record, marks }) => ({
        address: hex((firstNotCanonical(record) >> 12n) << 12n),
        access: record.kind,
        interval: Math.floor(marks / intervalMarks),
      })),
    };
  }
}

/** Of a record that is not canonical as a whole: only the end of the lower half can lie within one. */
function firstNotCanonical({ va }: Access): bigint {
  return BigInt.asIntN(48, va) === BigInt.asIntN(64, va) ? 1n << 47n : va;
}

/** The profile of a run of `records`. */
export function referenceProfile(records: readonly Access[], config: ResolvedConfig): RunProfile {
  const model = new ReferenceProfile(config);
  records.forEach((record, index) => {
    model.access(record);
    if ((index + 1) % MARK_RECORDS === 0) model.mark();
  });
  const { intervalMarks, intervals, blocks, ...rest } = model.counts();
  const intervalRecords = intervalMarks * MARK_RECORDS;
  const begun = Math.ceil(records.length / intervalRecords);
  return {
    intervalRecords,
    intervals: intervals.slice(0, begun).map((misses, index) => ({
      records: Math.min(intervalRecords, records.length - index * intervalRecords),
      ...misses,
    })),
    blocks: blocks.map(({ address, l1Misses, stlbMisses }) => ({
      address,
      l1Misses: l1Misses.slice(0, begun),
      stlbMisses: stlbMisses.slice(0, begun),
    })),
    ...rest,
  };
}

const NOTHING: Misses = { l1iMisses: 0, l1dMisses: 0, stlbMisses: 0, walkReferences: 0, minorFaults: 0 };

function combined(a: Misses, b: Misses, sign: 1 | -1): Misses {
  return {
    l1iMisses: a.l1iMisses + sign * b.l1iMisses,
    l1dMisses: a.l1dMisses + sign * b.l1dMisses,
    stlbMisses: a.stlbMisses + sign * b.stlbMisses,
    walkReferences: a.walkReferences + sign * b.walkReferences,
    minorFaults: a.minorFaults + sign * b.minorFaults,
  };
}

const l1Misses = ({ l1iMisses, l1dMisses }: Misses) => l1iMisses + l1dMisses;

/** Number of the block of `blockBytes` that holds 4 KiB page `vpn`. */
const blockOf = (vpn: number, blockBytes: number) => Math.floor(vpn / (blockBytes / 4096));

const hex = (address: bigint) => `0x${address.toString(16)}`;
