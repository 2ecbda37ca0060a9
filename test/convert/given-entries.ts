/** Entries that no decoder need make, put in the place of those that a kernel decoded. */
import fc from "fast-check";
import { SELECT_ALL } from "../../src/config/selection.ts";
import type { Losses, OutputFormat } from "../../src/convert/encoder.ts";
import type { EncoderOptions } from "../../src/convert/options.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import type { AccessKind } from "../reference/access.ts";

/** An entry as assembly/entries.ts has them. */
export type GivenEntry =
  | { kind: AccessKind; va: bigint; size: number; pc: bigint | null }
  | { kind: "instruction"; va: bigint; size: number }
  | { kind: "thread"; tid: bigint; pid: bigint }
  | { kind: "unmap"; first: bigint; last: bigint }
  | { kind: "protect"; first: bigint; last: bigint; rights: number };

const KINDS = ["fetch", "load", "store", "modify", "instruction", "thread", "unmap", "protect"] as const;
const ENTRY_BYTES = 24;
const PLAIN_RECORD = "I  00,1\n";

/** What the encoder of `format` makes of `lists`, one after the other, each of 1 to 8000 entries. */
export async function encodeGiven(
  module: object,
  format: OutputFormat,
  lists: readonly (readonly GivenEntry[])[],
  options: EncoderOptions = {},
): Promise<{ bytes: Uint8Array; losses: Losses }> {
  const kernel = await Kernel.create(module);
  kernel.configureEntries({ decoder: "LACKEY", selection: SELECT_ALL });
  const encoder = await format.start(kernel, chunkedTrace(new Uint8Array(0), 1), options);
  const pieces: Uint8Array[] = [];
  try {
    for (const list of lists) {
      const text = new TextEncoder().encode(PLAIN_RECORD.repeat(list.length));
      kernel.input().set(text);
      if (kernel.decode(text.length, false) !== null) throw new Error("a plain record is in error");
      putEntries(kernel.entries(), list);
      for await (const piece of encoder.encode()) pieces.push(piece.slice());
    }
    for await (const piece of encoder.finish()) pieces.push(piece.slice());
    const losses = encoder.losses?.() ?? { notes: [], leftOut: [], firstLeftOut: 0 };
    return { bytes: Buffer.concat(pieces), losses };
  } finally {
    await encoder.close?.();
  }
}

function putEntries(target: Uint8Array, list: readonly GivenEntry[]): void {
  if (target.length !== list.length * ENTRY_BYTES) throw new Error(`${target.length} bytes for ${list.length} entries`);
  const view = new DataView(target.buffer, target.byteOffset, target.length);
  list.forEach((entry, index) => {
    const at = index * ENTRY_BYTES;
    const put = (address: bigint, pc: bigint, size: number, hasPc: boolean) => {
      view.setBigUint64(at, address, true);
      view.setBigUint64(at + 8, pc, true);
      view.setUint32(at + 16, size, true);
      view.setUint8(at + 20, KINDS.indexOf(entry.kind));
      view.setUint8(at + 21, Number(hasPc));
    };
    if (entry.kind === "thread") put(entry.tid, entry.pid, 0, false);
    else if (entry.kind === "unmap") put(entry.first, entry.last, 0, false);
    else if (entry.kind === "protect") put(entry.first, entry.last, entry.rights, false);
    else if (entry.kind === "instruction") put(entry.va, 0n, entry.size, false);
    else put(entry.va, entry.pc ?? 0n, entry.size, entry.pc !== null);
  });
}

const instruction = fc.constantFrom(0n, 1n, 0x401000n, 0x401003n, 0x7fff_ffff_ffffn, 0xffff_ffff_8100_0000n);

/** Few pages, so that they come back, at every edge of the address space; 0 among the addresses. */
const address = fc
  .tuple(
    fc.constantFrom(0n, 1n, 0x1000n, 0x1_ffef_f000n, 0x7fff_ffff_f000n, 0x8000_0000_0000n, 0xffff_7fff_ffff_f000n),
    fc.constantFrom(0n, 0n, 1n, 8n, 0xff8n, 0xfffn),
  )
  .map(([page, offset]) => BigInt.asUintN(64, page + offset));
const anyAddress = fc.oneof(
  { weight: 4, arbitrary: address },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }) },
  { weight: 1, arbitrary: fc.constantFrom((1n << 64n) - 1n, (1n << 64n) - 4n) },
);
const size = fc.constantFrom(1, 1, 4, 8, 9, 10, 16, 99, 100, 999, 1000, 4095, 4096);

const entry: fc.Arbitrary<GivenEntry> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("fetch" as const), va: instruction, size, pc: fc.constant(null) }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constantFrom("load" as const, "store" as const, "modify" as const),
      va: anyAddress,
      size,
      pc: fc.option(instruction),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("instruction" as const), va: instruction, size }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("thread" as const), tid: fc.bigInt(1n, 3n), pid: fc.constant(1n) }),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.bigInt(0n, 0x7ffffn), fc.bigInt(0n, 20n))
      .map(([page, more]) => ({ kind: "unmap" as const, first: page << 12n, last: ((page + more) << 12n) | 0xfffn })),
  },
);

/** Lists as a decoder gives them out one after the other. */
export const givenLists = fc.array(fc.array(entry, { minLength: 1, maxLength: 60, size: "max" }), {
  minLength: 1,
  maxLength: 4,
  size: "max",
});

/**
 * Lists of 8000 entries, as many as a decoder gives out at once, of which the text or the records are more than the kernel
 * writes at once.
 */
export function longLists(seed: number): GivenEntry[][] {
  const unmap = { kind: "unmap", first: 0x7f00_0000_0000n, last: 0x7f00_0000_0fffn } as const;
  const store = { kind: "store", va: 0x7fff_ffff_eff8n, size: 4096, pc: null } as const;
  return fc.sample(givenLists, { seed, numRuns: 2 }).map((lists) => {
    const some = lists.flatMap((list) => list.flatMap((entry) => [entry, unmap, store]));
    return Array.from({ length: 8000 }, (_, index) => some[index % some.length] ?? unmap);
  });
}

/** How many of the records among `entries` are of another thread than the record before them. */
export function threadSwitches(entries: readonly GivenEntry[], isRecord: (entry: GivenEntry) => boolean): number {
  let thread = 0n;
  const threads = entries.flatMap((entry) => {
    if (entry.kind === "thread") thread = entry.tid;
    return isRecord(entry) ? [thread] : [];
  });
  return threads.filter((tid, index) => index > 0 && tid !== threads[index - 1]).length;
}

/** The sentence among `sentences` that begins with a count, or that there is none of that kind: 0. */
export function countIn(sentences: readonly string[], kind: RegExp): number {
  const found = sentences.filter((sentence) => kind.test(sentence));
  if (found.length > 1) throw new Error(`several sentences are of ${kind}: ${found.join("; ")}`);
  return Number(/\d[\d,]*/.exec(found[0] ?? "0")?.[0].replaceAll(",", ""));
}
