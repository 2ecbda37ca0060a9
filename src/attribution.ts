/** Who missed, from what the kernel counted. */
import type { Dimension } from "./config/attribution.ts";
import type { CountedRow } from "./kernel/attribution.ts";
import { hexAddress } from "./report/format.ts";
import type { AttributionRow } from "./report/results.ts";

const KINDS = ["fetch", "load", "store", "modify"] as const;
const UNATTRIBUTED = "unattributed";
const UNKNOWN = "unknown";
const PAGE_SHIFT = 12n;

/** The rows of one dimension, in the order of a result. `regionNames`: those of the regions, from number 1 on. */
export function attributionRows(
  dimension: Dimension,
  rows: readonly CountedRow[],
  regionNames: readonly string[],
): AttributionRow[] {
  return rows
    .map((row) => ({ row, address: addressOf(dimension, row), name: nameOf(dimension, row, regionNames) }))
    .sort((a, b) => costlier(a.row, b.row) || compare(a.address, b.address) || compare(a.name, b.name))
    .map(({ row, name }) => {
      const [fetch, load, store, modify] = row.accesses;
      const region = row.region === 0 ? undefined : regionNames[row.region - 1];
      return {
        name,
        ...(region === undefined ? {} : { region }),
        accesses: { fetch, load, store, modify },
        references: { fetch: row.fetchReferences, data: row.dataReferences },
        l1Misses: row.l1Misses,
        stlbMisses: row.stlbMisses,
        walkReferences: row.walkReferences,
        faults: row.faults,
      };
    });
}

/** First byte of a page or instruction; 0 where rows have no address, or none that is known. */
function addressOf(dimension: Dimension, { key }: CountedRow): bigint {
  if (key === null || dimension === "region" || dimension === "kind") return 0n;
  return dimension === "page" ? key << PAGE_SHIFT : key;
}

function nameOf(dimension: Dimension, row: CountedRow, regionNames: readonly string[]): string {
  if (row.key === null) return UNKNOWN;
  if (dimension === "kind") return KINDS[Number(row.key)] ?? UNKNOWN;
  if (dimension === "region") return regionNames[Number(row.key) - 1] ?? UNATTRIBUTED;
  return hexAddress(addressOf(dimension, row));
}

function costlier(a: CountedRow, b: CountedRow): number {
  const references = ({ fetchReferences, dataReferences }: CountedRow) => fetchReferences + dataReferences;
  return (
    b.walkReferences - a.walkReferences ||
    b.stlbMisses - a.stlbMisses ||
    b.l1Misses - a.l1Misses ||
    references(b) - references(a)
  );
}

function compare<Value extends bigint | string>(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
