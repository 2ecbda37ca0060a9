/** The full form of `.pwt`: docs/pwt.md. Units are encoded by assembly/pwt/encode.ts. */
import type { Kernel } from "../kernel/kernel.ts";
import type { PwtUnit, PwtUnitEncoder } from "../kernel/pwt-encoder.ts";
import { DEFAULT_LEVEL } from "../trace/pwt/deflate.ts";
import type { PwtCompression, PwtFlags } from "../trace/pwt/layout.ts";
import { makeSection } from "../trace/pwt/writer.ts";
import type { Losses, OutputFormat, TraceEncoder } from "./encoder.ts";
import { lossesOf } from "./losses.ts";
import type { EncoderOptions } from "./options.ts";
import { PAGES_LEVEL, resolveDeflation } from "./pwt-deflation.ts";
import { PwtFile } from "./pwt-file.ts";

export const pwtOutput: OutputFormat = {
  name: "pwt",
  title: "pagewalk's container, .pwt",
  specification: "docs/pwt.md",
  extensions: [".pwt"],
  isText: false,
  options: ["compression", "level"],
  start: (kernel, { format }, options) =>
    createPwtEncoder(kernel, {
      source: format.name,
      metadataAtEnd: options.metadata,
      ...resolveDeflation(options),
    }),
};

export interface PwtOptions {
  /** Name of the format that the entries come from. */
  source: string;
  /** What that format tells. */
  flags?: PwtFlags | undefined;
  /** Of the blocks. Choose "none" for a file that is to be compressed as a whole. @default "deflate" */
  compression?: PwtCompression | undefined;
  /** zlib's, 1 to 9. @default 1 for whole records, 6 for pages */
  level?: number | undefined;
  /** Objects of JSON to be kept with the trace, each 1 MiB at most, before the first block. */
  metadata?: readonly object[] | undefined;
  /** The same, behind the last block. */
  metadataAtEnd?: EncoderOptions["metadata"];
}

/** Bytes and records at which a block ends; a window that skips passes whole blocks. */
const BLOCK_BYTES = 960 << 10;
const BLOCK_RECORDS = 1 << 20;

/**
 * An encoder for the entries of `kernel`, which must be configured to give them out (`configureEntries()`). Holds a few
 * blocks, 1 MiB each.
 */
export function createPwtEncoder(kernel: Kernel, options: PwtOptions): TraceEncoder {
  return new PwtEncoder(kernel.pwtEncoder(), options);
}

class PwtEncoder implements TraceEncoder {
  readonly #units: PwtUnitEncoder;
  readonly #options: PwtOptions;
  readonly #file: PwtFile;
  #block: PwtUnit[] = [];
  #blockBytes = 0;
  #blockRecords = 0;

  constructor(units: PwtUnitEncoder, options: PwtOptions) {
    this.#units = units;
    this.#options = options;
    const { source, flags = {}, metadata } = options;
    this.#file = new PwtFile({ form: "full", source, flags, metadata });
  }

  async *encode(): AsyncGenerator<Uint8Array> {
    this.#units.take();
    yield* this.#file.begin();
    for (let unit = this.#units.next(); unit !== null; unit = this.#units.next()) {
      this.#add(unit);
      yield* this.#file.ready();
    }
  }

  async *finish(): AsyncGenerator<Uint8Array> {
    yield* this.#file.begin();
    const unit = this.#units.finish();
    if (unit !== null) this.#add(unit);
    this.#endBlock();
    yield* this.#file.end(await this.#options.metadataAtEnd?.());
  }

  losses(): Losses {
    return lossesOf(this.#units, "the full form of .pwt");
  }

  #add(unit: PwtUnit): void {
    this.#block.push({ ...unit, bytes: unit.bytes.slice() });
    this.#blockBytes += unit.bytes.length;
    this.#blockRecords += unit.records.reduce((total, count) => total + count, 0);
    if (this.#blockBytes >= BLOCK_BYTES || this.#blockRecords >= BLOCK_RECORDS || unit.isLast) this.#endBlock();
  }

  #endBlock(): void {
    const units = this.#block;
    if (units.length === 0) return;
    const plain = new Uint8Array(this.#blockBytes);
    this.#block = [];
    this.#blockBytes = 0;
    this.#blockRecords = 0;
    let at = 0;
    const records: [number, number, number, number] = [0, 0, 0, 0];
    let instructions = 0;
    for (const unit of units) {
      plain.set(unit.bytes, at);
      at += unit.bytes.length;
      unit.records.forEach((count, kind) => {
        records[kind as 0] += count;
      });
      instructions += unit.instructions;
    }
    const { compression = "deflate", level = DEFAULT_LEVEL } = this.#options;
    const sections = Promise.all([
      makeSection(0, units.length, plain, compression, level),
      ...this.#units.endBlock().map((pages) => {
        const bytes = pages.bytes.slice();
        return makeSection(pages.layer, pages.units, bytes, compression, this.#options.level ?? PAGES_LEVEL);
      }),
    ]);
    this.#file.add({ records, instructions, sections });
  }
}
