/**
 * Who misses: accesses, references and what they cost, by kind, by region, by 4 KiB page and by the instruction that
 * made them. The sums over all rows of a dimension are the counts of the run.
 *
 * A replay is told its kind of attribution as a type, Attribution or NoAttribution: what nobody asked for costs nothing.
 */
import { make, place } from "../arena";
import { KIND_FETCH } from "../layout";
import { PAGE_SHIFT } from "../paging";
import { clearRegions, configureRegions, regionOf, regionRow, regionRows, setRegion } from "./regions";
import { ROW_BYTES, Rows, clearCounts } from "./rows";
import { RowTable } from "./table";

/** Dimensions: bits of configureAttribution(), one at a time where the rows of one are asked for. */
export const BY_REGION: u32 = 1;
export const BY_PAGE: u32 = 2;
export const BY_PC: u32 = 4;
export const BY_KIND: u32 = 8;
const KINDS: u32 = 4;

/** The instruction that data are of before any was told. Not canonical, so that no instruction can lie there. */
export const NO_PC: u64 = 1 << 63;
/** No page has this number. */
const NO_PAGE: u64 = ~0;

// The rows of pages that were met lately, by the low bits of their numbers.
//
//   0               8        12       16   byte
//   ├───────────────┼────────┼────────┤
//   │ page number+1 │ row of │ row of │    rows: addresses, 0 if there is none
//   │               │ page   │ region │
//   └───────────────┴────────┴────────┘
const RECENT_PAGES: u32 = 256;
const RECENT: usize = memory.data(256 * 16, 64);

let dimensions: u32 = 0;
let kinds: usize = 0;
let pages: RowTable = changetype<RowTable>(<usize>0);
let pcs: RowTable = changetype<RowTable>(<usize>0);
let hasRegions: bool = false;
let exhausted: bool = false;

// Rows of the record under way, and of the page that was met last.
let kindRow: usize = 0;
let latestPc: u64 = NO_PC;
let pcRow: usize = 0;
let latestPage: u64 = NO_PAGE;
let pageRow: usize = 0;
let regionRowNow: usize = 0;

/**
 * Starts with nothing counted. `by`: bits of the dimensions. `regionNames`: names of regions, numbered from 1, by which
 * rows of pages and instructions tell theirs, too; 0 if no regions are known. False if there is no memory left.
 */
export function configureAttribution(by: u32, regionNames: u32): bool {
  dimensions = by;
  hasRegions = regionNames != 0 || (by & BY_REGION) != 0;
  exhausted = false;
  kindRow = 0;
  latestPc = NO_PC;
  pcRow = 0;
  forgetPages();
  kinds = (by & BY_KIND) != 0 ? place(<usize>(KINDS * ROW_BYTES)) : 0;
  if ((by & BY_KIND) != 0 && kinds == 0) return false;
  if (hasRegions && !configureRegions(regionNames)) return false;
  if ((by & BY_PAGE) != 0) {
    const table = make<RowTable>();
    if (table == null || !table.configure()) return false;
    pages = table;
  }
  if ((by & BY_PC) != 0) {
    const table = make<RowTable>();
    if (table == null || !table.configure()) return false;
    pcs = table;
    pcRow = pcs.add(NO_PC, 0);
    if (pcRow == 0) return false;
  }
  return true;
}

/** Whether rows had to be left out, since linear memory is exhausted. */
export function attributionIsExhausted(): bool {
  return exhausted;
}

/** The 4 KiB pages from `first` to `last` are of region `number` from now on; 0: of none. */
export function attributeRegion(first: u64, last: u64, number: u32): void {
  if (!hasRegions) return;
  assert(first <= last && number < regionRows());
  if (!setRegion(first, last, number)) exhausted = true;
  forgetPages();
}

/** Sets all counts back to zero: what was a warm-up is over. */
export function clearAttribution(): void {
  if (kinds != 0) clearCounts(kinds, KINDS);
  if (hasRegions) clearRegions();
  if ((dimensions & BY_PAGE) != 0) pages.clear();
  if ((dimensions & BY_PC) != 0) pcs.clear();
}

/** Rows of one dimension. */
export function attributionRows(dimension: u32): u32 {
  if ((dimensions & dimension) == 0) return 0;
  if (dimension == BY_KIND) return KINDS;
  if (dimension == BY_REGION) return regionRows();
  return dimension == BY_PAGE ? pages.count : pcs.count;
}

