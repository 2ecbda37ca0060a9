/** A machine that is small enough to be seen whole, one access at a time. */
import { resolveGeometry, resolvePsc } from "../config/geometry.ts";
import { oneOf } from "../config/lists.ts";
import { FEATURE_DEFAULTS, type ProcessorCaches } from "../config/processor.ts";
import { type Geometry, LEAF_LEVELS, type PscSizes } from "../config/types.ts";
import { ConfigError } from "../errors.ts";
import { walkReferences } from "../kernel/counters.ts";
import type { ProcessorCache } from "../kernel/processor.ts";
import { hexAddress } from "../report/format.ts";
import { missRatio } from "../report/metrics.ts";
import type { CacheContents, CachePlace, Step, StepAccess, StepCounts, WrittenEntry } from "../report/stepping.ts";
import { Tables } from "../tables.ts";
import { parseAddress } from "./addresses.ts";
import { DemandPaging } from "./demand-paging.ts";
import { type Cached, Describer } from "./describe.ts";
import { type EntryChange, type EntryValues, parseEntryChanges, writeEntries } from "./entry-changes.ts";
import {
  buildExample,
  type ExampleRegion,
  exampleOptions,
  exampleRegions,
  regionAt,
  siteIn,
  type TableWrite,
} from "./example-process.ts";
import { ACCESS_KINDS, PRIVILEGES } from "./options.ts";
import { changesOf, type Lookup, lookupsOf, outcomeOf, shownContents } from "./step.ts";

/** What a Stepper has unless it is told otherwise: so little that a few accesses fill it. */
export const STEPPER_CACHES = {
  l1i: "2:2",
  l1d: "4:2",
  stlb: "8:4",
  psc: { pde: 2, pdpte: 1, pml4e: 1 },
} as const;

/** Entries of one cache: every step looks at all of them. */
const MAX_ENTRIES = 4096;

/** What a small machine is made of. */
export interface StepperOptions {
  /** TLBs as `ENTRIES:WAYS`, paging-structure caches as `pde=2,pdpte=1,pml4e=1`; 4096 entries each at most. */
  caches?: {
    l1i?: Geometry | string;
    l1d?: Geometry | string;
    stlb?: Geometry | string;
    psc?: Partial<PscSizes> | string;
  };
  /** Whether the tables have five levels. @default false */
  la57?: boolean;
  /** Entries of page tables that are to hold other values than the example process has there. @default none */
  entries?: readonly EntryChange[];
  /** Whether the page of a fault that Linux resolves is there for the next access, or it faults again. @default true */
  demandPaging?: boolean;
}

/**
 * A processor with small caches that walks the tables of the example process of explain(). Unlike explain(), it keeps
 * what an access leaves: in TLBs and paging-structure caches, and in A and D of the tables.
 */
export class Stepper {
  readonly #tables: Tables;
  readonly #la57: boolean;
  readonly #changes: EntryValues;
  readonly #demandPaging: boolean;
  readonly #regions: readonly ExampleRegion[];
  #process: Process;
  #accesses = 0;

  private constructor(tables: Tables, la57: boolean, changes: EntryValues, demandPaging: boolean) {
    this.#tables = tables;
    this.#la57 = la57;
    this.#changes = changes;
    this.#demandPaging = demandPaging;
    this.#regions = exampleRegions(la57);
    this.#process = this.#startProcess();
  }

  /** Rejects with ConfigError if an option is not what it may be. */
  static async create(options: StepperOptions = {}): Promise<Stepper> {
    const { caches = {}, la57 = false, entries = [], demandPaging = true } = options;
    const changes = parseEntryChanges(entries);
    const tables = await Tables.open(exampleOptions({ la57 }), resolveCaches(caches));
    return new Stepper(tables, la57, changes, demandPaging);
  }

