/** What page tables map: counted first, then listed page by page or in runs. */
import { PAGE_SIZES } from "./config/types.ts";
import { ConfigError, DumpError } from "./errors.ts";
import { ACCESSED, DIRTY, EntryReader, EXECUTE, GLOBAL, PAGE_BYTES, USER, WRITE } from "./map/entries.ts";
import { listRuns, type Merging } from "./map/list.ts";
import type { Run } from "./map/merge.ts";
import { addressOf, summarize } from "./map/summary.ts";
import { Survey } from "./map/survey.ts";
import { count, hexAddress } from "./report/format.ts";
import type { Mapping, MapSummary } from "./report/mapping.ts";
import { Tables } from "./tables.ts";
import type { TablesOptions } from "./tables-options.ts";

/** Mappings that are listed at most: 512 GiB in pages of 4 KiB. */
const MAX_LISTED = 2 ** 27;
/** Of tables that contain themselves: in each level that an entry does so, every page comes again. */
const MAX_LISTED_OF_CYCLES = 2 ** 22;

export interface MapOptions extends TablesOptions {
  memory: NonNullable<TablesOptions["memory"]>;
}

/** What the tables of an address space map. */
export class PageMap {
  readonly summary: MapSummary;
  readonly #survey: Survey;

  /** @internal */
  constructor(survey: Survey, summary: MapSummary) {
    this.#survey = survey;
    this.summary = summary;
  }

  /**
   * Every mapping, by ascending address, the lower half first; some thousands at a time. Throws DumpError if there are
   * more than 2^27 to list, or 2^22 of tables that contain themselves.
   *
   * @param merging "ranges": pages that follow one another in both address spaces, with equal rights and G, as one.
   * "aliases": also what is mapped again and again, at equal distances (`Mapping.aliases`). @default "none"
   */
  mappings(merging: Merging = "none"): Generator<Mapping[], void> {
    const { mapped, selfReferences } = this.summary;
    const listed = merging === "aliases" ? this.#survey.root.runs : mapped.pages;
    if (listed > (selfReferences.entries > 0 ? MAX_LISTED_OF_CYCLES : MAX_LISTED)) throw this.#tooMany(merging);
    return this.#list(merging);
  }

  *#list(merging: Merging): Generator<Mapping[], void> {
    for (const runs of listRuns(this.#survey, merging)) yield runs.map((run) => mappingOf(run, merging));
  }

  #tooMany(merging: Merging): DumpError {
    const { path, selfReferences, mapped } = this.summary;
    const [reference] = selfReferences.first;
    const runsText = merging === "aliases" ? ` in up to ${count(this.#survey.root.runs)} runs` : "";
    const why =
      reference === undefined
        ? "tables are shared by many addresses"
        : `the ${reference.level.toUpperCase()} at physical address ${reference.physicalAddress} points back to the ` +
          `table at ${reference.table}, which leads to it`;
    const hint = merging === "aliases" ? "" : "; the summary can be told, and aliases merged";
    const reason = `the tables map ${count(mapped.pages)} pages${runsText}, too many to list: ${why}${hint}`;
    return new DumpError(reason, { path }, "too-many");
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
    const survey = await Survey.make(tables, new EntryReader(tables.processor));
    return new PageMap(survey, summarize(survey, tables, options));
  } finally {
    await tables.close();
  }
}

function mappingOf({ page, frame, length, flags, entry, bySize, aliases, stride }: Run, merging: Merging): Mapping {
  const mapping: Mapping = {
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
  };
  if (merging === "none") return mapping;
  const sizes = PAGE_SIZES.map((pageSize, index) => [pageSize, bySize[index] ?? 0] as const);
  mapping.pages = Object.fromEntries(sizes.filter(([, pages]) => pages > 0));
  return aliases > 1 ? { ...mapping, aliases, stride: stride * PAGE_BYTES } : mapping;
}
