/**
 * Reads `.pwt` files: checks header, blocks, index and end marker, inflates, and hands out one unit a read, for the
 * kernel. docs/pwt.md has the layout. Whatever lengths a file claims, no more than one block is held.
 */
import { TraceError } from "../../errors.ts";
import { type ByteReader, viewOf } from "../bytes.ts";
import { crc32 } from "../crc32.ts";
import type { UnwrapContext } from "../formats/format.ts";
import { inflateRaw } from "./deflate.ts";
import { type FileHeader, readFileHeader } from "./header.ts";
import {
  BLOCK_FIXED_BYTES,
  CHUNK_BLOCK,
  CHUNK_BYTES,
  CHUNK_END,
  CHUNK_INDEX,
  CHUNK_METADATA,
  COMPRESSIONS,
  CRC_BYTES,
  END_BYTES,
  INDEX_ENTRY_BYTES,
  INDEX_HEADER_BYTES,
  MAX_CHUNK_HEADER_BYTES,
  MAX_METADATA_BYTES,
  MAX_PLAIN_BYTES,
  MAX_SECTIONS,
  MAX_STORED_BYTES,
  MAX_UNIT_BYTES,
  METADATA_HEADER_BYTES,
  OPTIONAL,
  PASSED_UNIT_BYTES,
  type PwtForm,
  putIndexEntry,
  SECTION_BYTES,
  UNIT_LENGTH_BYTES,
  UNIT_PAGES,
  UNIT_PASSED,
} from "./layout.ts";

const CUT = "the file was cut off (the disk was full, or the recording or a download was stopped)";
const DAMAGED = "the file is damaged (a bad disk or memory, or a transfer that changed bytes)";

/** What a file is read for. */
export interface PwtContext extends UnwrapContext {
  form: PwtForm;
}

/** A chunk whose header is whole and has the right checksum. */
interface Chunk {
  type: number;
  /** Where in the file it begins. */
  offset: number;
  header: DataView;
  sections: number;
  payloadBytes: number;
}

interface StoredSection {
  layer: number;
  compression: number;
  units: number;
  storedBytes: number;
  plainBytes: number;
  crc: number;
}

/** What was read so far. */
interface Totals {
  records: number;
  instructions: number;
  blocks: number;
}

export class PwtReader implements ByteReader {
  readonly #stored: ByteReader;
  readonly #context: PwtContext;
  /** Bytes of the file read so far. */
  #offset = 0;
  #header: FileHeader | null = null;
  readonly #totals: Totals = { records: 0, instructions: 0, blocks: 0 };
  /** CRC-32 of the index that the blocks so far must have. */
  #indexCrc = 0;
  #indexOffset: number | null = null;
  #ended = false;
  #failure: unknown = null;
  /** Records or instructions that are still to be skipped, and what was skipped since the latest unit. */
  #skip: number;
  readonly #passed = { records: 0, instructions: 0 };
  /** The section whose units are handed out, from `#at` on, and where in the file its block is. */
  #plain: Uint8Array = new Uint8Array(0);
  #at = 0;
  #unitsLeft = 0;
  #blockOffset = 0;
  /** Whether they are to be told from units of whole records. */
  #marksPages = false;
  /** The layers of the first block. */
  #layers: string | null = null;
  #unitBase = 0;
  /** Bytes handed out. */
  #handedOut = 0;
  #storedBuffer: Uint8Array = new Uint8Array(0);

  /** Owns `stored`, a reader of the decompressed file. */
  constructor(stored: ByteReader, context: PwtContext) {
    this.#stored = stored;
    this.#context = context;
    const { skip, thread } = context.selection;
    this.#skip = thread === null ? skip : 0; // blocks do not say whose records they have
  }

  get consumedBytes(): number {
    return this.#stored.consumedBytes;
  }

