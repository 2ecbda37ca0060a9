/** What the processor did about an access, as an Explanation. */

import { PAGE_SIZE_BYTES } from "../config/page-sizes.ts";
import type { EntryFlags, FaultReason } from "../config/processor.ts";
import { PAGE_SIZES, type PageSize } from "../config/types.ts";
import type { CacheEntry, Fault, Outcome, Processor, WalkStep } from "../kernel/processor.ts";
import { adviceFor } from "../report/advice.ts";
import { allDigits } from "../report/explain-fields.ts";
import type { ExplainedAccess, ExplainedFault, ExplainedStep, Explanation, LevelName } from "../report/explanation.ts";
import { type Coverage, errorBits, type FaultSituation, reasonText } from "../report/fault-words.ts";
import { hexAddress } from "../report/format.ts";
import { LEVELS, type Tables } from "../tables.ts";
import type { EntryValues } from "./entry-changes.ts";
import { isKernelAddress, isProtNone, isVsyscall, linuxAnswer } from "./linux.ts";

/** Entries whose description is kept: most addresses share all but the last. */
const MAX_KEPT = 1 << 18;

/** What the process has at an address, besides page tables. */
export interface Site {
  place: string | null;
  coverage: Coverage;
  /** The page was taken out of memory, and is in swap, or zeros. @default false */
  evicted?: boolean;
}

/** What caches held of an address before the access, as far as it was used. */
export interface Cached {
  /** The entry of a TLB that had the page. */
  page: CacheEntry | null;
  /** The entry of a paging-structure cache below which the walk started. */
  table: CacheEntry | null;
}

/** A processor, and what is known of its tables. */
export type WalkedTables = Pick<Tables, "processor" | "topLevel" | "missingTable">;

const NOT_CACHED: Cached = { page: null, table: null };

/** Whether an entry alone takes away the right whose lack is the reason. */
const LACKS_RIGHT: Partial<Record<FaultReason, (flags: Readonly<EntryFlags>) => boolean>> = {
  "supervisor-page": ({ US }) => !US,
  "read-only": ({ RW }) => !RW,
  "execute-disable": ({ XD }) => XD,
};

const FRAME_MASK = ~0xfffn;

/** Describes accesses that walk `tables`. */
export class Describer {
  readonly #tables: WalkedTables;
  readonly #processor: Processor;
  readonly addressBits: 48 | 57;
  readonly topLevel: number;
  readonly #cr3: string;
  readonly #smapHolds: boolean;
  readonly #changedFrom: EntryValues;
  /** By the entry's address, plus its level. */
  #kept = new Map<bigint, { entry: bigint; step: ExplainedStep }>();

  /** `changedFrom`: what entries held before they were changed, by their physical addresses. */
  constructor(tables: WalkedTables, changedFrom: EntryValues) {
    const { processor } = tables;
    this.#tables = tables;
    this.#processor = processor;
    this.#changedFrom = changedFrom;
    const { cr3, cr4, rflags } = processor.registers();
    this.addressBits = (cr4 & processor.registerBit("cr4", "LA57")) !== 0n ? 57 : 48;
    this.topLevel = tables.topLevel;
    this.#cr3 = hexAddress(cr3);
    this.#smapHolds =
      (cr4 & processor.registerBit("cr4", "SMAP")) !== 0n && (rflags & processor.registerBit("rflags", "AC")) === 0n;
  }

  /** Describes `outcome` of an access to `va`. Whether a table that was missing could be had is for the caller to try. */
  explanation(
    va: bigint,
    access: ExplainedAccess,
    outcome: Outcome,
    site: Site,
    cached: Cached = NOT_CACHED,
  ): Explanation {
    const canonical = outcome.fault?.reason !== "non-canonical";
    const steps = outcome.steps.map((step) => this.#step(step));
    const pageSize = this.#pageSize(outcome, cached);
    const firstLevel = outcome.steps[0]?.level ?? outcome.missing?.level;
    const high = Number(va >> 32n);
    const low = Number(BigInt.asUintN(32, va));
    const explanation: Explanation = {
      schema: "pagewalk/explain@1",
      address: allDigits(va),
      access,
      addressBits: this.addressBits,
      canonical,
      indices: {
        ...(this.addressBits === 57 ? { pml5: (high >>> 16) & 511 } : {}),
        pml4: (high >>> 7) & 511,
        pdpt: ((high & 0x7f) << 2) | (low >>> 30),
        pd: (low >>> 21) & 511,
        pt: (low >>> 12) & 511,
      },
      offset: low & (PAGE_SIZE_BYTES[pageSize ?? "4K"] - 1),
      cr3: canonical && firstLevel === this.topLevel ? this.#cr3 : null,
      place: site.place,
      steps,
      physicalAddress: null,
      pageSize,
      rights: pageSize === null ? null : rightsOf(steps, cached),
      fault: null,
      error: this.#error(outcome),
    };
    const [translation] = outcome.translations;
    if (translation !== undefined) explanation.physicalAddress = hexAddress(translation.physicalAddress);
    const { fault } = outcome;
    if (fault !== null) {
      explanation.fault = this.#fault(va, explanation, fault, outcome.steps.at(-1), site, cached.page);
    }
    return explanation;
  }

  #error({ missing, steps }: Outcome): Explanation["error"] {
    if (missing === null) return null;
    const frame = missing.physicalAddress & FRAME_MASK;
    const { message } = this.#tables.missingTable(missing.level, frame, steps.at(-1)?.address ?? null);
    return { message, level: levelName(missing.level), physicalAddress: hexAddress(frame) };
  }

