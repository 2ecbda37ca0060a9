/**
 * Mappings and their summary as CSV: columns only ever grow at the end; rows end with a line feed. Nothing needs quotes
 * but the name of the dump.
 */
import { PAGE_SIZES } from "../config/types.ts";
import type { Mapping, MapSummary } from "./mapping.ts";

const COLUMNS = ["va", "pa", "size", "write", "user", "execute", "global", "accessed", "dirty", "entry"] as const;

/** The names of the columns; a line. With `merge` also pages by size, and how often and how far apart a run is mapped. */
export function mapCsvHeader(merge: boolean): string {
  const merged = merge ? [...PAGE_SIZES.map((size) => `pages${size}`), "aliases", "stride"] : [];
  return `${[...COLUMNS, ...merged].join(",")}\n`;
}

/** A row for each mapping. */
export function mapCsv(mappings: readonly Mapping[]): string {
  return mappings.map(row).join("");
}

function row(mapping: Mapping): string {
  const { pages, aliases = 1, stride = "" } = mapping;
  const own = COLUMNS.map((column) => mapping[column]).join(",");
  if (pages === undefined) return `${own}\n`;
  return `${own},${PAGE_SIZES.map((size) => pages[size] ?? 0).join(",")},${aliases},${stride}\n`;
}

/** A header and one row; ranges and first entries are left out. */
export function mapSummaryCsv(summary: MapSummary): string {
  const { tables, writableExecutable, reserved, selfReferences } = summary;
  const amounts = {
    mapped: summary.mapped,
    user: summary.user,
    kernel: summary.kernel,
    global: summary.global,
    ...Object.fromEntries(
      summary.bySize.flatMap(({ pageSize, user, kernel }) => [
        [`user${pageSize}`, user],
        [`kernel${pageSize}`, kernel],
      ]),
    ),
    writableExecutableUser: writableExecutable.user,
    writableExecutableKernel: writableExecutable.kernel,
  };
  const cells: [name: string, value: string | number][] = [
    ["dump", `"${summary.path.replaceAll('"', '""')}"`],
    ["format", summary.format],
    ["cr3", summary.cr3],
    ["levels", summary.levels],
    ["tables", tables.count],
    ...Object.entries(tables.byLevel).map(([level, count]): [string, number] => [`${level}Tables`, count]),
    ...Object.entries(amounts).flatMap(([name, { pages, bytes }]): [string, number][] => [
      [`${name}Pages`, pages],
      [`${name}Bytes`, bytes],
    ]),
    ["reservedEntries", reserved.entries],
    ["selfReferences", selfReferences.entries],
  ];
  return `${cells.map(([name]) => name).join(",")}\n${cells.map(([, value]) => value).join(",")}\n`;
}
