/** What page tables map: counted first, then listed page by page or in runs. */
import { PAGE_SIZES } from "./config/types.ts";
import { ConfigError, DumpError } from "./errors.ts";
import type { MappedPage } from "./kernel/processor.ts";
import { ACCESSED, DIRTY, EntryReader, EXECUTE, GLOBAL, USER, WRITE } from "./map/entries.ts";
import { mergedRuns, type Run } from "./map/merge.ts";
import { addressOf, summarize } from "./map/summary.ts";
import { pagesOfEntry, Survey } from "./map/survey.ts";
import { count, hexAddress } from "./report/format.ts";
import type { Mapping, MapSummary } from "./report/mapping.ts";
import { Tables } from "./tables.ts";
import type { TablesOptions } from "./tables-options.ts";

/** Mappings that are listed at most: 512 GiB in pages of 4 KiB. */
const MAX_LISTED = 2 ** 27;
/** Tables that a listing looks at at most, each as often as it is met: seconds. */
const MAX_VISITS = 2 ** 24;
const PAGE_BYTES = 4096;

export interface MapOptions extends TablesOptions {
  memory: NonNullable<TablesOptions["memory"]>;
}

/** What the tables of an address space map. */
export class PageMap {
  readonly summary: MapSummary;
  readonly #tables: Tables;
  readonly #survey: Survey;
  /** Listings of pages that were begun: the kernel knows one at a time. */
  #listings = 0;

  /** @internal */
  constructor(tables: Tables, survey: Survey) {
    this.#tables = tables;
    this.#survey = survey;
    this.summary = summarize(survey, tables);
  }

  /**
   * Every mapping, by ascending address, the lower half first; some thousands at a time. With `merge`, runs of pages.
   * Throws DumpError if there are more than 2^27 to list, which takes tables that share or contain each other.
   * Beginning another listing without `merge` ends one that is under way with an error.
   *
   * @param options.merge @default false
   */
  mappings({ merge = false }: { merge?: boolean } = {}): Generator<Mapping[], void> {
    const { runs, visits } = this.#survey.root;
    const listed = merge ? runs : this.summary.mapped.pages;
    if (listed > MAX_LISTED) throw this.#tooMany(merge);
    if (!merge && visits > MAX_VISITS) throw this.#tooMany(merge);
    return merge ? this.#runs() : this.#pages();
  }

  *#pages(): Generator<Mapping[], void> {
    const { reader } = this.#survey;
    const listing = ++this.#listings;
    for (const pages of this.#tables.processor.mappings()) {
      yield pages.map((page) => mappingOfPage(page, reader.flagsOf(page.entry)));
      if (listing !== this.#listings)
        throw new Error("another listing of these tables was begun before this one ended");
    }
  }

  *#runs(): Generator<Mapping[], void> {
    for (const runs of mergedRuns(this.#survey)) yield runs.map(mappingOfRun);
  }

  #tooMany(merge: boolean): DumpError {
    const { path, selfReferences, mapped } = this.summary;
    const { runs, visits } = this.#survey.root;
    const [reference] = selfReferences.first;
    const runsText = merge ? ` in up to ${count(runs)} runs` : "";
    const what = `${count(mapped.pages)} pages${runsText} by way of ${count(visits)} tables`;
    const why =
      reference === undefined
        ? "tables are shared by many addresses"
        : `the ${reference.level.toUpperCase()} at physical address ${reference.physicalAddress} points back to the ` +
          `table at ${reference.table}, which leads to it`;
    const hint = merge ? "" : "; merged into runs, or summed up, it can be told";
    return new DumpError(`the tables map ${what}, too many to list: ${why}${hint}`, { path }, "too-many");
  }
}

/**
 * Loads the page tables at CR3 from a memory dump and counts what they map, in time for the tables alone. Rejects with
 * ConfigError if an option is not what it may be or CR3 is not known, and with DumpError if the dump cannot be read or
 * lacks a table; that names the level and the physical address.
 */
export async function map(options: MapOptions): Promise<PageMap> {
  if (options.memory === undefined) throw new ConfigError("memory", "nothing", "a dump of physical memory");
  const tables = await Tables.open(options);
  try {
    return new PageMap(tables, await Survey.make(tables, new EntryReader(tables.processor)));
  } finally {
    await tables.close();
  }
}

function mappingOfPage(page: MappedPage, flags: number): Mapping {
  const { va, physicalAddress, entry, leafLevel, write, user, execute } = page;
  return {
    va: hexAddress(va),
    pa: hexAddress(physicalAddress),
    size: pagesOfEntry(leafLevel) * PAGE_BYTES,
    write,
    user,
    execute,
    global: (flags & GLOBAL) !== 0,
    accessed: (flags & ACCESSED) !== 0,
    dirty: (flags & DIRTY) !== 0,
    entry: hexAddress(entry),
  };
}

function mappingOfRun({ page, frame, length, flags, entry, bySize, aliases, stride }: Run): Mapping {
  const sizes = PAGE_SIZES.map((pageSize, index) => [pageSize, bySize[index] ?? 0] as const);
  return {
    va: addressOf(page),
    pa: hexAddress(frame * PAGE_BYTES),
    size: length * PAGE_BYTES,
    write: (flags & WRITE) !== 0,
    user: (flags & USER) !== 0,
    execute: (flags & EXECUTE) !== 0,
    global: (flags & GLOBAL) !== 0,
    accessed: (flags & ACCESSED) !== 0,
    dirty: (flags & DIRTY) !== 0,
    entry: hexAddress(entry),
    pages: Object.fromEntries(sizes.filter(([, pages]) => pages > 0)),
    ...(aliases > 1 ? { aliases, stride: stride * PAGE_BYTES } : {}),
  };
}
