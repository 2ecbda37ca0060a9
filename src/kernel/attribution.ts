/** Reads what a run counted for each region, page, instruction and kind (assembly/attribution/). */
import type { Dimension } from "../config/attribution.ts";
import type { KernelInstance } from "./instance.ts";

/** What was counted for one of them. */
export interface CountedRow {
  /** First page number (of a page), address (of an instruction; `null`: it is not known), or number (of the others). */
  key: bigint | null;
  /** Number of the region that a page or instruction lay in when it was first met; 0: none. */
  region: number;
  /** Records by kind, in the order of KIND_. */
  accesses: [fetches: number, loads: number, stores: number, modifies: number];
  fetchReferences: number;
  dataReferences: number;
  l1Misses: number;
  stlbMisses: number;
  walkReferences: number;
  faults: number;
}

/**
 * The kernel's bit of a dimension.
 * @internal
 */
export function dimensionBit({ exports: x }: KernelInstance, dimension: Dimension): number {
  return { region: x.BY_REGION, page: x.BY_PAGE, pc: x.BY_PC, kind: x.BY_KIND }[dimension].value;
}

/**
 * The rows of `dimension` for which anything was counted: regions in the order of their numbers, kinds in that of KIND_,
 * pages and instructions in the order in which they were first met.
 * @internal
 */
export function readAttribution(kernel: KernelInstance, dimension: Dimension): CountedRow[] {
  const x = kernel.exports;
  const view = kernel.view();
  const bit = dimensionBit(kernel, dimension);
  const isNumbered = dimension === "region" || dimension === "kind";
  const noPc = kernel.constant("NO_PC");
  const rows: CountedRow[] = [];
  for (let index = 0, count = x.attributionRows(bit) >>> 0; index < count; index++) {
    const at = x.attributionRow(bit, index) >>> 0;
    const of = (offset: { value: number }, plus = 0) => countAt(view, at + offset.value + plus);
    const row: CountedRow = {
      key: isNumbered ? BigInt(index) : view.getBigUint64(at, true),
      region: of(x.ROW_REGION),
      accesses: [of(x.ROW_ACCESSES), of(x.ROW_ACCESSES, 8), of(x.ROW_ACCESSES, 16), of(x.ROW_ACCESSES, 24)],
      fetchReferences: of(x.ROW_FETCH_REFERENCES),
      dataReferences: of(x.ROW_DATA_REFERENCES),
      l1Misses: of(x.ROW_L1_MISSES),
      stlbMisses: of(x.ROW_STLB_MISSES),
      walkReferences: of(x.ROW_WALK_REFERENCES),
      faults: of(x.ROW_FAULTS),
    };
    if (dimension === "pc" && row.key === noPc) row.key = null;
    if (hasAnything(row)) rows.push(row);
  }
  return rows;
}

/** What costs is an access or a reference, unless it was the second page of a record that was not let through. */
function hasAnything({ accesses, fetchReferences, dataReferences, faults }: CountedRow): boolean {
  return fetchReferences + dataReferences + faults > 0 || accesses.some((count) => count > 0);
}

/** The u64 at `address`. Not by way of a BigInt: there may be millions of them. */
function countAt(view: DataView, address: number): number {
  return view.getUint32(address, true) + 2 ** 32 * view.getUint32(address + 4, true);
}
