/**
 * Plain encoders of the text formats, each with what it carries of a record: independent of the decoders, for tests of
 * them and of everything that reads several formats.
 */
import { lackeyText } from "../helpers/random-records.ts";
import type { TraceRecord } from "./records.ts";

export interface TextFormat {
  /** As `--format` takes it. */
  name: string;
  /** The records as text, each line with its newline. */
  encode(records: readonly TraceRecord[]): string;
  /** The records that the format can say of one: another size, none, or two. */
  carries(record: TraceRecord): TraceRecord[];
  hasThreads: boolean;
  hasPids: boolean;
  /** Whether data come with their instruction. */
  hasPcs: boolean;
  /** Whether lines that are no records are skipped. */
  skipsOtherLines: boolean;
}

const NOTHING = { hasThreads: false, hasPids: false, hasPcs: false, skipsOtherLines: false };

const hex = (number: bigint) => number.toString(16);
const lines = (texts: readonly string[]) => texts.map((text) => `${text}\n`).join("");

/** A modify as the read and the write that it is. */
const inTwo = (record: TraceRecord): TraceRecord[] =>
  record.kind === "modify"
    ? [
        { ...record, kind: "load" },
        { ...record, kind: "store" },
      ]
    : [record];

const modifyAsStore = (record: TraceRecord): TraceRecord =>
  record.kind === "modify" ? { ...record, kind: "store" } : record;

/** Encodes what `carries` leaves of the records, one line each. */
function format(
  fields: Omit<TextFormat, "encode">,
  line: (record: TraceRecord, index: number, all: readonly TraceRecord[]) => string,
): TextFormat {
  return { ...fields, encode: (records) => lines(records.flatMap((record) => fields.carries(record)).map(line)) };
}

const LABELS = { load: "0", store: "1", fetch: "2", modify: "1" } as const;

const encodeLackey: TextFormat = {
  ...NOTHING,
  name: "lackey",
  skipsOtherLines: true,
  carries: (record) => [record],
  encode: lackeyText,
};

export const encodeDin = format(
  { ...NOTHING, name: "din", carries: (record) => [{ ...modifyAsStore(record), size: 1 }] },
  ({ kind, va }) => `${LABELS[kind]} ${hex(va)}`,
);

const LETTERS = { load: "r", store: "w", fetch: "i", modify: "m" } as const;

const encodeXdin = format(
  { ...NOTHING, name: "xdin", carries: inTwo },
  ({ kind, va, size }) => `${LETTERS[kind]} ${hex(va)} ${size.toString(16)}`,
);

const encodePinatrace = format(
  {
    ...NOTHING,
    name: "pinatrace",
    hasPcs: true,
    carries: (record) => (record.kind === "fetch" ? [] : inTwo({ ...record, size: 1 })),
  },
  ({ kind, va, pc }) => `${pointer(pc)}: ${kind === "load" ? "R" : "W"} ${pointer(va)}`,
);

/** As glibc prints %p. */
const pointer = (address: bigint) => (address === 0n ? "(nil)" : `0x${hex(address)}`);

const CAPITALS = { load: "R", store: "W", fetch: "X", modify: "M" } as const;

const encodeText = format(
  { ...NOTHING, name: "text", hasThreads: true, hasPcs: true, carries: (record) => [record] },
  ({ kind, va, size, tid, pc }) => `${CAPITALS[kind]} 0x${hex(va)} ${size} ${tid} 0x${hex(pc)}`,
);

const encodeCsv: TextFormat = {
  ...NOTHING,
  name: "csv",
  hasThreads: true,
  hasPids: true,
  hasPcs: true,
  carries: (record) => [record],
  encode: (records) =>
    lines([
      "pc,address,size,kind,tid,pid",
      ...records.map(({ kind, va, size, pid, tid, pc }) => `0x${hex(pc)},0x${hex(va)},${size},${kind},${tid},${pid}`),
    ]),
};

const wide = (address: bigint) => `0x${hex(address).padStart(16, "0")}`;

/** As view prints traces of version 6, or of version 5, which has no workload before the thread. */
const view = (hasPids: boolean): TextFormat => ({
  ...NOTHING,
  name: "drmemtrace-view",
  hasThreads: true,
  hasPids,
  hasPcs: true,
  skipsOtherLines: true,
  carries: inTwo,
  encode(records) {
    let instruction = 0;
    const all = records.flatMap(inTwo).map(({ kind, va, size, pid, tid, pc }, index) => {
      if (kind === "fetch") instruction++;
      const thread = hasPids ? `W${pid}.T${tid}` : String(tid).padStart(11);
      const columns = `${String(index + 1).padStart(12)}${String(instruction).padStart(12)}: ${thread} `;
      const access = (name: string) => `${name.padEnd(12)}${String(size).padStart(2)} byte(s) @ ${wide(va)}`;
      if (kind === "fetch") return `${columns}${access("ifetch")} 48 89 e7             mov    %rsp, %rdi`;
      return `${columns}${access(kind === "load" ? "read" : "write")} by PC ${wide(pc)}`;
    });
    return lines(all);
  },
});

const encodeView = view(true);
const encodeOldView = view(false);

const OPERATIONS = { load: "LOAD", store: "STORE", fetch: "EXEC", modify: "STORE" } as const;

const encodePerfScript = format(
  {
    ...NOTHING,
    name: "perf-script",
    hasThreads: true,
    hasPids: true,
    hasPcs: true,
    skipsOtherLines: true,
    carries: (record) => (record.va === 0n ? [] : [{ ...modifyAsStore(record), size: 1 }]),
  },
  ({ kind, va, pid, tid, pc }, index) =>
    `${"Web Content".padStart(16)} ${pid}/${tid} [002] 544966.${String(index).padStart(6, "0")}:      10000 ` +
    `cpu/mem-loads,ldlat=30/P: ${hex(va).padStart(16)}      10268100142 |OP ${OPERATIONS[kind]}|LVL L1 hit|SNP None|` +
    `TLB L1 or L2 hit|LCK No|BLK  N/A               5 ${hex(pc).padStart(6, "0").padStart(16)} [unknown] (libxul.so)`,
);

/** Every text format; of those with several forms, each. */
export const TEXT_FORMATS: readonly TextFormat[] = [
  encodeLackey,
  encodeDin,
  encodeXdin,
  encodePinatrace,
  encodeText,
  encodeCsv,
  encodeView,
  encodeOldView,
  encodePerfScript,
];
