/** What is said of one run, in words and tables that every output shares. */
import type { CpuPageSize } from "../config/cpus/description.ts";
import type { ResolvedOs } from "../config/os-config.ts";
import { PAGE_SIZE_BYTES } from "../config/page-sizes.ts";
import type { ResolvedConfig } from "../config/types.ts";
import { bytes, count, counted, decimal, NOT_AVAILABLE, percentColumn, printable, seconds } from "./format.ts";
import { hitRate, referencesPerWalk } from "./metrics.ts";
import { hostPairs, hostRows, nestedPairs } from "./nested-words.ts";
import { mixedSizePairs, pageSizeWords } from "./page-words.ts";
import type { ResultTable } from "./result-table.ts";
import type { OsActivity, RunResult } from "./results.ts";
import { geometryName, named, type Pair, tracePairs } from "./trace-words.ts";

/** The program would have ended at the first; a few more tell whether the mappings are those of another run. */
const SHOWN_SIGNALS = 3;

/** What was run. */
export function runPairs({ trace, config, accesses, references }: RunResult): Pair[] {
  return [
    ...tracePairs(trace, accesses),
    ["references", `${count(references.fetch + references.data)}: ${named(references)}`],
    ["machine", `${machineName(config)}, ${pageSizeWords(config)}`],
    ...nestedPairs(config),
  ];
}

/** The CPU by its name, and what people call it. */
function machineName({ cpu, hierarchy }: ResolvedConfig): string {
  const title = hierarchy === undefined || hierarchy.title === cpu ? "" : `: ${hierarchy.title}`;
  return printable(`${cpu}${title}`);
}

/** What each TLB did. */
export function tlbTable({ tlbs }: RunResult): ResultTable {
  const hitRates = percentColumn(tlbs.map((tlb) => hitRate(tlb.hits, tlb.lookups)));
  const rows = tlbs.map((tlb, index) => [
    tlb.name,
    `${geometryName(tlb)} ${tlb.policy}`,
    count(tlb.lookups),
    count(tlb.hits),
    count(tlb.misses),
    hitRates[index] ?? NOT_AVAILABLE,
    decimal(tlb.mpki, 3),
  ]);
  const head = ["TLB", "geometry", "lookups", "hits", "misses", "hit rate", "MPKI"];
  return { title: "TLBs", head, rows, nameColumns: 2 };
}

/** What the misses of the STLB cost. */
export function walkTable({ config, walks, psc }: RunResult): ResultTable {
  const { byLevel } = walks;
  const perWalk = decimal(referencesPerWalk(walks.references, walks.count), 3);
  // Entries may be anywhere in a hierarchy: how many there are, its arrays and walk caches tell.
  const isPlain = config.hierarchy === undefined;
  const rows = [
    ["references", count(byLevel.pml4e), count(byLevel.pdpte), count(byLevel.pde), count(byLevel.pte)],
    [isPlain ? "PSC hits" : "begun below", count(psc.pml4e.hits), count(psc.pdpte.hits), count(psc.pde.hits), "-"],
    ...(isPlain ? [["PSC entries", count(config.psc.pml4e), count(config.psc.pdpte), count(config.psc.pde), "-"]] : []),
    ...hostRows(walks.nested),
  ];
  const title = `Walks: ${count(walks.count)}, ${counted(walks.references, "walk reference")}, ${perWalk} per walk`;
  return { title, head: ["", "PML4E", "PDPTE", "PDE", "PTE"], rows, nameColumns: 1 };
}

/** What the prefetcher did, if there was one: of each its share of what it is of. */
function prefetchPairs({ prefetch }: Pick<RunResult, "prefetch">): Pair[] {
  if (prefetch === undefined) return [];
  const { policy, issued, useful, walks, walkReferences, accuracy, coverage } = prefetch;
  const [ofIssued = NOT_AVAILABLE, ofMisses = NOT_AVAILABLE] = percentColumn([accuracy, coverage]);
  return [
    [
      "prefetch",
      `${policy}: ${count(useful)} used of ${count(issued)} issued, accuracy ${ofIssued.trim()}, coverage ${ofMisses.trim()}`,
    ],
    ["prefetch walks", `${counted(walks, "walk")}, ${counted(walkReferences, "walk reference")}`],
  ];
}

