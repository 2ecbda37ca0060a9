/** Writes the pages-only form of `.pwt`: docs/pwt.md. */
import type { Kernel } from "../kernel/kernel.ts";
import type { PagesBlock, PagesBlockEncoder } from "../kernel/pages-encoder.ts";
import { makeSection } from "../trace/pwt/writer.ts";
import type { OutputFormat, TraceEncoder } from "./encoder.ts";
import type { PwtOptions } from "./pwt.ts";
import { PAGES_LEVEL, resolveDeflation } from "./pwt-deflation.ts";
import { PwtFile } from "./pwt-file.ts";

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

/**
 * An encoder for the entries of `kernel`, which must be configured to give them out (`configureEntries()`). Threads become
 * one stream. Holds a few blocks, 1.5 MiB each at most. Throws KernelError if there is no memory for it.
 */
export function createPagesEncoder(kernel: Kernel, options: PwtOptions): TraceEncoder {
  return new PagesEncoder(kernel.pagesEncoder(), options);
}

class PagesEncoder implements TraceEncoder {
  readonly #blocks: PagesBlockEncoder;
  readonly #options: PwtOptions;
  readonly #file: PwtFile;

  constructor(blocks: PagesBlockEncoder, options: PwtOptions) {
    this.#blocks = blocks;
    this.#options = options;
    const { source, flags, metadata } = options;
    this.#file = new PwtFile({
      form: "pages",
      source,
      flags: { hasInstructions: flags?.hasInstructions },
      metadata,
    });
  }

  async *encode(): AsyncGenerator<Uint8Array> {
    this.#blocks.take();
    yield* this.#file.begin();
    for (let block = this.#blocks.next(); block !== null; block = this.#blocks.next()) {
      this.#add(block);
      yield* this.#file.ready();
    }
  }

  async *finish(): AsyncGenerator<Uint8Array> {
    yield* this.#file.begin();
    const block = this.#blocks.finish();
    if (block !== null) this.#add(block);
    yield* this.#file.end();
  }

  #add({ records, instructions, layers }: PagesBlock): void {
    const { compression = "deflate", level = PAGES_LEVEL } = this.#options;
    const sections = Promise.all(
      layers.map(({ layer, units, bytes }) => makeSection(layer, units, bytes.slice(), compression, level)),
    );
    this.#file.add({ records, instructions, sections });
  }
}
