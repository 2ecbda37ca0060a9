/** A reader of `.pwt` files of the full form, slow and plain, written from docs/pwt.md. Throws on anything that is wrong. */
import { inflateRawSync, crc32 as table } from "node:zlib";
import type { GivenEntry } from "../convert/given-entries.ts";

const KINDS = ["fetch", "load", "store", "modify"] as const;
const crc32 = (bytes: Uint8Array) => table(bytes);
const wrap = (value: bigint) => BigInt.asUintN(64, value);
const unzigzag = (value: bigint) => (value & 1n ? -(value + 1n) / 2n : value / 2n);

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

/** Reads bytes one after the other. */
class Bytes {
  readonly bytes: Uint8Array;
  at = 0;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
  get left(): number {
    return this.bytes.length - this.at;
  }
  take(count: number): Uint8Array {
    check(count <= this.left, `${count} bytes wanted, ${this.left} there`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
  unsigned(count: number): bigint {
    return this.take(count).reduceRight((value, byte) => value * 256n + BigInt(byte), 0n);
  }
  small(count: number): number {
    return Number(this.unsigned(count));
  }
  number(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.small(1);
      value += BigInt(byte & 127) << shift;
      check(value >> 64n === 0n && shift <= 63n, "a number of more than 64 bits");
      if (byte < 128) return value;
    }
  }
}

interface Operand {
  kind: (typeof KINDS)[number];
  hasPc: boolean;
  size: number;
  last: bigint;
}

interface Step {
  type: number;
  hasPc: boolean;
  address: bigint;
  size: bigint;
  operands: Operand[];
}

interface Sequence {
  steps: Step[];
  successor: Sequence | null;
}

/** What is kept from one sequence to the next. */
class State {
  readonly dictionary: Sequence[] = [];
  readonly foreseen = new Map<number, Sequence>();
  history = 0;
  latest: Sequence | null = null;
  delta = 0n;
  address = 0n;
}

export interface PlainFile {
  form: number;
  source: string;
  entries: GivenEntry[];
  metadata: unknown[];
  /** Entries that had been read when each block began. */
  blocks: number[];
}

export function decodePlainly(file: Uint8Array): PlainFile {
  const bytes = new Bytes(file);
  check(bytes.unsigned(8) === 0x0a1a0a0d54575089n, "magic");
  check(bytes.small(1) === 1, "version");
  const form = bytes.small(1);
  check(form === 1 || form === 2, "form");
  check(bytes.small(2) < 8, "flags");
  const nameBytes = bytes.small(2);
  check(nameBytes <= 64 && bytes.small(2) === 0, "name");
  const source = new TextDecoder().decode(bytes.take(nameBytes));
  check(bytes.small(4) === crc32(file.subarray(0, 16 + nameBytes)), "CRC of the file header");
  const result: PlainFile = { form, source, entries: [], metadata: [], blocks: [] };
  const thread: { value: { pid: bigint; tid: bigint } | null } = { value: null };
  const totals = { kinds: [0, 0, 0, 0], instructions: 0 };
  const index: bigint[] = [];
  let indexAt = -1;
  for (;;) {
    const start = bytes.at;
    const type = bytes.small(1);
    const sections = bytes.small(1);
    const headerBytes = bytes.small(2);
    const payloadBytes = bytes.small(4);
    check(headerBytes >= 12 && headerBytes <= 512, "bytes of a header");
    const header = new Bytes(bytes.take(headerBytes - 12));
    check(bytes.small(4) === crc32(file.subarray(start, start + headerBytes - 4)), "CRC of a header");
    const payload = new Bytes(bytes.take(payloadBytes));
    if (type === 1) {
      check(indexAt < 0 && headerBytes === 48 + 16 * sections && sections > 0, "a block");
      const records = totals.kinds.reduce((sum, count) => sum + count, 0);
      check(header.small(8) === records && header.small(8) === totals.instructions, "what came before");
      index.push(BigInt(start), BigInt(records), BigInt(totals.instructions));
      const before = result.entries.length;
      result.blocks.push(before);
      const kinds = KINDS.map(() => header.small(4));
      const instructions = header.small(4);
      const state = new State();
      for (let section = 0; section < sections; section++) {
        const layer = header.small(1);
        const compression = header.small(1);
        const units = header.small(2);
        const stored = payload.take(header.small(4));
        const plainBytes = header.small(4);
        const plain = compression === 1 ? inflateRawSync(stored) : stored;
        check(compression <= 1 && plain.length === plainBytes, "bytes of a section");
        check(header.small(4) === crc32(plain), "CRC of a section");
        if (layer !== 0) continue;
        const all = new Bytes(plain);
        for (let unit = 0; unit < units; unit++) decodeUnit(all, unit === 0, state, thread, result.entries);
        check(all.left === 0, "bytes after the last unit");
      }
      check(payload.left === 0, "bytes after the last section");
      const entries = result.entries.slice(before);
      KINDS.forEach((kind, at) => {
        check(entries.filter((entry) => entry.kind === kind).length === kinds[at], `count of ${kind}`);
        totals.kinds[at] = (totals.kinds[at] ?? 0) + (kinds[at] ?? 0);
      });
      const began = entries.filter(({ kind }) => kind === "fetch" || kind === "instruction").length;
      check(began === instructions, "count of instructions");
      totals.instructions += instructions;
    } else if (type === 2) {
      check(indexAt < 0 && headerBytes === 20 && header.small(4) === result.blocks.length, "the index");
      check(header.small(4) === crc32(payload.bytes), "CRC of the index");
      for (const value of index) check(payload.unsigned(8) === value, "an entry of the index");
      check(payload.left === 0, "the length of the index");
      indexAt = start;
    } else if (type === 3) {
      check(headerBytes === 68 && payloadBytes === 0, "the end marker");
      for (const count of [...totals.kinds, totals.instructions]) check(header.small(8) === count, "totals");
      check(header.small(4) === result.blocks.length && header.small(4) === 0, "blocks");
      check(header.small(8) === indexAt && bytes.left === 0, "the end");
      return result;
    } else {
      check(type >= 0x80, "type of a chunk");
      if (type !== 0x81) continue;
      check(headerBytes === 16 && header.small(4) === crc32(payload.bytes), "metadata");
      result.metadata.push(JSON.parse(new TextDecoder().decode(payload.bytes)));
    }
  }
}

function decodeUnit(
  section: Bytes,
  isFirst: boolean,
  state: State,
  thread: { value: { pid: bigint; tid: bigint } | null },
  entries: GivenEntry[],
): void {
  const length = section.small(4);
  check(length <= 256 * 1024, "bytes of a unit");
  const unit = new Bytes(section.take(length - 4));
  const flags = unit.small(4);
  check((flags & ~5) === 0 && (flags & 1) === Number(isFirst), "flags of a unit");
  const begins = { pid: unit.unsigned(8), tid: unit.unsigned(8) };
  if (flags & 4) {
    const { value } = thread;
    if (value?.pid !== begins.pid || value?.tid !== begins.tid) entries.push({ kind: "thread", ...begins });
    thread.value = begins;
  }
  const lengths = [0, 1, 2, 3, 4].map(() => unit.small(4));
  const records = unit.small(4);
  const columns = lengths.map((bytes) => new Bytes(unit.take(bytes)));
  const [moves, ids, definitions, operands, wide] = columns as [Bytes, Bytes, Bytes, Bytes, Bytes];
  const before = entries.length;

  const follow = (next: Sequence | null | undefined) => {
    check(next != null, "a sequence that is not there");
    state.foreseen.set(state.history, next);
    if (state.latest !== null) state.latest.successor = next;
    state.latest = next;
    state.history = (state.history * 16 + state.dictionary.indexOf(next) * 40503) % 65536;
    for (const step of next.steps) {
      if (step.type === 1) {
        entries.push({
          kind: "fetch",
          va: step.address,
          size: Number(step.size),
          pc: step.hasPc ? step.address : null,
        });
      }
      if (step.type === 2) entries.push({ kind: "instruction", va: step.address, size: Number(step.size) });
      for (const operand of step.operands) {
        const code = operands.small(1);
        check(code <= 252, "code of an operand");
        if (code > 1) {
          const bytes = [2, 3, 4, 6, 8][code - 248];
          state.delta = unzigzag(bytes === undefined ? BigInt(code - 1) : wide.unsigned(bytes));
        }
        if (code > 0) operand.last = wrap(operand.last + state.delta);
        state.address = operand.last;
        const { kind, size } = operand;
        entries.push({ kind, va: operand.last, size, pc: operand.hasPc ? step.address : null });
      }
    }
  };

  while (moves.left > 0) {
    const move = moves.small(1);
    if (move === 1) follow(state.latest?.successor);
    else if (move === 2) follow(state.dictionary[ids.small(2)]);
    else if (move === 3) {
      const sequence = define(definitions, state);
      state.dictionary.push(sequence);
      check(state.dictionary.length <= 16384, "sequences");
      follow(sequence);
    } else if (move === 4) {
      thread.value = { pid: definitions.number(), tid: definitions.number() };
      entries.push({ kind: "thread", ...thread.value });
    } else if (move === 5) {
      const first = definitions.number();
      entries.push({ kind: "unmap", first, last: wrap(first + definitions.number()) });
    } else {
      check(move >= 8, "a move");
      for (let left = move - 7; left > 0; left--) follow(state.foreseen.get(state.history));
    }
  }
  for (const column of columns) check(column.left === 0, "bytes left in a column");
  const isRecord = ({ kind }: GivenEntry) => (KINDS as readonly string[]).includes(kind);
  check(entries.slice(before).filter(isRecord).length === records, "records of the unit");
}

function define(definitions: Bytes, state: State): Sequence {
  const steps: Step[] = [];
  const before = state.latest?.steps.findLast(({ type }) => type !== 0);
  let end = before === undefined ? 0n : before.address + before.size;
  let entries = 0;
  const count = definitions.small(1);
  check(count >= 1 && count <= 32, "steps");
  for (let left = count; left > 0; left--) {
    const head = definitions.small(1);
    const operandCount = head >> 4 === 15 ? definitions.small(1) : head >> 4;
    const step: Step = { type: head & 3, hasPc: (head & 8) !== 0, address: 0n, size: 0n, operands: [] };
    if (step.type !== 0) step.address = wrap(head & 4 ? end : end + unzigzag(definitions.number()));
    if (step.type === 1 || step.type === 2) {
      step.size = definitions.number();
      entries++;
    }
    if (step.type !== 0) end = step.address + step.size;
    for (let operand = 0; operand < operandCount; operand++) {
      const shape = definitions.small(1);
      const code = shape >> 3;
      const size = code === 0 ? Number(definitions.number()) : ({ 30: 32, 31: 64 }[code] ?? code);
      check(size >= 1 && size <= 4096, "size of a record");
      const kind = KINDS[shape & 3];
      check(kind !== undefined, "kind");
      step.operands.push({ kind, hasPc: (shape & 4) !== 0, size, last: state.address });
    }
    entries += operandCount;
    steps.push(step);
  }
  check(entries <= 64, "entries of a sequence");
  return { steps, successor: null };
}
