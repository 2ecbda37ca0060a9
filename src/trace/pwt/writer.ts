/** Writes the framing of `.pwt` files; docs/pwt.md has the layout. What is in the sections is no concern of it. */
import { viewOf } from "../bytes.ts";
import { crc32 } from "../crc32.ts";
import { compress } from "./deflate.ts";
import {
  BLOCK_FIXED_BYTES,
  type BlockCounts,
  CHUNK_BLOCK,
  CHUNK_END,
  CHUNK_INDEX,
  CHUNK_METADATA,
  COMPRESSIONS,
  CRC_BYTES,
  END_BYTES,
  FLAGS,
  FORMS,
  HEADER_BYTES,
  INDEX_ENTRY_BYTES,
  INDEX_HEADER_BYTES,
  MAGIC,
  MAX_METADATA_BYTES,
  MAX_NAME_BYTES,
  MAX_PLAIN_BYTES,
  MAX_SECTIONS,
  METADATA_HEADER_BYTES,
  type PwtCompression,
  type PwtFlags,
  type PwtForm,
  putIndexEntry,
  SECTION_BYTES,
  VERSION,
} from "./layout.ts";

export interface ContainerOptions {
  form: PwtForm;
  /** Name of the format that the trace was in. */
  source: string;
  flags?: PwtFlags;
}

/** A section as it is stored. */
export interface Section {
  /** Strip slots that it is made for: 0 for everything; see docs/pwt.md. */
  layer: number;
  units: number;
  compression: PwtCompression;
  plainBytes: number;
  crc: number;
  stored: Uint8Array;
}

/**
 * Makes a section of `plain`, which is whole units, MAX_PLAIN_BYTES at most, and must not change before the promise
 * settles. Several may be under way at once.
 */
export async function makeSection(
  layer: number,
  units: number,
  plain: Uint8Array,
  compression: PwtCompression,
  level: number,
): Promise<Section> {
  if (plain.length > MAX_PLAIN_BYTES) throw new RangeError(`${plain.length} bytes in a section`);
  const crc = crc32(plain);
  return { layer, units, plainBytes: plain.length, crc, ...(await compress(plain, compression, level)) };
}

/** Gives out a file piece by piece: header(), then block() or metadata() any number of times, then end(). */
export class ContainerWriter {
  readonly #options: ContainerOptions;
  #offset = 0;
  #index: { offset: number; firstRecord: number; firstInstruction: number }[] = [];
  #records: [number, number, number, number] = [0, 0, 0, 0];
  #instructions = 0;

  constructor(options: ContainerOptions) {
    this.#options = options;
  }

  header(): Uint8Array {
    const { form, source, flags = {} } = this.#options;
    const name = new TextEncoder().encode(source);
    if (name.length > MAX_NAME_BYTES) throw new RangeError(`source: ${name.length} bytes; at most ${MAX_NAME_BYTES}`);
    const { bytes, view } = buffer(HEADER_BYTES + name.length + CRC_BYTES);
    bytes.set(MAGIC);
    view.setUint8(8, VERSION);
    view.setUint8(9, FORMS[form]);
    view.setUint16(10, flagBits(flags), true);
    view.setUint16(12, name.length, true);
    bytes.set(name, HEADER_BYTES);
    return this.#sealed(bytes);
  }

