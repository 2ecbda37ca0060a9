/** Flushes and unmapped pages between the words of the lackey decoder, against the plain parser of test/reference. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { STREAMS, type Stream } from "../../src/config/types.ts";
import { Kernel, type SurveyOptions } from "../../src/kernel/kernel.ts";
import { BUILDS } from "../helpers/builds.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { type Access, isCanonical } from "../reference/access.ts";
import { type Item, parseItems } from "../reference/lackey-events.ts";

const KINDS = ["fetch", "load", "store", "modify"] as const;
const PAGE_MASK = (1n << 52n) - 1n;

/** The words that the decoder makes of `text` in pieces of `chunkBytes`, batch after batch. */
function decoded(kernel: Kernel, text: string, chunkBytes: number, stream: Stream, events: SurveyOptions) {
  const bytes = new TextEncoder().encode(text);
  kernel.configureSurvey(stream, events);
  const batches: bigint[][] = [];
  for (let at = 0; ; ) {
    const input = kernel.input();
    const piece = bytes.subarray(at, at + Math.min(chunkBytes, input.length));
    input.set(piece);
    at += piece.length;
    expect(kernel.decode(piece.length, piece.length === 0)).toBeNull();
    batches.push([...kernel.batchWords()]);
    kernel.gatherReferences(); // counts the records
    if (piece.length === 0) break;
  }
  const { fetches, loads, stores, modifies, ...counters } = kernel.counters();
  const { skippedLines, flushes, unmaps } = counters;
  return { batches, counts: { records: fetches + loads + stores + modifies, skippedLines, flushes, unmaps } };
}

/** The words of `items`, none left out. */
function wordsOf(items: readonly Item[], stream: Stream): bigint[] {
  return items.flatMap((item) => {
    if (item === "flush") return [1n];
    if ("from" in item) return [(item.from << 6n) | 2n, (item.to << 6n) | 3n];
    if (stream !== "all" && (stream === "fetch") !== (item.kind === "fetch")) return [];
    const straddles = (item.va & 4095n) + BigInt(item.size) > 4096n;
    return [((item.va >> 12n) << 6n) | (BigInt(KINDS.indexOf(item.kind)) << 4n) | (straddles ? 1n << 63n : 0n)];
  });
}

/**
 * References and events of `words`; of references to one page that follow one another, the first, and the first that
 * writes. A filter may leave out nothing else. Records that fault refer to no page.
 */
function essence(words: readonly bigint[]): string[] {
  const told: string[] = [];
  let seen = new Set<string>();
  let latest = -1n;
  for (const word of words) {
    const page = (word >> 6n) & PAGE_MASK;
    const kind = Number((word >> 4n) & 3n);
    const event = word & 15n;
    const straddles = word >> 63n !== 0n;
    const name = event !== 0n ? `event ${event}` : straddles ? "straddling" : kind === 0 ? "fetch" : "data";
    const what = `${name} ${page.toString(16)}${kind > 1 ? " written" : ""}`;
    if (event === 0n && !straddles && !isCanonical(page << 12n)) {
      told.push(what);
      continue;
    }
    if (event !== 0n || straddles || page !== latest) seen = new Set();
    latest = event !== 0n || straddles ? -1n : page;
    const covered = seen.has(what) || (kind === 1 && seen.has(`${what} written`));
    if (!covered) told.push(what);
    seen.add(what);
  }
  return told;
}

function check(kernel: Kernel, text: string, chunkBytes: number, stream: Stream, flushEvery: number): void {
  const { items, skippedLines } = parseItems(text, flushEvery);
  const { batches, counts } = decoded(kernel, text, chunkBytes, stream, { events: true, flushEvery });
  expect(counts).toEqual({
    records: items.filter((item): item is Access => typeof item === "object" && "va" in item).length,
    skippedLines,
    flushes: items.filter((item) => item === "flush").length,
    unmaps: items.filter((item) => typeof item === "object" && "from" in item).length,
  });
  const words = batches.flat();
  const expected = wordsOf(items, stream);
  if (stream === "all") expect(words).toEqual(expected);
  else expect(essence(words)).toEqual(essence(expected));
  for (const batch of batches) {
    batch.forEach((word, index) => {
      if ((word & 15n) === 2n) expect((batch[index + 1] ?? 0n) & 15n).toBe(3n);
    });
  }
}

