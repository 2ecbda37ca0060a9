/** Writes the pages-only form of `.pwt`: docs/pwt.md. */
import type { Kernel } from "../kernel/kernel.ts";
import type { PagesBlock, PagesBlockEncoder } from "../kernel/pages-encoder.ts";
import type { KindCounts } from "../trace/pwt/layout.ts";
import { ContainerWriter, makeSection, type Section } from "../trace/pwt/writer.ts";
import type { OutputFormat, TraceEncoder } from "./encoder.ts";
import type { PwtOptions } from "./pwt.ts";
import { PAGES_LEVEL, resolveDeflation } from "./pwt-deflation.ts";

export const pwtPagesOutput: OutputFormat = {
  name: "pwt-pages",
  title: "pagewalk's container, .pwt, pages only",
  specification: "docs/pwt.md",
  extensions: [".pages.pwt"],
  isText: false,
  options: ["compression", "level"],
  start: (kernel, { format }, options) =>
    createPagesEncoder(kernel, { source: format.name, ...resolveDeflation(options) }),
};

/** Blocks that are compressed at once, in threads of the platform's. */
const BLOCKS_AT_ONCE = 3;

/**
 * An encoder for the entries of `kernel`, which must be configured to give them out (`configureEntries()`). Threads become
 * one stream. Holds a few blocks, 1.5 MiB each at most. Throws KernelError if there is no memory for it.
 */
export function createPagesEncoder(kernel: Kernel, options: PwtOptions): TraceEncoder {
  return new PagesEncoder(kernel.pagesEncoder(), options);
}

/** Blocks whose counts are known and whose bytes are being compressed. */
interface Pending {
  records: KindCounts;
  instructions: number;
  sections: Promise<Section[]>;
}

class PagesEncoder implements TraceEncoder {
  readonly #blocks: PagesBlockEncoder;
  readonly #options: PwtOptions;
  readonly #writer: ContainerWriter;
  readonly #pending: Pending[] = [];
  #hasBegun = false;

  constructor(blocks: PagesBlockEncoder, options: PwtOptions) {
    this.#blocks = blocks;
    this.#options = options;
    const hasInstructions = options.flags?.hasInstructions;
    this.#writer = new ContainerWriter({ form: "pages", source: options.source, flags: { hasInstructions } });
  }

  async *encode(): AsyncGenerator<Uint8Array> {
    this.#blocks.take();
    yield* this.#begin();
    for (let block = this.#blocks.next(); block !== null; block = this.#blocks.next()) {
      this.#add(block);
      while (this.#pending.length >= BLOCKS_AT_ONCE) yield* this.#takeBlock();
    }
  }

  async *finish(): AsyncGenerator<Uint8Array> {
    yield* this.#begin();
    const block = this.#blocks.finish();
    if (block !== null) this.#add(block);
    while (this.#pending.length > 0) yield* this.#takeBlock();
    yield* this.#writer.end();
  }

  *#begin(): Generator<Uint8Array> {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    yield this.#writer.header();
    for (const value of this.#options.metadata ?? []) yield* this.#writer.metadata(value);
  }

  #add({ records, instructions, layers }: PagesBlock): void {
    const { compression = "deflate", level = PAGES_LEVEL } = this.#options;
    const sections = Promise.all(
      layers.map(({ layer, units, bytes }) => makeSection(layer, units, bytes.slice(), compression, level)),
    );
    sections.catch(() => undefined); // heard of when its turn comes
    this.#pending.push({ records, instructions, sections });
  }

  async *#takeBlock(): AsyncGenerator<Uint8Array> {
    const block = this.#pending.shift();
    if (block === undefined) return;
    yield* this.#writer.block(block, await block.sections);
  }
}