/** What else it cost, and how long it took if that is known. */
export function costPairs(result: Omit<RunResult, "time"> & Partial<Pick<RunResult, "time">>): Pair[] {
  const { config, walks, faults, memory, os, time } = result;
  return [
    ...prefetchPairs(result),
    ["set-dirty", `${counted(walks.setDirty, "walk")}, ${counted(walks.setDirtyReferences, "walk reference")}`],
    ["faults", named(faults)],
    ...hostPairs(walks.nested),
    ...signalPairs(result),
    ...(mixedSizePairs(result) ?? [["memory", pages(memory.distinctPages, config.pageSize)] as const]),
    ["page tables", pages(memory.pageTablePages, config.hierarchy?.pageSizes[0] ?? "4K")],
    ...evictionPairs(result),
    ...(os === undefined ? [] : [["kernel", osWords(os)] as const]),
    ...timePairs(time),
  ];
}

/** How long it took; merged results, which are the same wherever they were made, do not tell. */
export function timePairs(time: RunResult["time"] | undefined): Pair[] {
  return time === undefined
    ? []
    : [["time", `${seconds(time.seconds)}, ${count(time.referencesPerSecond)} references/s`]];
}

/** The first accesses that no mapping allowed, if there were any; records count from 1 among those replayed. */
function signalPairs({ trace, faults, signals = [] }: Pick<RunResult, "trace" | "faults" | "signals">): Pair[] {
  const shown = signals.slice(0, SHOWN_SIGNALS);
  const others = faults.protection - shown.length;
  const pairs = shown.map(({ record, kind, address, code }, index): Pair => {
    const rest = index === shown.length - 1 && others > 0 ? `, and ${count(others)} more` : "";
    return ["SIGSEGV", `record ${count(record + 1)}: ${kind} at ${address}, ${code}${rest}`];
  });
  const isMost = 2 * faults.protection > trace.records;
  return isMost ? [...pairs, ["note", "no program survives that: are these mappings of another run of it?"]] : pairs;
}

/** What went where memory was full, if there is a limit: from how many frames, and how it was chosen. */
function evictionPairs({
  config: { os },
  memory: { evictions, writebacks },
}: Pick<RunResult, "config" | "memory">): Pair[] {
  const frames = os?.memoryFrames ?? null;
  if (frames === null && evictions === 0) return [];
  const limit = frames === null ? "" : ` from ${counted(frames, "frame")}, ${bytes(frames * PAGE_SIZE_BYTES["4K"])}`;
  const policy = frames === null || os === undefined ? "" : `, by ${policyName(os)}`;
  return [["evictions", `${count(evictions)}${limit}${policy}, ${counted(writebacks, "writeback")}`]];
}

function policyName({ reclaim, seed }: ResolvedOs): string {
  return reclaim === "random" ? `${reclaim} of seed ${seed}` : reclaim;
}

/** What the operating system did: `3 switches, 120 entries, 2 shootdowns of 40 pages`. */
function osWords({ switches, kernelEntries, shootdowns, invalidatedPages, processFlushes }: OsActivity): string {
  const flushes = processFlushes > 0 ? ` and ${counted(processFlushes, "flush", "flushes")}` : "";
  return [
    counted(switches, "switch", "switches"),
    counted(kernelEntries, "entry", "entries"),
    `${counted(shootdowns, "shootdown")}${shootdowns > 0 ? ` of ${counted(invalidatedPages, "page")}${flushes}` : ""}`,
  ].join(", ");
}

/** Pages of one size, and how much that is. */
export function pages(pageCount: number, pageSize: CpuPageSize): string {
  return `${counted(pageCount, "page")} of ${pageSize}, ${bytes(pageCount * PAGE_SIZE_BYTES[pageSize])}`;
}