const munmap = (va: bigint | string, bytes: bigint | number | string) =>
  `SYSCALL[5202,1](11) sys_munmap ( 0x${va.toString(16)}, ${bytes} )[sync] --> Success(0x0) \n`;
const mremap = (va: bigint, oldBytes: bigint | number, newBytes: bigint | number, now: bigint, fixed = "") =>
  `SYSCALL[5202,1](25) sys_mremap ( 0x${va.toString(16)}, ${oldBytes}, ${newBytes}, 0x1${fixed} )` +
  ` --> [pre-success] Success(0x${now.toString(16)}) \n`;

const LINES_THAT_ARE_NO_EVENTS = [
  "SYSCALL[5202,1](9) sys_mmap ( 0x0, 45747, 1, 2, 4, 0 ) --> [pre-success] Success(0x483c000) ",
  "SYSCALL[5202,1](11) sys_munmap ( 0x483c000, 45747 )[sync] --> Failure(0x16) ",
  "SYSCALL[5202,1](11) sys_munmap ( 0x483c000, 45747 ) --> [async] ... ",
  "SYSCALL[5202,1](11) ... [async] --> Success(0x0) ",
  "SYSCALL[5202,1](11) sys_munmap ( 0x483c000, 45747 )[sync] --> Success(0x0) x",
  "SYSCALL[5202,1](11) sys_munmap ( 0x483c000, 45747 )[sync] --> Success(0x0",
  "SYSCALL[5202,1](11) sys_munmap ( 0x483c000, 45747",
  "SYSCALL[5202,1](11) sys_munmap ( 0x, 45747 )[sync] --> Success(0x0) ",
  "SYSCALL[5202,1](11) sys_munmap ( 0x483c000,  )[sync] --> Success(0x0) ",
  "SYSCALL[,1](11) sys_munmap ( 0x483c000, 45747 )[sync] --> Success(0x0) ",
  " SYSCALL[5202,1](11) sys_munmap ( 0x483c000, 45747 )[sync] --> Success(0x0) ",
  "SYSCALL[5202,1](25) sys_mremap ( 0x4a2d000, 8192, 4096, 0x1, 0x ) --> [pre-success] Success(0x4b00000) ",
  "SYSCALL[5202,1](25) sys_mremap ( 0x4a2d000, 8192, 4096, 0x1 ) --> [pre-fail] Failure(0xc) ",
  `SYSCALL[5202,1](11) sys_munmap ( 0x483c000, 45747 )[sync] --> Success(0x0)${" ".repeat(5000)}`,
].map((line) => `${line}\n`);

const address = fc.oneof(
  fc.constantFrom(
    0n,
    1n << 46n,
    (1n << 47n) - 4096n,
    1n << 47n,
    (1n << 64n) - (1n << 47n),
    (1n << 64n) - 4096n,
    1n << 64n,
  ),
  fc.nat(40).map((page) => BigInt(page) << 12n),
  fc.nat(1 << 20).map(BigInt),
);
const length = fc.oneof(
  fc.nat(20_000).map(BigInt),
  fc.constantFrom(1n << 47n, 1n << 63n, (1n << 63n) + 1n, (1n << 64n) - 1n, 10n ** 19n - 1n, 10n ** 19n, 10n ** 40n),
);
const fixed = fc.constantFrom("", ", 0x0", ", 0x4b00000");
const otherLine = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(address, length).map(([va, bytes]) => munmap(va, bytes)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(address, length, length, fc.option(address), fixed)
      .map(([va, oldBytes, newBytes, now, fixed]) => mremap(va, oldBytes, newBytes, now ?? va, fixed)),
  },
  { weight: 2, arbitrary: fc.constantFrom(...LINES_THAT_ARE_NO_EVENTS) },
  { weight: 1, arbitrary: fc.constantFrom("\n", "==1== noise\n", "x\n") },
);
/** A line with a character replaced, put in or taken out. */
const damagedLine = fc
  .tuple(otherLine, fc.nat(80), fc.constantFrom("", " ", "0", "f", "\r", "[", ")"), fc.boolean())
  .map(([line, at, inserted, cut]) => `${line.slice(0, at) + inserted + line.slice(cut ? at + 1 : at).trimEnd()}\n`);

