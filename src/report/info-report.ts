/** What is said of one trace, in words and tables that every output shares. */

import { PAGE_SIZE_BYTES } from "../config/page-sizes.ts";
import { bytes, count, counted, NOT_AVAILABLE, wholeRate } from "./format.ts";
import { ARCHITECTURE_WORDS, REGION_WORDS } from "./note-words.ts";
import type { ResultTable } from "./result-table.ts";
import type { ArchitectureGuess, InfoResult, Region } from "./results.ts";
import { pages } from "./run-report.ts";
import { formatName, named, type Pair, tracePairs } from "./trace-words.ts";

/** Sizes and threads that are named; the others are counted. */
const MOST_SIZES = 6;
const MOST_THREADS = 8;

/** What a pages-only trace cannot tell. */
const NOT_KEPT = "sizes, offsets in pages, program counters, threads; records by page, and when: pages only";

/** What a trace is and holds. */
export function infoPairs(result: InfoResult): Pair[] {
  const { trace, accesses, references, addresses } = result;
  const lines =
    result.lineStraddling === null ? "" : `, ${count(result.lineStraddling)} on two lines or more of 64 bytes`;
  const stored = trace.storedBytes === null ? "unknown" : bytes(trace.storedBytes);
  return [
    ...tracePairs(trace, accesses),
    ["references", `${count(references.fetch + references.data)}: ${named(references)}`],
    ["stored", trace.compression === "none" ? stored : `${stored}, ${bytes(trace.bytes)} decompressed`],
    ...(result.sizes === null ? [] : [["sizes", sizesOf(result.sizes)] as const]),
    ["straddling", `${counted(result.straddling, "record")} on two 4 KiB pages${lines}`],
    ["non-canonical", counted(result.nonCanonical, "address", "addresses")],
    ["addresses", addresses.lowest === null ? "none" : `${addresses.lowest} to ${addresses.highest}`],
    ["architecture", architectureWords(result.architecture)],
    ...(result.threads === null || result.threads.length === 0
      ? []
      : [["threads", threadsOf(result.threads, result)] as const]),
    ...(result.sizes === null ? [["not kept", NOT_KEPT] as const] : []),
  ];
}

/** What a trace is, in one line. */
export function infoLine({ trace, footprint }: InfoResult): string {
  const touched = footprint.slice(0, 1).map((row) => pages(row.pages, row.pageSize));
  return [formatName(trace), counted(trace.records, "record"), ...touched].join("; ");
}

/** The pages that a trace touches, were they all of one size. */
export function footprintTable({ footprint }: InfoResult): ResultTable {
  const rows = footprint.map((row) => [
    row.pageSize,
    count(row.pages),
    bytes(row.pages * PAGE_SIZE_BYTES[row.pageSize]),
    count(row.codePages),
    count(row.dataPages),
  ]);
  const head = ["footprint", "pages", "size", "code pages", "data pages"];
  return { title: "Footprint", head, rows, nameColumns: 1 };
}

/** How soon pages come back: what LRU needs for which hit rates. */
export function reuseTable({ reuse }: InfoResult): ResultTable {
  const used = reuse.filter(({ references }) => references > 0);
  const rates = used[0]?.pagesForHitRate ?? [];
  const rows = used.map(({ stream, references, coldReferences, pagesForHitRate }) => [
    stream,
    count(references),
    count(coldReferences),
    ...pagesForHitRate.map(({ pages }) => (pages === null ? NOT_AVAILABLE : count(pages))),
  ]);
  const head = ["reuse", "references", "first ones", ...rates.map(({ hitRate }) => `pages for ${wholeRate(hitRate)}`)];
  return { title: "Reuse", head, rows, nameColumns: 1 };
}

/** Windows of the working set that are shown: powers of 32 and the longest. */
const WINDOW_STEP_LOG2 = 5;

/** Average sizes of the working set. */
export function workingSetTable(workingSet: NonNullable<InfoResult["workingSet"]>): ResultTable {
  const shown = workingSet.filter(
    (_, log2) => log2 > 0 && (log2 % WINDOW_STEP_LOG2 === 0 || log2 === workingSet.length - 1),
  );
  const rows = shown.map(({ windowReferences, averagePages }) => [
    count(windowReferences),
    averagePages < 100 ? averagePages.toFixed(1) : count(averagePages),
    bytes(Math.round(averagePages) * PAGE_SIZE_BYTES["4K"]),
  ]);
  return { title: "Working set", head: ["window", "pages of 4K", "size"], rows, nameColumns: 0 };
}

/** What the regions of a trace are and hold. */
export function regionsTable({ regions }: InfoResult): ResultTable {
  const rows = regions.ranges.map((region) => [
    region.address,
    bytes(region.bytes),
    count(region.pages),
    ...accessesTo(region),
    region.guess === null ? "" : REGION_WORDS[region.guess],
  ]);
  const head = ["region", "span", "pages", "fetches", "loads", "stores", "probably"];
  return { title: "Regions", head, rows, nameColumns: 1 };
}

/** Fetches, loads and stores, a modify being both. */
function accessesTo({ fetches, loads, stores, modifies }: Region): string[] {
  if (fetches === null || loads === null || stores === null || modifies === null) return Array(3).fill(NOT_AVAILABLE);
  return [count(fetches), count(loads + modifies), count(stores + modifies)];
}

/** The most frequent sizes. */
function sizesOf(sizes: NonNullable<InfoResult["sizes"]>): string {
  const frequent = sizes.toSorted((a, b) => b.fetches + b.data - (a.fetches + a.data)).slice(0, MOST_SIZES);
  const listed = frequent.sort((a, b) => a.bytes - b.bytes);
  const words = listed.map((size) => `${size.bytes}: ${count(size.fetches + size.data)}`);
  if (sizes.length > MOST_SIZES) words.push(`${count(sizes.length - MOST_SIZES)} others`);
  return sizes.length === 0 ? "none" : `in bytes, with records: ${words.join(", ")}`;
}

function threadsOf(threads: NonNullable<InfoResult["threads"]>, { unlistedThreadRecords }: InfoResult): string {
  const unlisted = unlistedThreadRecords ?? 0;
  const busiest = threads.toSorted((a, b) => b.records - a.records);
  const named = busiest.slice(0, MOST_THREADS).map(({ pid, tid, records }) => {
    return `${pid === "0" ? "" : `${pid}/`}${tid}: ${counted(records, "record")}`;
  });
  const others = busiest.slice(MOST_THREADS);
  const rest = others.reduce((sum, { records }) => sum + records, unlisted);
  if (rest > 0) named.push(`others: ${counted(rest, "record")}`);
  return `${count(threads.length)}${unlisted > 0 ? " and more" : ""}: ${named.join(", ")}`;
}

function architectureWords({ guess, kernelHalf }: ArchitectureGuess): string {
  return `${ARCHITECTURE_WORDS[guess]}${kernelHalf ? ", user and kernel" : guess === "x86-64" ? ", user space" : ""}`;
}