/** Address of row `index` of a dimension, below attributionRows(): regions by their numbers, kinds by their KIND_. */
export function attributionRow(dimension: u32, index: u32): usize {
  if (dimension == BY_KIND) return kinds + <usize>(index * ROW_BYTES);
  if (dimension == BY_REGION) return regionRow(index);
  return dimension == BY_PAGE ? pages.rowAt(index) : pcs.rowAt(index);
}

/** Counts for the rows of what is told of each record: first beginRecord(), then what it did. */
@final
@unmanaged
export class Attribution {
  /**
   * A record of `kind`, whose first byte is at `va`, of the instruction at `pc` (NO_PC if that is not known). Of a fetch
   * `pc` is `va`.
   */
  @inline
  beginRecord(kind: u32, va: u64, pc: u64): void {
    kindRow = kinds != 0 ? kinds + <usize>(kind * ROW_BYTES) : 0;
    if (pc != latestPc) meetPc(pc);
    const page = va >> PAGE_SHIFT;
    if (page != latestPage) meetPage(page);
    Rows.addAccess(kindRow, kind);
    Rows.addAccess(pcRow, kind);
    Rows.addAccess(pageRow, kind);
    Rows.addAccess(regionRowNow, kind);
  }

  /** The record refers to `page`. */
  @inline
  reference(page: u64, isFetch: bool): void {
    if (page != latestPage) meetPage(page);
    Rows.addReference(kindRow, isFetch);
    Rows.addReference(pcRow, isFetch);
    Rows.addReference(pageRow, isFetch);
    Rows.addReference(regionRowNow, isFetch);
  }

  /** What that cost. `faults` of a record that makes no reference: on the page that it may not have. */
  costs(page: u64, l1Misses: u64, stlbMisses: u64, walkReferences: u64, faults: u64): void {
    if (page != latestPage) meetPage(page);
    Rows.addCosts(kindRow, l1Misses, stlbMisses, walkReferences, faults);
    Rows.addCosts(pcRow, l1Misses, stlbMisses, walkReferences, faults);
    Rows.addCosts(pageRow, l1Misses, stlbMisses, walkReferences, faults);
    Rows.addCosts(regionRowNow, l1Misses, stlbMisses, walkReferences, faults);
  }
}

/** The same for a replay in which nobody asked for it. */
@final
@unmanaged
export class NoAttribution {
  @inline
  beginRecord(_kind: u32, _va: u64, _pc: u64): void {}

  @inline
  reference(_page: u64, _isFetch: bool): void {}

  @inline
  costs(_page: u64, _l1Misses: u64, _stlbMisses: u64, _walkReferences: u64, _faults: u64): void {}
}

/** Brings the row of the instruction at `pc`. */
function meetPc(pc: u64): void {
  latestPc = pc;
  if ((dimensions & BY_PC) == 0) return;
  pcRow = pcs.find(pc);
  if (pcRow != 0) return;
  pcRow = pcs.add(pc, hasRegions ? regionOf(pc >> PAGE_SHIFT) : 0);
  if (pcRow == 0) exhausted = true;
}

/** Brings the rows of `page` and of its region. */
function meetPage(page: u64): void {
  latestPage = page;
  const slot = RECENT + ((<usize>page & (RECENT_PAGES - 1)) << 4);
  if (load<u64>(slot) != page + 1) {
    store<u64>(slot, page + 1);
    const region = hasRegions ? regionOf(page) : 0;
    store<u32>(slot, <u32>((dimensions & BY_PAGE) != 0 ? rowOfPage(page, region) : 0), 8);
    store<u32>(slot, <u32>((dimensions & BY_REGION) != 0 ? regionRow(region) : 0), 12);
  }
  pageRow = <usize>load<u32>(slot, 8);
  regionRowNow = <usize>load<u32>(slot, 12);
}

function rowOfPage(page: u64, region: u32): usize {
  const known = pages.find(page);
  const row = known != 0 ? known : pages.add(page, region);
  if (row == 0) exhausted = true;
  return row;
}

function forgetPages(): void {
  memory.fill(RECENT, 0, <usize>(RECENT_PAGES << 4));
  latestPage = NO_PAGE;
  pageRow = 0;
  regionRowNow = 0;
}