  /** Where in the file the byte at `offset` of what was handed out last came from. */
  originOf(offset: number): { byteOffset: number; within: string; unitStart: number } {
    const unit = offset - this.#unitBase;
    const within = `block ${this.#totals.blocks}, unit byte ${unit}`;
    return { byteOffset: this.#blockOffset, within, unitStart: this.#unitBase };
  }

  /** The next unit, whole: `target` has MAX_UNIT_BYTES at least. */
  read(target: Uint8Array): number | Promise<number> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#ended) return 0;
    if (target.length < MAX_UNIT_BYTES) throw new Error(`${target.length} bytes have no room for a unit`);
    try {
      return this.#unitsLeft > 0 ? this.#handOut(target) : this.#readOn(target);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** The metadata, objects of JSON, in place of the units: nothing else of the file is looked at. */
  async *metadata(): AsyncGenerator<string, void> {
    await this.#readFileHeader();
    for (;;) {
      const chunk = await this.#readChunk();
      if (chunk.type === CHUNK_METADATA) yield await this.#readMetadata(chunk);
      // They come before the index.
      else if (chunk.type === CHUNK_INDEX || chunk.type === CHUNK_END) return;
      else await this.#skipBytes(chunk.payloadBytes);
    }
  }

  close(): void | Promise<void> {
    return this.#stored.close();
  }

  async #readOn(target: Uint8Array): Promise<number> {
    try {
      this.#header ??= await this.#readFileHeader();
      while (this.#unitsLeft === 0) {
        const chunk = await this.#readChunk();
        if (chunk.type === CHUNK_END) {
          await this.#readEnd(chunk);
          this.#ended = true;
          return this.#passed.records + this.#passed.instructions > 0 ? this.#handOutPassed(target) : 0;
        }
        await this.#readPayload(chunk);
      }
      return this.#passed.records + this.#passed.instructions > 0 ? this.#handOutPassed(target) : this.#handOut(target);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  #readPayload(chunk: Chunk): Promise<unknown> {
    if (chunk.type === CHUNK_BLOCK) return this.#readBlock(chunk);
    if (chunk.type === CHUNK_INDEX) return this.#readIndex(chunk);
    if (chunk.type === CHUNK_METADATA) return this.#readMetadata(chunk);
    if (chunk.type >= OPTIONAL) return this.#skipBytes(chunk.payloadBytes);
    throw this.#error(
      chunk.offset,
      `a chunk of type ${chunk.type}; expected a block (1), the index (2) or the end (3): written by a later version of pagewalk`,
      "unsupported",
    );
  }

  #handOut(target: Uint8Array): number {
    const { byteLength } = this.#plain;
    const left = byteLength - this.#at;
    const view = new DataView(this.#plain.buffer, this.#plain.byteOffset, byteLength);
    const bytes = left < UNIT_LENGTH_BYTES ? 0 : view.getUint32(this.#at, true);
    if (bytes < 2 * UNIT_LENGTH_BYTES || bytes > left || bytes > MAX_UNIT_BYTES) {
      throw this.#damaged(`a unit of ${bytes} bytes, of which ${left} are there`, `8 to ${MAX_UNIT_BYTES}`);
    }
    this.#unitsLeft--;
    if (this.#unitsLeft === 0 && bytes !== left) {
      throw this.#damaged(`${left - bytes} bytes after the last unit`, "none");
    }
    const flags = view.getUint32(this.#at + UNIT_LENGTH_BYTES, true);
    if ((flags & (UNIT_PASSED | UNIT_PAGES)) !== 0) {
      throw this.#damaged(`a unit with flags ${flags}`, "neither 2 nor 8, which only readers set");
    }
    target.set(this.#plain.subarray(this.#at, this.#at + bytes));
    if (this.#marksPages) target[UNIT_LENGTH_BYTES] = flags | UNIT_PAGES;
    this.#at += bytes;
    this.#unitBase = this.#handedOut;
    this.#handedOut += bytes;
    return bytes;
  }

  /** Tells the kernel of the blocks that were skipped. */
  #handOutPassed(target: Uint8Array): number {
    const view = new DataView(target.buffer, target.byteOffset, PASSED_UNIT_BYTES);
    view.setUint32(0, PASSED_UNIT_BYTES, true);
    view.setUint32(4, UNIT_PASSED, true);
    view.setBigUint64(8, BigInt(this.#passed.records), true);
    view.setBigUint64(16, BigInt(this.#passed.instructions), true);
    this.#passed.records = 0;
    this.#passed.instructions = 0;
    this.#handedOut += PASSED_UNIT_BYTES;
    return PASSED_UNIT_BYTES;
  }

  async #readFileHeader(): Promise<FileHeader> {
    const header = await readFileHeader((bytes, what) => this.#take(bytes, what), this.#context.path);
    const { form } = this.#context;
    if (header.form !== form) {
      throw this.#error(9, `the ${header.form} form of .pwt; expected the ${form} form`, "unsupported");
    }
    return header;
  }

  async #readChunk(): Promise<Chunk> {
    const offset = this.#offset;
    const start = await this.#take(CHUNK_BYTES, "a chunk, or the end marker");
    const view = viewOf(start);
    const headerBytes = view.getUint16(2, true);
    if (headerBytes < CHUNK_BYTES + CRC_BYTES || headerBytes > MAX_CHUNK_HEADER_BYTES) {
      throw this.#corrupt(offset, `a chunk header of ${headerBytes} bytes`, `12 to ${MAX_CHUNK_HEADER_BYTES}`);
    }
    const header = new Uint8Array(headerBytes);
    header.set(start);
    header.set(await this.#take(headerBytes - CHUNK_BYTES, "the header of a chunk"), CHUNK_BYTES);
    const stored = viewOf(header).getUint32(headerBytes - CRC_BYTES, true);
    const computed = crc32(header.subarray(0, headerBytes - CRC_BYTES));
    if (stored !== computed) {
      throw this.#corrupt(offset, `a chunk header with CRC-32 ${hex(computed)}`, hex(stored));
    }
    const [type = 0, sections = 0] = header;
    return { type, sections, offset, header: viewOf(header), payloadBytes: view.getUint32(4, true) };
  }

  async #readBlock(chunk: Chunk): Promise<void> {
    const { header, offset, sections: count, payloadBytes } = chunk;
    const totals = this.#totals;
    if (this.#indexOffset !== null) throw this.#corrupt(offset, "a block after the index", "the end marker");
    this.#expectHeader(chunk, BLOCK_FIXED_BYTES + count * SECTION_BYTES + CRC_BYTES);
    if (count < 1 || count > MAX_SECTIONS) throw this.#corrupt(offset, `${count} sections`, `1 to ${MAX_SECTIONS}`);
    this.#expectCount(offset, "first record", header.getBigUint64(8, true), totals.records);
    this.#expectCount(offset, "first instruction", header.getBigUint64(16, true), totals.instructions);
    this.#addToIndex(offset);
    const kinds = [24, 28, 32, 36].map((at) => header.getUint32(at, true));
    const records = kinds.reduce((total, kind) => total + kind, 0);
    const instructions = header.getUint32(40, true);
    totals.blocks++;
    totals.records += records;
    totals.instructions += instructions;
    this.#blockOffset = offset;
    const sections = this.#sectionsOf(chunk);
    const storedBytes = sections.reduce((total, section) => total + section.storedBytes, 0);
    if (storedBytes !== payloadBytes) {
      throw this.#corrupt(offset, `sections of ${storedBytes} bytes`, `${payloadBytes}, the payload`);
    }
    const layers = sections.map(({ layer }) => layer).join(", ");
    this.#layers ??= layers;
    if (layers !== this.#layers)
      throw this.#corrupt(offset, `a block of layers ${layers}`, `${this.#layers}, as before`);
    const units = this.#context.selection.unit === "records" ? records : instructions;
    if (this.#skip > 0 && units <= this.#skip) {
      this.#skip -= units;
      this.#passed.records += records;
      this.#passed.instructions += instructions;
      return this.#skipBytes(payloadBytes);
    }
    this.#skip = 0;
    const wanted = this.#choose(sections, offset);
    for (const section of sections) {
      if (section === wanted) await this.#readSection(section);
      else await this.#skipBytes(section.storedBytes);
    }
  }

  #sectionsOf({ header, sections, offset }: Chunk): StoredSection[] {
    return Array.from({ length: sections }, (_, index) => {
      const at = BLOCK_FIXED_BYTES + index * SECTION_BYTES;
      const section = {
        layer: header.getUint8(at),
        compression: header.getUint8(at + 1),
        units: header.getUint16(at + 2, true),
        storedBytes: header.getUint32(at + 4, true),
        plainBytes: header.getUint32(at + 8, true),
        crc: header.getUint32(at + 12, true),
      };
      const { compression, storedBytes, plainBytes } = section;
      if (plainBytes > MAX_PLAIN_BYTES || storedBytes > MAX_STORED_BYTES) {
        throw this.#corrupt(offset, `a section of ${storedBytes} bytes stored, ${plainBytes} plain`, "at most 4 MiB");
      }
      if (compression > COMPRESSIONS.deflate) {
        const found = `a section compressed by method ${compression}; expected 0 (none) or 1 (deflate)`;
        throw this.#error(offset, `${found}: written by a later version of pagewalk`, "unsupported");
      }
      if (compression === COMPRESSIONS.none && storedBytes !== plainBytes) {
        throw this.#corrupt(offset, `a section of ${storedBytes} bytes stored, not compressed`, `${plainBytes}`);
      }
      return section;
    });
  }

  /** The section that has least and all that is wanted. */
  #choose(sections: readonly StoredSection[], offset: number): StoredSection {
    const { stripSlots, entries } = this.#context.wants;
    const most = entries ? 0 : stripSlots;
    let best: StoredSection | null = null;
    for (const section of sections) {
      if (section.layer <= most && (best === null || section.layer > best.layer)) best = section;
    }
    if (best === null) throw this.#corrupt(offset, "no section of layer 0", "one");
    return best;
  }

  async #readSection({ layer, compression, units, storedBytes, plainBytes, crc }: StoredSection): Promise<void> {
    if (this.#storedBuffer.length < storedBytes) this.#storedBuffer = new Uint8Array(storedBytes);
    const stored = this.#storedBuffer.subarray(0, storedBytes);
    await this.#fill(stored, `block ${this.#totals.blocks}`);
    let plain: Uint8Array = stored;
    if (compression === COMPRESSIONS.deflate) {
      try {
        const inflating = inflateRaw(stored, plainBytes);
        plain = inflating instanceof Promise ? await inflating : inflating;
      } catch (error) {
        throw this.#damaged("data that do not inflate", `${plainBytes} bytes of deflate`, error);
      }
    }
    const computed = crc32(plain);
    if (computed !== crc) throw this.#damaged(`data with CRC-32 ${hex(computed)}`, hex(crc));
    if (units === 0 && plainBytes > 0) throw this.#damaged(`${plainBytes} bytes after the last unit`, "none");
    this.#plain = plain;
    this.#at = 0;
    this.#unitsLeft = units;
    this.#marksPages = layer > 0 && this.#context.form === "full";
  }

  /** Nothing in it is needed by who reads from the beginning, but what it says must be true. */
  async #readIndex(chunk: Chunk): Promise<void> {
    const { header, offset, payloadBytes } = chunk;
    const { blocks } = this.#totals;
    if (this.#indexOffset !== null) throw this.#corrupt(offset, "a second index", "the end marker");
    this.#expectHeader(chunk, INDEX_HEADER_BYTES);
    if (header.getUint32(8, true) !== blocks || payloadBytes !== blocks * INDEX_ENTRY_BYTES) {
      const found = `an index of ${header.getUint32(8, true)} blocks in ${payloadBytes} bytes`;
      throw this.#corrupt(offset, found, `${blocks} blocks`);
    }
    let crc = 0;
    for (let left = payloadBytes; left > 0; ) {
      const piece = await this.#take(Math.min(left, 64 * INDEX_ENTRY_BYTES), "the index");
      crc = crc32(piece, crc);
      left -= piece.length;
    }
    if (crc !== header.getUint32(12, true)) {
      throw this.#corrupt(offset, `an index with CRC-32 ${hex(crc)}`, hex(header.getUint32(12, true)));
    }
    if (crc !== this.#indexCrc) {
      throw this.#corrupt(offset, "an index of other blocks", "where these begin, and their first records");
    }
    this.#indexOffset = offset;
  }

  #addToIndex(offset: number): void {
    const entry = new Uint8Array(INDEX_ENTRY_BYTES);
    const { records, instructions } = this.#totals;
    putIndexEntry(viewOf(entry), 0, { offset, firstRecord: records, firstInstruction: instructions });
    this.#indexCrc = crc32(entry, this.#indexCrc);
  }

  async #readMetadata(chunk: Chunk): Promise<string> {
    const { header, offset, payloadBytes } = chunk;
    this.#expectHeader(chunk, METADATA_HEADER_BYTES);
    if (payloadBytes > MAX_METADATA_BYTES) {
      throw this.#corrupt(offset, `metadata of ${payloadBytes} bytes`, `at most ${MAX_METADATA_BYTES}`);
    }
    const json = new Uint8Array(payloadBytes);
    await this.#fill(json, "metadata");
    const computed = crc32(json);
    if (computed !== header.getUint32(8, true)) {
      throw this.#corrupt(offset, `metadata with CRC-32 ${hex(computed)}`, hex(header.getUint32(8, true)));
    }
    return new TextDecoder().decode(json);
  }

  async #readEnd(chunk: Chunk): Promise<void> {
    const { header, offset } = chunk;
    const totals = this.#totals;
    this.#expectHeader(chunk, END_BYTES);
    if (chunk.payloadBytes !== 0) throw this.#corrupt(offset, `${chunk.payloadBytes} bytes in the end marker`, "none");
    let records = 0n;
    for (const at of [8, 16, 24, 32]) records += header.getBigUint64(at, true);
    this.#expectCount(offset, "records", records, totals.records);
    this.#expectCount(offset, "instructions", header.getBigUint64(40, true), totals.instructions);
    this.#expectCount(offset, "blocks", BigInt(header.getUint32(48, true)), totals.blocks);
    if (this.#indexOffset === null) throw this.#corrupt(offset, "an end marker without an index", "one");
    this.#expectCount(offset, "offset of the index", header.getBigUint64(56, true), this.#indexOffset);
    const after = await this.#stored.read(new Uint8Array(1));
    if (after !== 0) throw this.#corrupt(this.#offset, "bytes after the end marker", "none");
  }

  #expectHeader({ header, offset }: Chunk, bytes: number): void {
    if (header.byteLength !== bytes) {
      throw this.#corrupt(offset, `a chunk header of ${header.byteLength} bytes`, `${bytes}`);
    }
  }

  #expectCount(offset: number, what: string, found: bigint, expected: number): void {
    if (found !== BigInt(expected))
      throw this.#corrupt(offset, `${what} ${found}`, `${expected}, from the blocks before`);
  }

  /** The next `bytes` bytes. */
  async #take(bytes: number, what: string): Promise<Uint8Array> {
    const taken = new Uint8Array(bytes);
    await this.#fill(taken, what);
    return taken;
  }

  async #fill(target: Uint8Array, what: string): Promise<void> {
    const start = this.#offset;
    for (let filled = 0; filled < target.length; ) {
      const reading = this.#stored.read(target.subarray(filled));
      const got = typeof reading === "number" ? reading : await reading;
      if (got === 0) throw this.#truncated(start, filled, target.length, what);
      filled += got;
      this.#offset += got;
    }
  }

  async #skipBytes(bytes: number): Promise<void> {
    const scratch = new Uint8Array(Math.min(bytes, 64 << 10));
    for (let left = bytes; left > 0; left -= Math.min(left, scratch.length)) {
      await this.#fill(scratch.subarray(0, left), `block ${this.#totals.blocks}`);
    }
  }

  #truncated(start: number, found: number, expected: number, what: string): TraceError {
    const { blocks } = this.#totals;
    const wholeBlocks = what === `block ${blocks}` ? blocks - 1 : blocks;
    const whole = `${wholeBlocks === 1 ? "1 whole block is" : `${wholeBlocks} whole blocks are`} there`;
    const reason = `the file is truncated: found ${found} of the ${expected} bytes of ${what}; ${whole}; ${CUT}`;
    return this.#error(start, reason, "truncated");
  }

  /** Something in the payload of the block at hand. */
  #damaged(found: string, expected: string, cause?: unknown): TraceError {
    return this.#corrupt(this.#blockOffset, `${found} in block ${this.#totals.blocks}`, expected, cause);
  }

  #corrupt(offset: number, found: string, expected: string, cause?: unknown): TraceError {
    return this.#error(offset, `found ${found}; expected ${expected}: ${DAMAGED}`, "corrupt", cause);
  }

  #error(byteOffset: number, reason: string, code: TraceError["code"], cause?: unknown): TraceError {
    return new TraceError(reason, { path: this.#context.path, byteOffset }, cause, code);
  }
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}
