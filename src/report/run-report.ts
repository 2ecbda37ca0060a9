/** What is said of one run and of one trace, in words and tables that every output shares. */
import type { PageSize } from "../config/types.ts";
import {
  bytes,
  count,
  counted,
  decimal,
  NOT_AVAILABLE,
  PAGE_SIZE_BYTES,
  percentColumn,
  printable,
  seconds,
} from "./format.ts";
import { hitRate, referencesPerWalk } from "./metrics.ts";
import type { ResultTable } from "./result-table.ts";
import type { InfoResult, RunResult } from "./results.ts";
import { formatName, geometryName, named, type Pair, tracePairs } from "./trace-words.ts";

/** What was run. */
export function runPairs({ trace, config, accesses, references }: RunResult): Pair[] {
  return [
    ...tracePairs(trace, accesses),
    ["references", `${count(references.fetch + references.data)}: ${named(references)}`],
    ["machine", `${printable(config.cpu)}, ${config.pageSize} pages`],
  ];
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
  const rows = [
    ["references", count(byLevel.pml4e), count(byLevel.pdpte), count(byLevel.pde), count(byLevel.pte)],
    ["PSC hits", count(psc.pml4e.hits), count(psc.pdpte.hits), count(psc.pde.hits), "-"],
    ["PSC entries", count(config.psc.pml4e), count(config.psc.pdpte), count(config.psc.pde), "-"],
  ];
  const title = `Walks: ${count(walks.count)}, ${counted(walks.references, "walk reference")}, ${perWalk} per walk`;
  return { title, head: ["", "PML4E", "PDPTE", "PDE", "PTE"], rows, nameColumns: 1 };
}

/** What else it cost, and how long it took. */
export function costPairs({ config, walks, faults, memory, time }: RunResult): Pair[] {
  return [
    ["set-dirty", `${counted(walks.setDirty, "walk")}, ${counted(walks.setDirtyReferences, "walk reference")}`],
    ["faults", named(faults)],
    ["memory", pages(memory.distinctPages, config.pageSize)],
    ["page tables", pages(memory.pageTablePages, "4K")],
    ...(memory.evictions + memory.writebacks > 0
      ? [["evictions", `${count(memory.evictions)}, ${counted(memory.writebacks, "writeback")}`] as const]
      : []),
    ["time", `${seconds(time.seconds)}, ${count(time.referencesPerSecond)} references/s`],
  ];
}

/** What a trace is and holds. */
export function infoPairs(result: InfoResult): Pair[] {
  const { trace, accesses, references, addresses } = result;
  const stored = trace.storedBytes === null ? "unknown" : bytes(trace.storedBytes);
  return [
    ...tracePairs(trace, accesses),
    ["references", `${count(references.fetch + references.data)}: ${named(references)}`],
    ["stored", trace.compression === "none" ? stored : `${stored}, ${bytes(trace.bytes)} decompressed`],
    ["straddling", `${counted(result.straddling, "record")} on two 4 KiB pages`],
    ["non-canonical", counted(result.nonCanonical, "address", "addresses")],
    ["addresses", addresses.lowest === null ? "none" : `${addresses.lowest} to ${addresses.highest}`],
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

function pages(pageCount: number, pageSize: PageSize): string {
  return `${counted(pageCount, "page")} of ${pageSize}, ${bytes(pageCount * PAGE_SIZE_BYTES[pageSize])}`;
}
