/**
 * What Linux does to tables of the example process so that an access that faulted goes through: it brings a page, or
 * copies one. Not modelled: the zero page (a page that is read first has a frame of its own, but is read-only likewise
 * until it is written), and pages around it that Linux brings along.
 */
import { LEAF_LEVELS } from "../config/types.ts";
import type { Processor } from "../kernel/processor.ts";
import { type ExampleRegion, type ExampleTables, pageShift, type TableWrite } from "./example-process.ts";

/** Frames for copies, above all that the example has. Each is as large as the largest page that is copied. */
const COPIES_AT = 0x8000_0000n;
const COPY_BYTES = 1n << 21n;

/** Brings pages into one set of tables. */
export class DemandPaging {
  readonly #processor: Processor;
  readonly #tables: ExampleTables;
  #nextCopy = COPIES_AT;

  constructor(processor: Processor, tables: ExampleTables) {
    this.#processor = processor;
    this.#tables = tables;
  }

  /** Maps the page of `va` in `region`, for a write or not. Returns the entries that were written, from the top. */
  bring(region: ExampleRegion, va: bigint, isWrite: boolean): TableWrite[] {
    const level = LEAF_LEVELS[region.pageSize];
    const page = (va >> pageShift(level)) << pageShift(level);
    const written: TableWrite[] = [];
    const address = this.#tables.entryAddress(page, level, written);
    const frame = isWrite && region.copyOnWrite ? this.#newCopy() : region.physicalAddress + (page - region.va);
    const flags = { ...region.flags, RW: isWrite, A: true, D: isWrite };
    const before = this.#processor.readEntry(address);
    const after = this.#processor.entries.make(frame, flags);
    this.#processor.writeEntry(address, after);
    return [...written, { address, before, after }];
  }

  #newCopy(): bigint {
    const frame = this.#nextCopy;
    this.#nextCopy += COPY_BYTES;
    return frame;
  }
}
