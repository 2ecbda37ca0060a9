/** What a survey of tables found, as the summary tells it. */
import { PAGE_SIZES } from "../config/types.ts";
import { hexAddress } from "../report/format.ts";
import type { Amount, EntryPlace, MapSummary, WritableExecutable } from "../report/mapping.ts";
import { LEVELS, type Tables } from "../tables.ts";
import type { TablesOptions } from "../tables-options.ts";
import { EXECUTE, GLOBAL, PAGE_BYTES, RIGHTS, USER, WRITE } from "./entries.ts";
import { KINDS, pagesOfEntry, type Survey, type TableNode } from "./survey.ts";

/** Ranges and entries of which a summary tells the first. */
const TOLD = 8;

export function summarize(
  survey: Survey,
  { dump, processor, topLevel }: Tables,
  { cr3, cr4, la57 }: TablesOptions,
): MapSummary {
  const cpus = dump?.cpus.length ?? 0;
  const frames = new Set(survey.levels.flat().map(({ physicalAddress }) => physicalAddress));
  const references = survey.selfReferences();
  const reserved = survey.firstReserved;
  const amount = (matches: (flags: number) => boolean, levels = [1, 2, 3]) => amountOf(survey.root, matches, levels);
  const isUser = (flags: number) => (flags & USER) !== 0;
  const isKernel = (flags: number) => !isUser(flags);
  return {
    schema: "pagewalk/map-summary@1",
    path: dump?.path ?? "",
    format: dump?.format ?? "",
    cr3: hexAddress(processor.registers().cr3),
    cpu: cpus > 0 && cr3 === undefined ? { index: 0, count: cpus } : null,
    levels: topLevel === 5 ? 5 : 4,
    levelsAssumed: cpus === 0 && cr4 === undefined && la57 === undefined,
    tables: {
      count: frames.size,
      byLevel: {
        pml5: survey.levels[5]?.length ?? 0,
        pml4: survey.levels[4]?.length ?? 0,
        pdpt: survey.levels[3]?.length ?? 0,
        pd: survey.levels[2]?.length ?? 0,
        pt: survey.levels[1]?.length ?? 0,
      },
    },
    mapped: amount(() => true),
    bySize: PAGE_SIZES.map((pageSize, index) => ({
      pageSize,
      user: amount(isUser, [index + 1]),
      kernel: amount(isKernel, [index + 1]),
    })),
    user: amount(isUser),
    kernel: amount(isKernel),
    global: amount((flags) => (flags & GLOBAL) !== 0),
    writableExecutable: { user: writableExecutable(survey, USER), kernel: writableExecutable(survey, 0) },
    reserved: {
      entries: survey.reservedEntries,
      first:
        reserved === null
          ? null
          : {
              ...place(reserved.level, reserved.address, reserved.entry, reserved.page),
              bits: hexAddress(processor.entries.reservedBits(reserved.entry, reserved.level)),
            },
    },
    selfReferences: {
      entries: references.length,
      first: references.slice(0, TOLD).map(({ level, entry, page }) => ({
        ...place(level, entry.address, entry.entry, page),
        table: hexAddress(entry.child?.physicalAddress ?? 0n),
      })),
    },
  };
}

/** The address of a page by its signed number, sign-extended. */
export function addressOf(page: number): string {
  return hexAddress(BigInt(page) << 12n);
}

function place(level: number, address: bigint, entry: bigint, page: number): EntryPlace {
  const name = LEVELS[level]?.json ?? "pte";
  return { level: name, physicalAddress: hexAddress(address), entry: hexAddress(entry), va: addressOf(page) };
}

/** Pages below `node` whose flags, with rights of those of the levels above taken off, match. */
function amountOf(
  { counts }: TableNode,
  matches: (flags: number) => boolean,
  levels: readonly number[],
  above = RIGHTS,
): Amount {
  let pages = 0;
  let smallPages = 0;
  for (const level of levels) {
    for (let kind = 0; kind < KINDS; kind++) {
      const counted = counts[KINDS * (level - 1) + kind] ?? 0;
      if (counted === 0 || !matches(kind & (above | ~RIGHTS))) continue;
      pages += counted;
      smallPages += counted * pagesOfEntry(level);
    }
  }
  return { pages, bytes: smallPages * PAGE_BYTES };
}

/** Pages that are both, and either user or kernel pages. */
function writableExecutable(survey: Survey, user: number): WritableExecutable {
  const matches = (flags: number) => (flags & RIGHTS) === (WRITE | EXECUTE | user);
  const { ranges, more } = firstRanges(survey, matches);
  return {
    ...amountOf(survey.root, matches, [1, 2, 3]),
    ranges: ranges.map(({ page, length }) => ({ va: addressOf(page), bytes: length * PAGE_BYTES })),
    more,
  };
}

interface PageRange {
  page: number;
  length: number;
}

/**
 * The first ranges of pages that match. A table all of whose pages match, or none, is not looked into, and any other
 * ends a range: so each range takes a few tables' time, even where tables contain each other.
 */
function firstRanges(survey: Survey, matches: (flags: number) => boolean): { ranges: PageRange[]; more: boolean } {
  const ranges: PageRange[] = [];
  let more = false;
  const add = (page: number, length: number) => {
    const last = ranges.at(-1);
    if (last !== undefined && last.page + last.length === page) last.length += length;
    else if (ranges.length === TOLD) more = true;
    else ranges.push({ page, length });
  };
  const visit = (node: TableNode, page: number, above: number): void => {
    const { bytes } = amountOf(node, matches, [1, 2, 3], above);
    if (bytes === 0 || more) return;
    const whole = pagesOfEntry(node.level + 1);
    // Not of the top table, the halves of which do not follow each other.
    if (bytes === whole * PAGE_BYTES && node !== survey.root) {
      add(page, whole);
    } else if (node.level === 1) {
      survey.reader.readPt(node.physicalAddress, (index, flags) => {
        if (matches(flags & (above | ~RIGHTS))) add(page + index, 1);
      });
    } else {
      for (const { index, flags, child } of node.entries) {
        const first = survey.pageOf(node.level, page, index);
        if (child !== null) visit(child, first, above & flags);
        else if (matches(flags & (above | ~RIGHTS))) add(first, pagesOfEntry(node.level));
      }
    }
  };
  visit(survey.root, 0, RIGHTS);
  return { ranges, more };
}
