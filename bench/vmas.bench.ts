/** What it costs that a process has VMAs: the same replay with and without them. */
import { resolve } from "../src/index.ts";
import { Kernel } from "../src/kernel/kernel.ts";
import type { VmaRow } from "../src/kernel/vmas.ts";
import { cpuSeconds } from "./environment.ts";
import { feed } from "./feed.ts";
import { type Found, foundIn } from "./groups.ts";
import { type Run, takeTurns } from "./versus.ts";
import { everyRecord, keptRecords } from "./words.ts";
import type { Scale, Workload } from "./workloads.ts";

/** Words that mostly hit take so many times less than others. */
const HITS_FOR_A_MISS = 4;
/** Rounds for each one of other comparisons: they are short, since the sides differ by less than other work on the machine. */
const ROUNDS = 3;
/** Of a record of lackey, about. */
const LINE_BYTES = 16;
/** Of the shortest one. */
const MIN_LINE_BYTES = 7;
const NEWLINE = 0x0a;
/** Pages that nobody touches between two VMAs, at least. */
const GAP_PAGES = 16n;

/**
 * Records of `workload` as words, every one and those that the decoder keeps, and its text, through a machine that may
 * touch everything and one that has a VMA around each group of pages, with the rights that are used. So no access is
 * forbidden, and all counts must be equal. Each run has an instance of its own, which has replayed the same before:
 * where the host puts an instance changes its speed by more than VMAs do.
 */
export async function compareVmas(workload: Workload, scale: Scale): Promise<Found[]> {
  const text = wholeLines(workload.text(), scale.taskWords * LINE_BYTES);
  const every = await everyRecord(text, Math.ceil(text.length / MIN_LINE_BYTES));
  const kept = await keptRecords(text, Math.ceil(text.length / MIN_LINE_BYTES));
  const vmas = vmasOf(every);
  const config = resolve();
  const found: Found[] = [];
  const compare = async (
    group: "vmasEvery" | "vmasKept" | "vmasText",
    count: number,
    replay: (kernel: Kernel) => void,
  ) => {
    const side = (rows: readonly VmaRow[] | undefined) => async (): Promise<Run> => {
      const kernel = await Kernel.create();
      let seconds = 0;
      for (const _ of ["warm-up", "measured"]) {
        const start = cpuSeconds();
        kernel.configureRun(config, false, undefined, rows);
        replay(kernel);
        seconds = cpuSeconds() - start;
      }
      const { l1iMisses, l1dMisses, stlbMisses, walks, setDirty, minorFaults, protections } = kernel.counters();
      return { seconds, counts: { l1iMisses, l1dMisses, stlbMisses, walks, setDirty, minorFaults, protections } };
    };
    const turns = await takeTurns({ vmas: side(vmas), everything: side(undefined) }, ROUNDS * scale.rounds);
    const input = { workload: workload.name, real: workload.real, count };
    found.push(foundIn(group, turns, ["vmas", "everything"], input));
  };
  const words = async (group: "vmasEvery" | "vmasKept", some: BigUint64Array) => {
    const repeats = Math.ceil((scale.taskWords * (workload.mostlyMisses ? 1 : HITS_FOR_A_MISS)) / some.length);
    await compare(group, repeats * some.length, (kernel) => {
      for (let repeat = 0; repeat < repeats; repeat++) feed(kernel, some);
    });
  };
  await words("vmasEvery", every);
  await words("vmasKept", kept);
  if (!workload.real) return found;
  const repeats = Math.ceil((2 * scale.taskWords) / every.length);
  await compare("vmasText", repeats * every.length, (kernel) => {
    for (let repeat = 0; repeat < repeats; repeat++) replayText(kernel, text);
  });
  return found;
}

/** The first lines of `text`, `maxBytes` at most. */
function wholeLines(text: Uint8Array, maxBytes: number): Uint8Array {
  return text.length <= maxBytes ? text : text.subarray(0, text.lastIndexOf(NEWLINE, maxBytes - 1) + 1);
}

function replayText(kernel: Kernel, text: Uint8Array): void {
  for (let at = 0; at < text.length; ) {
    const input = kernel.input();
    const piece = text.subarray(at, at + input.length);
    input.set(piece);
    const error = kernel.decode(piece.length, false);
    if (error !== null) throw new Error(`line ${error.line}: ${error.reason}`);
    kernel.run();
    at += piece.length;
  }
}

const PAGE_MASK = 2n ** 52n - 1n;
const RIGHTS = ["x", "r", "w", "w"];

/** VMAs around the pages of the records of `words`, wherever GAP_PAGES are left, with all rights that are used there. */
function vmasOf(words: BigUint64Array): VmaRow[] {
  const pages = new Map<bigint, string>();
  for (const word of new Set(words)) {
    const page = (word >> 6n) & PAGE_MASK;
    const right = RIGHTS[Number(word >> 4n) & 3] ?? "";
    pages.set(page, (pages.get(page) ?? "") + right);
    if (word >> 63n !== 0n) pages.set(page + 1n, (pages.get(page + 1n) ?? "") + right);
  }
  const vmas: VmaRow[] = [];
  for (const [page, rights] of [...pages].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const latest = vmas.at(-1);
    if (latest !== undefined && page - latest.lastPage <= GAP_PAGES) {
      latest.lastPage = page;
      latest.rights = [...new Set(latest.rights + rights)].join("");
    } else {
      vmas.push({ firstPage: page, lastPage: page, rights: [...new Set(rights)].join("") });
    }
  }
  return vmas;
}
