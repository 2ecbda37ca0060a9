/**
 * Mappings and their summary as text for people, in 80 columns. The listing has columns of fixed width, since it is
 * written before all of it is known.
 */
import { bytes, count, counted, printable } from "./format.ts";
import type { Amount, EntryPlace, Mapping, MapSummary, WritableExecutable } from "./mapping.ts";

/** Widths of columns; the widest entries fit. */
const RANGE = 37;
const PHYSICAL = 15;
const SIZE = 11;
const SUMMARY_LABEL = 16;
const SUMMARY_PAGES = 19;
type Row = [label: string, value: string];

/** The names of the columns; a line. With `merge` also the sizes of pages: 4 KiB, 2 MiB, 1 GiB. */
export function mapTextHeader(merge: boolean): string {
  return columns("virtual addresses", "physical", "size", `u rwx GAD${merge ? " KMG" : ""}`);
}

/** A line for each mapping, and another where it is mapped again and again. Ranges end before their second address. */
export function mapText(mappings: readonly Mapping[]): string {
  return mappings.map(line).join("");
}

function line(mapping: Mapping): string {
  const { va, pa, size, pages, aliases = 1, stride = 0 } = mapping;
  const letter = (is: boolean, name: string) => (is ? name : "-");
  const rights = `r${letter(mapping.write, "w")}${letter(mapping.execute, "x")}`;
  const flags = `${letter(mapping.global, "G")}${letter(mapping.accessed, "A")}${letter(mapping.dirty, "D")}`;
  const large = pages?.["2M"] !== undefined || pages?.["1G"] !== undefined;
  const sizes = large ? ` ${letter("4K" in pages, "K")}${letter("2M" in pages, "M")}${letter("1G" in pages, "G")}` : "";
  const range = rangeText(va, (aliases - 1) * stride + size);
  const again = aliases > 1 ? `    mapped ${count(aliases)} times, every ${bytes(stride)}\n` : "";
  return `${columns(range, pa, bytes(size), `${mapping.user ? "u" : "k"} ${rights} ${flags}${sizes}`)}${again}`;
}

function columns(range: string, physical: string, size: string, rest: string): string {
  return `${range.padEnd(RANGE)} ${physical.padStart(PHYSICAL)} ${size.padStart(SIZE)} ${rest}\n`;
}

/** What tables map, in a few lines. */
export function mapSummaryText(summary: MapSummary): string {
  const { cpu, tables, mapped, global, writableExecutable, reserved, selfReferences } = summary;
  const byLevel = Object.entries(tables.byLevel).filter(([, tables]) => tables > 0);
  const names = byLevel.map(([level, tables]) => `${count(tables)} ${level.toUpperCase()}`);
  const whose = cpu === null ? "" : ` (CPU ${cpu.index} of ${cpu.count})`;
  const assumed = summary.levelsAssumed ? " (assumed; --la57 for five)" : "";
  const rows: Row[] = [
    ["dump", `${summary.path === "-" ? "standard input" : printable(summary.path)} (${summary.format})`],
    ["CR3", `${summary.cr3}${whose}, ${summary.levels}-level paging${assumed}`],
    ["tables", `${counted(tables.count, "frame")}: ${names.join(", ")}`],
    ["mapped", amount(mapped)],
    ...amountRows(summary),
    ["global", amount(global)],
    ...wxRows("W+X user", writableExecutable.user),
    ...wxRows("W+X kernel", writableExecutable.kernel),
  ];
  if (reserved.first !== null) {
    const { first } = reserved;
    rows.push(
      ["reserved bits", `set in ${counted(reserved.entries, "entry", "entries")}: every access through them faults`],
      ["", `first: ${place(first)}`],
      ["", `${first.bits} of ${first.entry}`],
      ["", addresses(first)],
    );
  }
  for (const [index, reference] of selfReferences.first.entries()) {
    const label = index === 0 ? "self-reference" : "";
    rows.push([label, `${place(reference)} points back to ${reference.table}`], ["", addresses(reference)]);
  }
  const untold = selfReferences.entries - selfReferences.first.length;
  if (untold > 0) rows.push(["", `and ${counted(untold, "further entry", "further entries")}`]);
  return rows
    .map(([label, value]) => `${label.padEnd(SUMMARY_LABEL)}${value}`.trimEnd())
    .join("\n")
    .concat("\n");
}

/** User and kernel pages by size, side by side. */
function amountRows({ bySize, user, kernel }: MapSummary): Row[] {
  const cells = (pages: string, size: string) => pages.padStart(SUMMARY_PAGES) + size.padStart(SIZE + 1);
  const amountCells = (amount: Amount) => cells(count(amount.pages), bytes(amount.bytes));
  const sizes = bySize.filter(({ user, kernel }) => user.pages + kernel.pages > 0);
  return [
    ["", cells("user pages", "size") + cells("kernel pages", "size")],
    ...[...sizes, { pageSize: "all sizes", user, kernel }].map(({ pageSize, user, kernel }): Row => {
      return [`  ${pageSize}`, amountCells(user) + amountCells(kernel)];
    }),
  ];
}

function wxRows(label: string, { ranges, more, pages, bytes: size }: WritableExecutable): Row[] {
  if (pages === 0) return [[label, "none"]];
  const rows = ranges.map((range): Row => ["", `${rangeText(range.va, range.bytes)}  ${bytes(range.bytes)}`]);
  return [[label, amount({ pages, bytes: size })], ...rows, ...(more ? [["", "and further ranges"] as Row] : [])];
}

function place({ level, physicalAddress }: EntryPlace): string {
  return `${level.toUpperCase()} at physical ${physicalAddress}`;
}

function addresses({ va }: EntryPlace): string {
  return `virtual addresses from ${va}`;
}

function amount({ pages, bytes: size }: Amount): string {
  return `${counted(pages, "page")}, ${bytes(size)}`;
}

/** The last range of all ends beyond the last address. */
function rangeText(va: string, size: number): string {
  return `${va}-0x${(BigInt(va) + BigInt(size)).toString(16)}`;
}
