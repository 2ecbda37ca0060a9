/** What a decoder makes of a trace, entry by entry (assembly/entries.ts has the picture). */
import { readingOf } from "../../src/decoding.ts";
import { type Counters, Kernel } from "../../src/kernel/kernel.ts";
import { replay } from "../../src/replay.ts";
import type { Trace } from "../../src/trace/trace.ts";
import type { AccessKind } from "../reference/access.ts";

export type PlainEntry =
  /** pc: only where the trace tells it with the record. */
  | { kind: AccessKind; va: bigint; size: number; pc?: bigint }
  | { kind: "instruction"; va: bigint; size: number }
  | { kind: "thread"; tid: bigint; pid: bigint }
  | { kind: "unmapped"; first: bigint; last: bigint }
  /** rights: PROT_ bits. */
  | { kind: "protected"; first: bigint; last: bigint; rights: number };

const ENTRY_BYTES = 24;
const RECORD_KINDS = ["fetch", "load", "store", "modify"] as const;

/** All entries of `trace` that its selection selects, and what was counted. Rejects as `replay()` does. */
export async function entriesOf(trace: Trace): Promise<{ entries: PlainEntry[]; counters: Counters }> {
  const kernel = await Kernel.create();
  kernel.configureEntries(readingOf(trace));
  const entries: PlainEntry[] = [];
  await replay(trace, kernel, () => {
    entries.push(...entriesIn(kernel.entries()));
  });
  return { entries, counters: kernel.counters() };
}

/** The entries in `bytes`, as the kernel has them. */
export function entriesIn(bytes: Uint8Array): PlainEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / ENTRY_BYTES }, (_, index) => entryAt(view, index * ENTRY_BYTES));
}

function entryAt(view: DataView, at: number): PlainEntry {
  const address = view.getBigUint64(at, true);
  const pc = view.getBigUint64(at + 8, true);
  const size = view.getUint32(at + 16, true);
  const kind = view.getUint8(at + 20);
  const hasPc = view.getUint8(at + 21) === 1;
  const record = RECORD_KINDS[kind];
  if (record !== undefined) return { kind: record, va: address, size, ...(hasPc ? { pc } : {}) };
  if (kind === 4) return { kind: "instruction", va: address, size };
  if (kind === 5) return { kind: "thread", tid: address, pid: pc };
  if (kind === 6) return { kind: "unmapped", first: address, last: pc };
  if (kind === 7) return { kind: "protected", first: address, last: pc, rights: size };
  throw new Error(`an entry of kind ${kind}`);
}
