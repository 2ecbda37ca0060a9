/** What decoders read of a trace, as lines that are easily compared. */
import { readingOf } from "../../src/decoding.ts";
import type { DecodeError } from "../../src/kernel/decode-answer.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import { loadKernelModule } from "../../src/kernel/load.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { entriesIn } from "../helpers/entries-of.ts";
import type { TraceRecord } from "./records.ts";
import type { TextFormat } from "./text-formats.ts";

const kernels = new Map<object, Kernel>();

/** One kernel for each module: a new one for each trace takes longer than the trace. */
async function kernelOf(module: object): Promise<Kernel> {
  const kernel = kernels.get(module) ?? (await Kernel.create(module));
  kernels.set(module, kernel);
  return kernel;
}

export interface ReadEntries {
  entries: string[];
  skippedLines: number;
  error: DecodeError | null;
}

/** Reads `bytes` as the format named, at most `chunkBytes` at a time. */
export async function readEntries(
  bytes: Uint8Array | string,
  format: string,
  chunkBytes = 1 << 18,
): Promise<ReadEntries> {
  const trace = chunkedTrace(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes, chunkBytes, format);
  const kernel = await kernelOf(await loadKernelModule());
  kernel.configureEntries(readingOf(trace));
  const reader = await trace.open();
  const entries: string[] = [];
  for (let got = -1; got !== 0; ) {
    got = await reader.read(kernel.input());
    let error = kernel.decode(got, got === 0);
    for (;;) {
      if (error !== null) return { entries, skippedLines: kernel.skippedLines(), error };
      entries.push(...entryLines(kernel.entries()));
      if (kernel.need() !== "more") break;
      error = kernel.decodeMore();
    }
  }
  return { entries, skippedLines: kernel.skippedLines(), error: null };
}

/** The entries in `bytes` (assembly/entries.ts), one line each. */
export function entryLines(bytes: Uint8Array): string[] {
  return entriesIn(bytes).map((entry) => {
    if (entry.kind === "thread") return `thread ${entry.pid}/${entry.tid}`;
    if (entry.kind === "unmapped") return `unmapped ${entry.first.toString(16)}-${entry.last.toString(16)}`;
    if (entry.kind === "protected") return `protected ${entry.first.toString(16)}-${entry.last.toString(16)}`;
    return entryLine(entry.kind, entry.va, entry.size, "pc" in entry ? (entry.pc ?? null) : null);
  });
}

function entryLine(kind: string, address: bigint, size: number, pc: bigint | null): string {
  return `${kind} ${address.toString(16)} ${size}${pc === null ? "" : ` by ${pc.toString(16)}`}`;
}

/** What reading `records` from text of `format` must give. */
export function expectedEntries(records: readonly TraceRecord[], format: TextFormat): string[] {
  let thread = "";
  return records
    .flatMap((record) => format.carries(record))
    .flatMap(({ kind, va, size, pid, tid, pc }) => {
      const entries: string[] = [];
      const next = `thread ${format.hasPids ? pid : 0n}/${tid}`;
      if (format.hasThreads && next !== thread) entries.push(next);
      thread = next;
      entries.push(entryLine(kind, va, size, format.hasPcs && kind !== "fetch" ? pc : null));
      return entries;
    });
}