  /** The block of the next records, of which `sections` are. Pieces are to be written in order. */
  block({ records, instructions }: BlockCounts, sections: readonly Section[]): Uint8Array[] {
    if (sections.length < 1 || sections.length > MAX_SECTIONS) throw new RangeError(`${sections.length} sections`);
    const headerBytes = BLOCK_FIXED_BYTES + sections.length * SECTION_BYTES + CRC_BYTES;
    const { bytes, view } = buffer(headerBytes);
    const firstRecord = sum(this.#records);
    this.#index.push({ offset: this.#offset, firstRecord, firstInstruction: this.#instructions });
    const storedBytes = sections.reduce((total, { stored }) => total + stored.length, 0);
    putChunk(view, CHUNK_BLOCK, headerBytes, storedBytes, sections.length);
    view.setBigUint64(8, BigInt(firstRecord), true);
    view.setBigUint64(16, BigInt(this.#instructions), true);
    records.forEach((count, kind) => {
      view.setUint32(24 + 4 * kind, count, true);
      this.#records[kind as 0] += count;
    });
    view.setUint32(40, instructions, true);
    this.#instructions += instructions;
    sections.forEach(({ layer, compression, units, stored, plainBytes, crc }, index) => {
      const at = BLOCK_FIXED_BYTES + index * SECTION_BYTES;
      view.setUint8(at, layer);
      view.setUint8(at + 1, COMPRESSIONS[compression]);
      view.setUint16(at + 2, units, true);
      view.setUint32(at + 4, stored.length, true);
      view.setUint32(at + 8, plainBytes, true);
      view.setUint32(at + 12, crc, true);
    });
    const header = this.#sealed(bytes);
    this.#offset += storedBytes;
    return [header, ...sections.map(({ stored }) => stored)];
  }

  /** What is known of the trace besides, as JSON; of several pieces, each is an object of its own. */
  metadata(value: object): Uint8Array[] {
    const json = new TextEncoder().encode(JSON.stringify(value));
    if (json.length > MAX_METADATA_BYTES) throw new RangeError(`metadata: ${json.length} bytes`);
    const { bytes, view } = buffer(METADATA_HEADER_BYTES);
    putChunk(view, CHUNK_METADATA, METADATA_HEADER_BYTES, json.length);
    view.setUint32(8, crc32(json), true);
    const header = this.#sealed(bytes);
    this.#offset += json.length;
    return [header, json];
  }

  /** The index and the end marker. */
  end(): Uint8Array[] {
    const indexOffset = this.#offset;
    const entries = buffer(this.#index.length * INDEX_ENTRY_BYTES);
    this.#index.forEach((entry, index) => {
      putIndexEntry(entries.view, index * INDEX_ENTRY_BYTES, entry);
    });
    const index = buffer(INDEX_HEADER_BYTES);
    putChunk(index.view, CHUNK_INDEX, INDEX_HEADER_BYTES, entries.bytes.length);
    index.view.setUint32(8, this.#index.length, true);
    index.view.setUint32(12, crc32(entries.bytes), true);
    const end = buffer(END_BYTES);
    putChunk(end.view, CHUNK_END, END_BYTES, 0);
    this.#records.forEach((count, kind) => {
      end.view.setBigUint64(8 + 8 * kind, BigInt(count), true);
    });
    end.view.setBigUint64(40, BigInt(this.#instructions), true);
    end.view.setUint32(48, this.#index.length, true);
    end.view.setBigUint64(56, BigInt(indexOffset), true);
    return [this.#sealed(index.bytes), entries.bytes, this.#sealed(end.bytes)];
  }

  /** Ends a header with the CRC-32 of the rest of it. */
  #sealed(header: Uint8Array): Uint8Array {
    const end = header.length - CRC_BYTES;
    viewOf(header).setUint32(end, crc32(header.subarray(0, end)), true);
    this.#offset += header.length;
    return header;
  }
}

function putChunk(view: DataView, type: number, headerBytes: number, payloadBytes: number, sections = 0): void {
  view.setUint8(0, type);
  view.setUint8(1, sections);
  view.setUint16(2, headerBytes, true);
  view.setUint32(4, payloadBytes, true);
}

function flagBits(flags: PwtFlags): number {
  let bits = 0;
  for (const [name, bit] of Object.entries(FLAGS)) if (flags[name as keyof PwtFlags]) bits |= bit;
  return bits;
}

function buffer(length: number): { bytes: Uint8Array; view: DataView } {
  const bytes = new Uint8Array(length);
  return { bytes, view: viewOf(bytes) };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