  /** Makes one access. Throws ConfigError if it is not what it may be. */
  step({ address, kind, privilege = "user" }: StepAccess): Step {
    const va = parseAddress(address);
    const access = { kind: oneOf(ACCESS_KINDS, kind, "kind"), privilege: oneOf(PRIVILEGES, privilege, "privilege") };
    const { processor } = this.#tables;
    const before = processor.contents();
    const outcome = processor.access({ va, ...access });
    this.#accesses++;
    const lookups = lookupsOf(before, va, kind, outcome);
    const site = siteIn(this.#regions, va, kind);
    const explanation = this.#process.describer.explanation(va, access, outcome, site, cachedIn(lookups));
    const level = LEAF_LEVELS[explanation.pageSize ?? "4K"];
    const changes = changesOf(before, processor.contents());
    return {
      outcome: outcomeOf(outcome, lookups),
      explanation,
      lookups: lookups.map(({ cache, found }) => ({
        cache,
        set: found?.place.set ?? processor.setOf(cache, va, level),
        place: found?.place ?? null,
      })),
      ...changes,
      marked: outcome.steps.filter(({ before, after }) => before !== after).map(shownWrite),
      resolvedBy: explanation.fault?.resolved && this.#demandPaging ? this.#resolve(va, kind).map(shownWrite) : [],
    };
  }

  /** What every cache holds; caches without entries are left out. */
  contents(): CacheContents[] {
    return shownContents(this.#tables.processor.contents());
  }

  counts(): StepCounts {
    const counters = this.#tables.processor.counters();
    const { fetchReferences, dataReferences, l1iMisses, l1dMisses, stlbLookups, stlbMisses } = counters;
    const tlb = (name: "L1I" | "L1D" | "STLB", lookups: number, misses: number) => ({
      ...{ name, lookups, hits: lookups - misses, misses },
      missRatio: missRatio(misses, lookups),
    });
    return {
      accesses: this.#accesses,
      tlbs: [
        tlb("L1I", fetchReferences, l1iMisses),
        tlb("L1D", dataReferences, l1dMisses),
        tlb("STLB", stlbLookups, stlbMisses),
      ],
      walks: counters.walks,
      walkReferences: walkReferences(counters),
      faults: counters.pageFaults + counters.generalProtections,
    };
  }

  /** MOV to CR3, as a switch to a process and back: translations but those of global pages are gone. Returns which. */
  flush(): CachePlace[] {
    const { processor } = this.#tables;
    return this.#invalidatedBy(() => processor.writeCr3(processor.registers().cr3));
  }

  /** INVLPG: the page of `address` is gone, and all of the paging-structure caches. Returns which entries. */
  invlpg(address: bigint | string): CachePlace[] {
    const va = parseAddress(address);
    return this.#invalidatedBy(() => this.#tables.processor.invlpg(va));
  }

  /** Everything as it was at the beginning: caches, A and D, counts. */
  reset(): void {
    this.#tables.restart();
    this.#process = this.#startProcess();
    this.#accesses = 0;
  }

  #invalidatedBy(instruction: () => void): CachePlace[] {
    const before: ProcessorCache[] = this.#tables.processor.contents();
    instruction();
    return changesOf(before, this.#tables.processor.contents()).invalidated;
  }

  /** Has Linux make the access possible, and returns the entries that it writes. */
  #resolve(va: bigint, kind: StepAccess["kind"]): TableWrite[] {
    const region = regionAt(this.#regions, va);
    if (region === undefined) return [];
    const written = this.#process.paging.bring(region, va, kind === "write");
    for (const { address } of written) this.#process.changedFrom.delete(address);
    return written;
  }

  /** Writes the tables of the process. */
  #startProcess(): Process {
    const { processor } = this.#tables;
    const example = buildExample(processor, { la57: this.#la57, pages1G: FEATURE_DEFAULTS.pages1G });
    const changedFrom = writeEntries(processor, this.#changes, example.memoryText());
    const describer = new Describer(this.#tables, changedFrom);
    return { describer, changedFrom, paging: new DemandPaging(processor, example) };
  }
}

/** What there is of the example process since it began. */
interface Process {
  describer: Describer;
  /** What changed entries would hold, of those that nobody has written since. */
  changedFrom: Map<bigint, bigint>;
  paging: DemandPaging;
}

function shownWrite({ address, before, after }: TableWrite): WrittenEntry {
  return { physicalAddress: hexAddress(address), before: hexAddress(before), after: hexAddress(after) };
}

function cachedIn(lookups: readonly Lookup[]): Cached {
  const [page = null, table = null] = [
    ["L1I", "L1D", "STLB"],
    ["PDE", "PDPTE", "PML4E", "PML5E"],
  ].map((names) => lookups.find(({ cache, found }) => found !== null && names.includes(cache))?.found?.entry);
  return { page, table };
}

function resolveCaches({ l1i, l1d, stlb, psc }: NonNullable<StepperOptions["caches"]>): ProcessorCaches {
  const caches = {
    l1i: resolveGeometry(l1i ?? STEPPER_CACHES.l1i, "caches.l1i"),
    l1d: resolveGeometry(l1d ?? STEPPER_CACHES.l1d, "caches.l1d"),
    stlb: resolveGeometry(stlb ?? STEPPER_CACHES.stlb, "caches.stlb"),
    psc: resolvePsc(psc ?? {}, STEPPER_CACHES.psc),
  };
  for (const name of ["l1i", "l1d", "stlb"] as const) checkSize(`caches.${name}`, caches[name].entries);
  for (const [name, entries] of Object.entries(caches.psc)) checkSize(`caches.psc.${name}`, entries);
  return caches;
}

function checkSize(option: string, entries: number): void {
  if (entries > MAX_ENTRIES) throw new ConfigError(option, entries, `at most ${MAX_ENTRIES} entries`);
}