  #step({ level, address, before }: WalkStep): ExplainedStep {
    const key = address | BigInt(level);
    const kept = this.#kept.get(key);
    if (kept?.entry === before) return kept.step;
    const flags = this.#processor.entries.flags(before, level);
    const changedFrom = this.#changedFrom.get(address);
    const step: ExplainedStep = {
      level: levelName(level),
      physicalAddress: hexAddress(address),
      entry: hexAddress(before),
      changedFrom: changedFrom === undefined ? null : hexAddress(changedFrom),
      flags,
      target: flags.P ? hexAddress(this.#processor.entries.targetOf(before, level)) : null,
      reserved: flags.P ? bitNames(this.#processor.entries.reservedBits(before, level)) : [],
    };
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(key, { entry: before, step });
    return step;
  }

  #pageSize({ translations: [translation], fault, steps }: Outcome, { page }: Cached): PageSize | null {
    if (translation !== undefined) return PAGE_SIZES[translation.leafLevel - 1] ?? null;
    const last = steps.at(-1);
    if (fault === null) return null;
    if (last === undefined) return page === null ? null : (PAGE_SIZES[page.level - 1] ?? null);
    const isPage = this.#processor.entries.kindOf(last.before, last.level) === "page";
    return isPage ? (PAGE_SIZES[last.level - 1] ?? null) : null;
  }

  #fault(
    va: bigint,
    { access, steps, addressBits }: Explanation,
    { reason: kind, vector, errorCode, cr2, level }: Fault,
    last: WalkStep | undefined,
    { coverage, evicted = false }: Site,
    cached: CacheEntry | null,
  ): ExplainedFault {
    const { entries } = this.#processor;
    const situation: FaultSituation = {
      ...{ kind, vector, errorCode, access, steps, address: va, addressBits, coverage, evicted },
      kernelAddress: isKernelAddress(va, addressBits),
      vsyscall: isVsyscall(va),
      protNone: kind === "not-present" && last !== undefined && last.level <= 2 && isProtNone(last.before, entries),
      smapHolds: this.#smapHolds,
      protectionKey: steps.at(-1)?.flags.PK ?? cached?.protectionKey ?? null,
    };
    const answer = linuxAnswer(situation);
    return {
      vector,
      errorCode,
      errorBits: vector === 14 ? errorBits(errorCode, access) : [],
      cr2: cr2 === null ? null : allDigits(cr2),
      reason: reasonText(situation),
      kind,
      level: level === 0 ? null : (steps.find(({ flags }) => LACKS_RIGHT[kind]?.(flags))?.level ?? levelName(level)),
      ...answer,
      advice: adviceFor(situation, answer.resolved),
    };
  }
}

function levelName(level: number): LevelName {
  return (LEVELS[level] as (typeof LEVELS)[number]).json;
}

/** Cached entries have the rights of the levels above those that were read. */
function rightsOf(steps: readonly ExplainedStep[], { page, table }: Cached): Explanation["rights"] {
  const above = page ?? table ?? { write: true, user: true, execute: true };
  return {
    write: above.write && steps.every(({ flags }) => flags.RW),
    user: above.user && steps.every(({ flags }) => flags.US),
    execute: above.execute && steps.every(({ flags }) => !flags.XD),
  };
}

/** The bits of `mask` by runs, the highest first: `bits 51:46`, `bit 7 (PS)`. */
function bitNames(mask: bigint): string[] {
  const names: string[] = [];
  for (let bit = 63; bit >= 0; bit--) {
    const top = bit;
    while (bit >= 0 && (mask >> BigInt(bit)) & 1n) bit--;
    if (top === bit) continue;
    const named = top === 63 ? " (XD)" : top === 7 ? " (PS)" : "";
    names.push(top === bit + 1 ? `bit ${top}${named}` : `bits ${top}:${bit + 1}`);
  }
  return names;
}
