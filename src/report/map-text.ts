/**
 * Mappings and their summary as text for people. The listing has columns of fixed width, since it is written before all
 * of it is known.
 */
import { bytes, count, counted, printable } from "./format.ts";
import type { Amount, EntryPlace, Mapping, MapSummary, WritableExecutable } from "./mapping.ts";

const SUMMARY_LABEL = 16;
type Row = [label: string, value: string];

const TABLES = { pml5: "PML5", pml4: "PML4", pdpt: "PDPT", pd: "PD", pt: "PT" } as const;

/** The names of the columns; a line. */
export function mapTextHeader(merge: boolean): string {
  const pages = merge ? "  pages" : "";
  return `${"virtual addresses".padEnd(37)}  ${"physical".padStart(15)}  ${"size".padStart(10)}  mode    rwx  GAD${pages}\n`;
}

/** A line for each mapping. Ranges end before their second address. */
export function mapText(mappings: readonly Mapping[]): string {
  return mappings.map(line).join("");
}

function line(mapping: Mapping): string {
  const { va, pa, size, pages, aliases = 1, stride = 0 } = mapping;
  const end = BigInt(va) + BigInt(aliases - 1) * BigInt(stride) + BigInt(size);
  const letter = (is: boolean, name: string) => (is ? name : "-");
  const rights = `r${letter(mapping.write, "w")}${letter(mapping.execute, "x")}`;
  const flags = `${letter(mapping.global, "G")}${letter(mapping.accessed, "A")}${letter(mapping.dirty, "D")}`;
  const columns = [
    `${address(BigInt(va))}-${address(end)}`,
    pa.padStart(15),
    bytes(size).padStart(10),
    mapping.user ? "user  " : "kernel",
    rights,
    flags,
    ...(pages === undefined ? [] : [Object.keys(pages).join("+")]),
    ...(aliases > 1 ? [`mapped ${count(aliases)} times, every ${bytes(stride)}`] : []),
  ];
  return `${columns.join("  ")}\n`;
}

/** What tables map, in a few lines. */
export function mapSummaryText(summary: MapSummary): string {
  const { tables, global, writableExecutable, reserved, selfReferences } = summary;
  const byLevel = Object.entries(tables.byLevel).filter(([, count]) => count > 0);
  const names = byLevel.map(([level, tables]) => `${count(tables)} ${TABLES[level as keyof typeof TABLES]}`);
  const rows: Row[] = [
    ["dump", `${summary.path === "-" ? "standard input" : printable(summary.path)} (${summary.format})`],
    ["CR3", `${summary.cr3}, ${summary.levels}-level paging`],
    ["tables", `${counted(tables.count, "frame")}: ${names.join(", ")}`],
    ...amountRows(summary),
    ["global", amount(global)],
    ...wxRows("W+X user", writableExecutable.user),
    ...wxRows("W+X kernel", writableExecutable.kernel),
  ];
  if (reserved.first !== null) {
    const { first } = reserved;
    const set = `set in ${counted(reserved.entries, "entry", "entries")}: every access through them faults`;
    rows.push(["reserved bits", set], ["", `first in ${place(first)}: ${first.bits} of ${first.entry}`]);
  }
  for (const [index, reference] of selfReferences.first.entries()) {
    const label = index === 0 ? "self-reference" : "";
    rows.push([label, `${place(reference)} points back to the table at ${reference.table}`]);
  }
  const untold = selfReferences.entries - selfReferences.first.length;
  if (untold > 0) rows.push(["", `and ${counted(untold, "further entry", "further entries")}`]);
  return rows
    .map(([label, value]) => `${label.padEnd(SUMMARY_LABEL)}${value}`.trimEnd())
    .join("\n")
    .concat("\n");
}

/** Pages and bytes by size: all, user and kernel, one below the other. */
function amountRows({ bySize, mapped, user, kernel }: MapSummary): Row[] {
  const rows = [
    ...bySize
      .filter(({ user, kernel }) => user.pages + kernel.pages > 0)
      .map(({ pageSize, user, kernel }) => [pageSize, sum(user, kernel), user, kernel] as const),
    ["all sizes", mapped, user, kernel] as const,
  ];
  const cell = (text: string, width: number) => text.padStart(width);
  const head = [cell("pages", 14), cell("size", 11), cell("user pages", 15), cell("size", 11)];
  return [
    ["mapped", `${head.join("")}${cell("kernel pages", 17)}${cell("size", 11)}`],
    ...rows.map(([label, ...amounts]): Row => {
      const cells = amounts.map(({ pages, bytes: size }, index) => {
        return cell(count(pages), [14, 15, 17][index] ?? 0) + cell(bytes(size), 11);
      });
      return [`  ${label}`, cells.join("")];
    }),
  ];
}

function wxRows(label: string, { ranges, more, pages, bytes: size }: WritableExecutable): Row[] {
  if (pages === 0) return [[label, "none"]];
  const rows = ranges.map((range): Row => {
    const end = BigInt(range.va) + BigInt(range.bytes);
    return ["", `${address(BigInt(range.va))}-${address(end)}  ${bytes(range.bytes)}`];
  });
  return [[label, amount({ pages, bytes: size })], ...rows, ...(more ? [["", "and further ranges"] as Row] : [])];
}

function place({ level, physicalAddress, va }: EntryPlace): string {
  return `the ${level.toUpperCase()} at physical address ${physicalAddress} (virtual addresses from ${va})`;
}

function amount({ pages, bytes: size }: Amount): string {
  return `${counted(pages, "page")}, ${bytes(size)}`;
}

function sum(one: Amount, other: Amount): Amount {
  return { pages: one.pages + other.pages, bytes: one.bytes + other.bytes };
}

function address(va: bigint): string {
  return `0x${va.toString(16).padStart(16, "0")}`;
}
