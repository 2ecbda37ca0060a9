/** Misses over addresses and time, as a picture and a table need them: rows of addresses, columns of records. */
import { bytes, count, hexAddress, percentColumn } from "./format.ts";
import { missRatio } from "./metrics.ts";
import { leftOut, type ResultTable } from "./result-table.ts";
import type { RunProfile } from "./results.ts";

/** Whose misses: of both L1 TLBs, or of the STLB. */
export type HeatLevel = "l1" | "stlb";

/** What the misses of a level are called. */
export const HEAT_LEVELS: Readonly<Record<HeatLevel, string>> = { l1: "L1 misses", stlb: "STLB misses" };

/** An aligned range of addresses in which something missed. */
export interface HeatRow {
  first: bigint;
  /** Its last byte. */
  last: bigint;
  /** Addresses between the row before and this one; 0 for neighbours, and for the first row. */
  gapBytes: bigint;
  /** Its blocks of the profile: indexes from `blocksFrom` to before `blocksTo`. */
  blocksFrom: number;
  blocksTo: number;
}

/** A part of the trace. */
export interface HeatColumn {
  /** Records of the trace before it. */
  recordsBefore: number;
  records: number;
  /** Its intervals of the profile: indexes from `intervalsFrom` to before `intervalsTo`. */
  intervalsFrom: number;
  intervalsTo: number;
}

/** Rows of addresses and columns of records, as many as a picture has room for. */
export interface Heat {
  level: HeatLevel;
  /** Ascending. */
  rows: HeatRow[];
  columns: HeatColumn[];
  /** Misses, row after row. Their sum is that of the profile. */
  cells: Float64Array;
  /** Of one cell. */
  most: number;
}

/**
 * `profile` in `most.rows` rows and `most.columns` columns at most, each at least 1. Where there are more blocks, the
 * addresses of each row are doubled until they fit, and so are the intervals of each column: sums stay exact.
 */
export function heatOf(profile: RunProfile, level: HeatLevel, most: { rows: number; columns: number }): Heat {
  const rows = rowsOf(profile, most.rows);
  const columns = columnsOf(profile, most.columns);
  const cells = new Float64Array(rows.length * columns.length);
  // The column of each interval is known beforehand: there may be half a million cells to add.
  const columnOf = new Uint32Array(profile.intervals.length);
  for (const [column, { intervalsFrom, intervalsTo }] of columns.entries()) {
    columnOf.fill(column, intervalsFrom, intervalsTo);
  }
  for (const [row, { blocksFrom, blocksTo }] of rows.entries()) {
    const sums = cells.subarray(row * columns.length, (row + 1) * columns.length);
    for (let block = blocksFrom; block < blocksTo; block++) {
      const misses = missesOf(profile, level, block);
      for (let interval = 0; interval < columnOf.length; interval++) {
        const column = columnOf[interval] ?? 0;
        sums[column] = (sums[column] ?? 0) + (misses[interval] ?? 0);
      }
    }
  }
  const greatest = cells.reduce((most, misses) => Math.max(most, misses), 0);
  return { level, rows, columns, cells, most: greatest };
}

function rowsOf({ blocks, blockBytes }: RunProfile, most: number): HeatRow[] {
  const addresses = blocks.map(({ address }) => BigInt(address));
  let shift = BigInt(Math.log2(blockBytes));
  while (rowCount(addresses, shift) > most) shift++;
  const rows: HeatRow[] = [];
  for (const [index, address] of addresses.entries()) {
    const first = (address >> shift) << shift;
    const before = rows.at(-1);
    if (before?.first === first) before.blocksTo = index + 1;
    else {
      rows.push({
        first,
        last: first + (1n << shift) - 1n,
        gapBytes: before === undefined ? 0n : first - before.last - 1n,
        blocksFrom: index,
        blocksTo: index + 1,
      });
    }
  }
  return rows;
}

/** How many ranges of 2^`shift` bytes the ascending `addresses` are in. */
function rowCount(addresses: readonly bigint[], shift: bigint): number {
  let rows = 0;
  let before: bigint | null = null;
  for (const address of addresses) {
    const row = address >> shift;
    if (row !== before) rows++;
    before = row;
  }
  return rows;
}

