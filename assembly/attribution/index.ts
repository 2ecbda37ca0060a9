/**
 * Who misses: accesses, references and what they cost, by kind, by region, by 4 KiB page and by the instruction that
 * made them. The sums over all rows of a dimension are the counts of the run.
 *
 * A replay is told its kind of attribution as a type, Attribution or NoAttribution: what nobody asked for costs nothing.
 */
import { make, place } from "../arena";
import { counters, walkReferences } from "../counters";
import { ENTRY_HAS_PC, Entry } from "../entries";
import { STATUS_OK, STATUS_OUT_OF_MEMORY } from "../layout";
import { PAGE_SHIFT } from "../paging";
import { clearRegions, configureRegions, regionOf, regionRow, regionRows, setRegion } from "./regions";
import { ROW_BYTES, Row, Tally, clearCounts } from "./rows";
import { RowTable } from "./table";

/** Dimensions: bits of attribute(), one at a time where the rows of one are asked for. */
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
/** Rows had to be left out, since linear memory is exhausted. */
export let attributionIsExhausted: bool = false;
/** Somebody asked for it. */
export let isAttributed: bool = false;

// Rows of the record under way, and of the page that was met last.
let kindRow: usize = 0;
/** The latest instruction, which made the data that do not tell theirs. */
let instruction: u64 = NO_PC;
let latestPc: u64 = NO_PC;
let pcRow: usize = 0;
let latestPage: u64 = NO_PAGE;
let pageRow: usize = 0;
let regionRowNow: usize = 0;

/** Nobody asks for it. */
export function dropAttribution(): void {
  isAttributed = false;
  hasRegions = false;
  dimensions = 0;
  kinds = 0;
  attributionIsExhausted = false;
}

/**
 * Starts with nothing counted, before the first record of a replay. `by`: bits of the dimensions. `regionNames`: names of
 * regions, numbered from 1, by which rows of pages and instructions tell theirs, too; 0 if no regions are known. Returns a
 * STATUS_.
 */
export function attribute(by: u32, regionNames: u32): u32 {
  dropAttribution();
  dimensions = by;
  hasRegions = regionNames != 0 || (by & BY_REGION) != 0;
  if (!placeRows(regionNames)) return STATUS_OUT_OF_MEMORY;
  isAttributed = true;
  return STATUS_OK;
}