const piece = fc.oneof(
  { weight: 3, arbitrary: randomRecords.map((records) => records.slice(0, 30)).map(lackeyText) },
  { weight: 3, arbitrary: otherLine },
  { weight: 1, arbitrary: damagedLine },
);
const text = fc
  .array(piece, { minLength: 1, maxLength: 30, size: "max" })
  .map((pieces) => pieces.join(""))
  .map((text) => (text.length % 2 === 0 ? text : text.replaceAll("\n", "\r\n")));
const flushEvery = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 300 }));
const chunkBytes = fc.oneof(fc.integer({ min: 1, max: 64 }), fc.constant(1 << 20));

describe.each(BUILDS)("events of the lackey decoder ($name)", ({ module }) => {
  it("stand where the plain parser sees them, for any text in pieces of any size", async () => {
    const kernel = await Kernel.create(module);
    fc.assert(
      fc.property(text, chunkBytes, fc.constantFrom(...STREAMS), flushEvery, (...drawn) => check(kernel, ...drawn)),
      { seed: 9, numRuns: 400 },
    );
  });

  it("are the same in pieces of every size from 1 to 64", async () => {
    const kernel = await Kernel.create(module);
    const [sample = ""] = fc.sample(text, { seed: 10, numRuns: 1 });
    const lines = `${sample}${munmap(0x483c000n, 45_747)}${mremap(0x4a2d000n, 442_368, 4096, 0x4a2d000n)}`;
    for (let bytes = 1; bytes <= 64; bytes++) check(kernel, lines, bytes, "all", 7);
  });

  it("fit into the batch where every record is as short as can be and followed by a flush", async () => {
    const kernel = await Kernel.create(module);
    const text = " S 0,1\nI  1,1\n".repeat(40_000);
    // Of the first piece all but a byte is one line, which is carried over.
    check(kernel, `${" ".repeat(4095)}\n${text}`, 1 << 18, "all", 1);
    const bytes = new TextEncoder().encode(`I  ${"0".repeat(4080)}1,1\n${text}`);
    kernel.configureSurvey("all", { flushEvery: 1 });
    kernel.input().set(bytes.subarray(0, 4080));
    kernel.decode(4080, false);
    const input = kernel.input();
    input.set(bytes.subarray(4080, 4080 + input.length));
    expect(kernel.decode(input.length, false)).toBeNull();
    expect(kernel.batchWords().length).toBeGreaterThan(70_000);
  });
});

describe("events of the lackey decoder", () => {
  const decode = async (text: string, events: SurveyOptions) =>
    decoded(await Kernel.create(), text, 1 << 20, "all", events).batches.flat();

  it("are none unless they are asked for", async () => {
    const text = ` L 04001000,8\n${munmap(0x4001000n, 4096)}`;
    expect(await decode(text, {})).toHaveLength(1);
    expect(await decode(text, { events: true })).toHaveLength(3);
  });

  it("are the old pages of a mapping that moves, whatever its new size", async () => {
    const words = await decode(mremap(0x4000n, 8193, 100_000, 0x9000n, ", 0x9000"), { events: true });
    expect(words).toEqual([(0x4n << 6n) | 2n, (0x6n << 6n) | 3n]);
  });

  it("are the last pages of a mapping that shrinks, and none of one that grows", async () => {
    const words = await decode(mremap(0x4000n, 12_288, 1, 0x4000n), { events: true });
    expect(words).toEqual([(0x5n << 6n) | 2n, (0x6n << 6n) | 3n]);
    expect(await decode(mremap(0x4000n, 4096, 12_288, 0x4000n), { events: true })).toEqual([]);
  });

  it("are a flush right after the record that makes the number full, also the last of the trace", async () => {
    const record = " L 04001000,8\n";
    const word = (0x4001n << 6n) | (1n << 4n);
    expect(await decode(record.repeat(4), { flushEvery: 2 })).toEqual([word, word, 1n, word, word, 1n]);
  });

  it("count records of streams that nobody looks at", async () => {
    const kernel = await Kernel.create();
    const text = "I  04001000,3\n L 04001000,8\n".repeat(6);
    const { batches } = decoded(kernel, text, 1 << 20, "data", { flushEvery: 6 });
    expect(essence(batches.flat())).toEqual(["data 4001", "event 1 0", "data 4001", "event 1 0"]);
  });
});
