/**
 * Results as text for people: lines of label and value, and tables without rules, so that it reads as well in a file
 * or a mail as in a terminal. No colour and no control characters; names from outside are made harmless.
 */
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
import { named, pairs, paragraphs, table, tracePairs, waysName } from "./lines.ts";
import { hitRate, referencesPerWalk } from "./metrics.ts";
import type { InfoResult, RunResult } from "./results.ts";

/** What a run was, what each TLB did, and what the misses cost. Ends with a newline. */
export function runText(result: RunResult): string {
  const { trace, config, accesses, references, tlbs, walks, psc, faults, memory, time } = result;
  const hitRates = percentColumn(tlbs.map((tlb) => hitRate(tlb.hits, tlb.lookups)));
  const tlbRows = tlbs.map((tlb, index) => [
    tlb.name,
    `${tlb.entries}:${waysName(tlb)} ${tlb.policy}`,
    count(tlb.lookups),
    count(tlb.hits),
    count(tlb.misses),
    hitRates[index] ?? NOT_AVAILABLE,
    decimal(tlb.mpki, 3),
  ]);
  const { byLevel } = walks;
  const walkRows = [
    ["references", count(byLevel.pml4e), count(byLevel.pdpte), count(byLevel.pde), count(byLevel.pte)],
    ["PSC hits", count(psc.pml4e.hits), count(psc.pdpte.hits), count(psc.pde.hits), "-"],
    ["PSC entries", count(config.psc.pml4e), count(config.psc.pdpte), count(config.psc.pde), "-"],
  ];
  const perWalk = referencesPerWalk(walks.references, walks.count);
  return paragraphs(
    pairs([
      ...tracePairs(trace, accesses),
      ["references", `${count(references.fetch + references.data)}: ${named(references)}`],
      ["machine", `${printable(config.cpu)}, ${config.pageSize} pages`],
    ]),
    table(["TLB", "geometry", "lookups", "hits", "misses", "hit rate", "MPKI"], tlbRows, 2),
    [
      `Walks: ${count(walks.count)}, ${counted(walks.references, "walk reference")}, ${decimal(perWalk, 3)} per walk`,
      table(["", "PML4E", "PDPTE", "PDE", "PTE"], walkRows),
    ].join("\n"),
    pairs([
      ["set-dirty", `${counted(walks.setDirty, "walk")}, ${counted(walks.setDirtyReferences, "walk reference")}`],
      ["faults", named(faults)],
      ["memory", pages(memory.distinctPages, config.pageSize)],
      ["page tables", pages(memory.pageTablePages, "4K")],
      ...(memory.evictions + memory.writebacks > 0
        ? [["evictions", `${count(memory.evictions)}, ${counted(memory.writebacks, "writeback")}`] as const]
        : []),
      ["time", `${seconds(time.seconds)}, ${count(time.referencesPerSecond)} references/s`],
    ]),
  );
}

/** What is known of a trace without simulating a machine. Ends with a newline. */
export function infoText(result: InfoResult): string {
  const { trace, accesses, references, footprint, addresses, time } = result;
  const stored = trace.storedBytes === null ? "unknown" : bytes(trace.storedBytes);
  const footprintRows = footprint.map((row) => [
    row.pageSize,
    count(row.pages),
    bytes(row.pages * PAGE_SIZE_BYTES[row.pageSize]),
    count(row.codePages),
    count(row.dataPages),
  ]);
  return paragraphs(
    pairs([
      ...tracePairs(trace, accesses),
      ["references", `${count(references.fetch + references.data)}: ${named(references)}`],
      ["stored", trace.compression === "none" ? stored : `${stored}, ${bytes(trace.bytes)} decompressed`],
      ["straddling", `${counted(result.straddling, "record")} on two 4 KiB pages`],
      ["non-canonical", counted(result.nonCanonical, "address", "addresses")],
      ["addresses", addresses.lowest === null ? "none" : `${addresses.lowest} to ${addresses.highest}`],
    ]),
    table(["footprint", "pages", "size", "code pages", "data pages"], footprintRows),
    pairs([["time", `${seconds(time.seconds)}, ${count(time.recordsPerSecond)} records/s`]]),
  );
}

function pages(pageCount: number, pageSize: PageSize): string {
  return `${counted(pageCount, "page")} of ${pageSize}, ${bytes(pageCount * PAGE_SIZE_BYTES[pageSize])}`;
}
