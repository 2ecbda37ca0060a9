/** What both forms of `.pwt` share: the file around blocks, some of which are compressed while the next is made. */
import type { KindCounts, PwtFlags, PwtForm } from "../trace/pwt/layout.ts";
import { ContainerWriter, type Section } from "../trace/pwt/writer.ts";

/** Blocks that are compressed at once, in threads of the platform's. */
const BLOCKS_AT_ONCE = 3;

/** A block whose counts are known and whose bytes are being compressed. */
interface PendingBlock {
  records: KindCounts;
  instructions: number;
  sections: Promise<Section[]>;
}

interface PwtFileOptions {
  form: PwtForm;
  /** Name of the format that the entries come from. */
  source: string;
  flags: PwtFlags;
  /** Objects to be kept before the first block. */
  metadata?: readonly object[] | undefined;
}

/** Gives out the bytes of a file, in the order of its blocks. */
export class PwtFile {
  readonly #writer: ContainerWriter;
  readonly #metadata: readonly object[];
  readonly #pending: PendingBlock[] = [];
  #hasBegun = false;

  constructor({ metadata = [], ...header }: PwtFileOptions) {
    this.#writer = new ContainerWriter(header);
    this.#metadata = metadata;
  }

  /** What stands before the blocks, the first time that it is called. */
  *begin(): Generator<Uint8Array> {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    yield this.#writer.header();
    for (const value of this.#metadata) yield* this.#writer.metadata(value);
  }

  /** Adds the next block. */
  add(block: PendingBlock): void {
    block.sections.catch(() => undefined); // heard of when its turn comes
    this.#pending.push(block);
  }

  /** The blocks that have to be waited for before more are added. */
  async *ready(): AsyncGenerator<Uint8Array> {
    while (this.#pending.length >= BLOCKS_AT_ONCE) yield* this.#take();
  }

  /** The blocks that are left, `metadata`, and the end. */
  async *end(metadata: readonly object[] = []): AsyncGenerator<Uint8Array> {
    while (this.#pending.length > 0) yield* this.#take();
    for (const value of metadata) yield* this.#writer.metadata(value);
    yield* this.#writer.end();
  }

  async *#take(): AsyncGenerator<Uint8Array> {
    const block = this.#pending.shift();
    if (block !== undefined) yield* this.#writer.block(block, await block.sections);
  }
}
