/**
 * ChampSim's traces, one binary record for each instruction: of 64 bytes, and of 96 in those of CloudSuite. Decoded by
 * assembly/decoders/champsim.ts, where the layouts stand.
 *
 * They begin with nothing to know them by. So every one of the first records has to be one that a program can have
 * executed, in every field that can be told: other binary data have none of the zeros where these have them.
 */
import { hexBytes } from "../bytes.ts";
import { drmemtrace } from "./drmemtrace.ts";
import type { TraceFormat } from "./format.ts";

interface Layout {
  bytes: number;
  /** Bytes that are 0 in every record. */
  unused: readonly number[];
  /** Of the 8-byte addresses of memory. */
  operandsAt: readonly number[];
}

const CHAMPSIM: Layout = { bytes: 64, unused: [], operandsAt: [16, 24, 32, 40, 48, 56] };
const CLOUDSUITE: Layout = {
  bytes: 96,
  unused: [18, 19, 20, 21, 22, 23, 90, 91, 92, 93, 94, 95],
  operandsAt: [24, 32, 40, 48, 56, 64, 72, 80],
};

/** Records that detection looks at, at most. */
const LOOKED_AT = 256;
/** With fewer than so many, what is there must be whole records and nothing else. */
const FEW = 16;
/** User addresses: those of the lower half, but for the first page, which programs cannot map. */
const LOWEST_ADDRESS = 4096;
const ADDRESS_HIGH_LIMIT = 0x8000;

export const champsim = format("champsim", "ChampSim, records of 64 bytes", "CHAMPSIM", CHAMPSIM, 96);
export const cloudsuite = format(
  "cloudsuite",
  "ChampSim for CloudSuite, records of 96 bytes",
  "CLOUDSUITE",
  CLOUDSUITE,
  64,
);

function format(name: string, title: string, decoder: string, layout: Layout, other: number): TraceFormat {
  const otherName = other === 96 ? "cloudsuite" : "champsim";
  return {
    name,
    title,
    specification: "ChampSim, inc/trace_instruction.h, input_instr and cloudsuite_instr",
    example: example(layout),
    decoder,
    isText: false,
    reasons: {
      "bad-record":
        "the instruction pointer (the first 8 bytes) is 0, which no instruction has; is this a tar archive inside the " +
        `compression (tar -xO extracts it), or a trace of ${other}-byte records (--format ${otherName})?`,
      "torn-record":
        `the trace ends inside a record of ${layout.bytes} bytes; it was cut off, or its records are of ${other} bytes ` +
        `(--format ${otherName})`,
    },
    detect: (head) => isLikely(head, layout) && !drmemtrace.detect(head),
  };
}

function isLikely(head: Uint8Array, layout: Layout): boolean {
  const records = Math.min(LOOKED_AT, Math.floor(head.length / layout.bytes));
  if (records === 0 || (records < FEW && head.length % layout.bytes !== 0)) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (let record = 0; record < records; record++)
    if (!isLikelyRecord(view, record * layout.bytes, layout)) return false;
  return true;
}

function isLikelyRecord(view: DataView, at: number, { unused, operandsAt }: Layout): boolean {
  const isBranch = view.getUint8(at + 8);
  const isTaken = view.getUint8(at + 9);
  return (
    isUserAddress(view, at) &&
    isBranch <= 1 &&
    isTaken <= isBranch &&
    unused.every((byte) => view.getUint8(at + byte) === 0) &&
    operandsAt.every((operand) => isNone(view, at + operand) || isUserAddress(view, at + operand))
  );
}

function isNone(view: DataView, at: number): boolean {
  return view.getUint32(at, true) === 0 && view.getUint32(at + 4, true) === 0;
}

function isUserAddress(view: DataView, at: number): boolean {
  const low = view.getUint32(at, true);
  const high = view.getUint32(at + 4, true);
  return high < ADDRESS_HIGH_LIMIT && (high > 0 || low >= LOWEST_ADDRESS);
}

/** A record, in hexadecimal: at 0x40ab73, a load from 0x7fff0738. */
function example({ bytes, operandsAt }: Layout): string {
  const record = new Uint8Array(bytes);
  record.set([0x73, 0xab, 0x40]);
  record.set([0x38, 0x07, 0xff, 0x7f], operandsAt.at(-4) ?? 0);
  return hexBytes(record);
}