function columnsOf({ intervals, intervalRecords }: RunProfile, most: number): HeatColumn[] {
  let each = 1;
  while (Math.ceil(intervals.length / each) > most) each *= 2;
  const columns: HeatColumn[] = [];
  for (let from = 0; from < intervals.length; from += each) {
    const to = Math.min(intervals.length, from + each);
    const records = intervals.slice(from, to).reduce((sum, interval) => sum + interval.records, 0);
    columns.push({ recordsBefore: from * intervalRecords, records, intervalsFrom: from, intervalsTo: to });
  }
  return columns;
}

function missesOf({ blocks }: RunProfile, level: HeatLevel, block: number): readonly number[] {
  const { l1Misses = [], stlbMisses = [] } = blocks[block] ?? {};
  return level === "l1" ? l1Misses : stlbMisses;
}

/** Where in the row most was missed in the column: the first byte of a block, hexadecimal. */
export function hottestAddress(profile: RunProfile, { level }: Heat, row: HeatRow, column: HeatColumn): string {
  let hottest = row.blocksFrom;
  let most = -1;
  for (let block = row.blocksFrom; block < row.blocksTo; block++) {
    const misses = missesOf(profile, level, block).slice(column.intervalsFrom, column.intervalsTo);
    const sum = misses.reduce((all, each) => all + each, 0);
    if (sum > most) [hottest, most] = [block, sum];
  }
  return profile.blocks[hottest]?.address ?? hexAddress(row.first);
}

/** What a cell says: its addresses, its records, which count from 1, its misses. */
export function cellWords(heat: Heat, row: number, column: number): string {
  const [ofRow, ofColumn] = [heat.rows[row], heat.columns[column]];
  if (ofRow === undefined || ofColumn === undefined) return "";
  const { recordsBefore, records } = ofColumn;
  const misses = heat.cells[row * heat.columns.length + column] ?? 0;
  const size = bytes(Number(ofRow.last - ofRow.first + 1n));
  return (
    `${hexAddress(ofRow.first)} to ${hexAddress(ofRow.last)} (${size}), ` +
    `records ${count(recordsBefore + 1)} to ${count(recordsBefore + records)}: ${count(misses)} ${HEAT_LEVELS[heat.level]}`
  );
}

/** Rows of the table. */
const MAX_ROWS = 40;

/** The blocks that missed most. */
export function blocksTable(profile: RunProfile, level: HeatLevel): ResultTable {
  const blocks = profile.blocks.map(({ address }, index) => ({
    address: BigInt(address),
    misses: missesOf(profile, level, index).reduce((sum, each) => sum + each, 0),
  }));
  const all = blocks.reduce((sum, { misses }) => sum + misses, 0);
  const missed = blocks.filter(({ misses }) => misses > 0).sort((a, b) => b.misses - a.misses);
  const top = missed.slice(0, MAX_ROWS);
  const shares = percentColumn(top.map(({ misses }) => missRatio(misses, all)));
  return {
    title: `Blocks of ${bytes(profile.blockBytes)} with most ${HEAT_LEVELS[level]}`,
    head: ["addresses", HEAT_LEVELS[level], "share"],
    rows: top.map(({ address, misses }, index) => [
      `${hexAddress(address)} to ${hexAddress(address + BigInt(profile.blockBytes) - 1n)}`,
      count(misses),
      shares[index] ?? "",
    ]),
    nameColumns: 1,
    ...leftOut(missed.length - top.length, "block"),
  };
}

/** The heights of a picture's rows. */
export interface RowBand {
  top: number;
  bottom: number;
}

/** The height of the rule that a gap between rows is drawn as, and the share of the picture that all of them may take. */
const RULE_HEIGHT = 3;
const RULES_SHARE = 1 / 4;

/** Bands of the same height for `rows`, from 0 to `height`, with room for a rule where there is a gap before a row. */
export function rowBands(rows: readonly HeatRow[], height: number): RowBand[] {
  const gaps = rows.filter(({ gapBytes }) => gapBytes > 0n).length;
  const rule = gaps === 0 ? 0 : Math.min(RULE_HEIGHT, (height * RULES_SHARE) / gaps);
  const band = (height - gaps * rule) / rows.length;
  let bottom = 0;
  return rows.map(({ gapBytes }) => {
    const top = bottom + (gapBytes > 0n ? rule : 0);
    bottom = top + band;
    return { top, bottom };
  });
}