function placeRows(regionNames: u32): bool {
  const by = dimensions;
  kindRow = 0;
  instruction = NO_PC;
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

/** The 4 KiB pages from `first` to `last` are of region `number` from now on; 0: of none. */
export function attributeRegion(first: u64, last: u64, number: u32): void {
  if (!hasRegions) return;
  assert(first <= last && number < regionRows());
  if (!setRegion(first, last, number)) attributionIsExhausted = true;
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

/** Counts for the rows of what a replay tells of each record. What it tells is in the order in which it does things. */
@final
@unmanaged
export class Attribution {
  /** The instruction at `pc` is the latest that was executed. */
  @inline
  passInstruction(pc: u64): void {
    instruction = pc;
  }

  /** A record begins. It has been counted among the records of its kind. */
  @inline
  beginRecord(entry: Entry): void {
    const kind = <u32>entry.kind;
    kindRow = kinds != 0 ? kinds + <usize>(kind * ROW_BYTES) : 0;
    const pc = (<u32>entry.flags & ENTRY_HAS_PC) != 0 ? entry.pc : instruction;
    if (pc != latestPc) meetPc(pc);
    const page = entry.address >> PAGE_SHIFT;
    if (page != latestPage) meetPage(page);
    Tally.access(kindRow, kind);
    Tally.access(pcRow, kind);
    Tally.access(pageRow, kind);
    Tally.access(regionRowNow, kind);
  }

  /** It refers to `page`, and that cost nothing. */
  @inline
  reference(page: u64, isFetch: bool): void {
    if (page != latestPage) meetPage(page);
    Tally.reference(kindRow, isFetch);
    Tally.reference(pcRow, isFetch);
    Tally.reference(pageRow, isFetch);
    Tally.reference(regionRowNow, isFetch);
  }

  /** It refers to a page, or faults. */
  begin(): void {
    before.take();
  }

  /** What was counted since begin() is what `page` did. */
  end(page: u64): void {
    now.take();
    if (page != latestPage) meetPage(page);
    addSince(kindRow);
    addSince(pcRow);
    addSince(pageRow);
    addSince(regionRowNow);
  }
}

/** The same for a replay in which nobody asked for it. */
@final
@unmanaged
export class NoAttribution {
  @inline
  passInstruction(_pc: u64): void {}

  @inline
  beginRecord(_entry: Entry): void {}

  @inline
  reference(_page: u64, _isFetch: bool): void {}

  @inline
  begin(): void {}

  @inline
  end(_page: u64): void {}
}

/** What the run's counters are at some time, as far as rows have it. */
@final
@unmanaged
class Moment {
  fetchReferences: u64;
  dataReferences: u64;
  l1Misses: u64;
  stlbMisses: u64;
  walkReferences: u64;
  faults: u64;

  take(): void {
    this.fetchReferences = counters.fetchReferences;
    this.dataReferences = counters.dataReferences;
    this.l1Misses = counters.l1iMisses + counters.l1dMisses;
    this.stlbMisses = counters.stlbMisses;
    this.walkReferences = walkReferences();
    this.faults = counters.minorFaults + counters.majorFaults + counters.protections + counters.generalProtections;
  }
}

const before = changetype<Moment>(memory.data(offsetof<Moment>(), 8));
const now = changetype<Moment>(memory.data(offsetof<Moment>(), 8));

/** Adds what was counted from `before` to `now` to a row, if there is one. */
function addSince(address: usize): void {
  if (address == 0) return;
  const row = changetype<Row>(address);
  row.fetchReferences += now.fetchReferences - before.fetchReferences;
  row.dataReferences += now.dataReferences - before.dataReferences;
  row.l1Misses += now.l1Misses - before.l1Misses;
  row.stlbMisses += now.stlbMisses - before.stlbMisses;
  row.walkReferences += now.walkReferences - before.walkReferences;
  row.faults += now.faults - before.faults;
}

/** Brings the row of the instruction at `pc`. */
function meetPc(pc: u64): void {
  latestPc = pc;
  if ((dimensions & BY_PC) == 0) return;
  pcRow = pcs.find(pc);
  if (pcRow != 0) return;
  pcRow = pcs.add(pc, hasRegions ? regionOf(pc >> PAGE_SHIFT) : 0);
  if (pcRow == 0) attributionIsExhausted = true;
}

/** Brings the rows of `page` and of its region. */
function meetPage(page: u64): void {
  latestPage = page;
  const slot = RECENT + ((<usize>page & (RECENT_PAGES - 1)) << 4);
  if (load<u64>(slot) != page + 1) {
    store<u64>(slot, page + 1);
    const region = hasRegions ? regionOf(page) : 0;
    store<u32>(slot, <u32>((dimensions & BY_PAGE) != 0 ? rowOfPage(page, region) : 0), 8);
    store<u32>(slot, <u32>(hasRegions ? regionRow(region) : 0), 12);
  }
  pageRow = <usize>load<u32>(slot, 8);
  regionRowNow = <usize>load<u32>(slot, 12);
}

function rowOfPage(page: u64, region: u32): usize {
  const known = pages.find(page);
  const row = known != 0 ? known : pages.add(page, region);
  if (row == 0) attributionIsExhausted = true;
  return row;
}

function forgetPages(): void {
  memory.fill(RECENT, 0, <usize>(RECENT_PAGES << 4));
  latestPage = NO_PAGE;
  pageRow = 0;
  regionRowNow = 0;
}
