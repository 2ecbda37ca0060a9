/** The address space of a trace as a picture of characters: a line for each region, with bars for what it holds. */
import { bytes, count } from "./format.ts";
import { REGION_WORDS } from "./note-words.ts";
import type { InfoResult, Region } from "./results.ts";

export interface PictureOptions {
  /** Columns of the terminal. Below 60 the picture is drawn for 60. */
  width: number;
  /** Only ASCII characters. */
  ascii: boolean;
}

/** Marks of fetches, loads and stores in a bar. */
const MARKS = { unicode: ["█", "▓", "░"], ascii: ["#", "=", "-"] } as const;
const LEAST_WIDTH = 60;

/**
 * Regions from the highest address down, as address spaces are drawn, with what lies untouched between them. Each has
 * a bar for its records, of a length that is their logarithm: divided into fetches, loads and stores as they are. No
 * bars if records were not counted by region.
 */
export function regionsPicture({ regions }: Pick<InfoResult, "regions">, options: PictureOptions): string | null {
  const { ranges } = regions;
  if (ranges.length === 0) return null;
  const marks = options.ascii ? MARKS.ascii : MARKS.unicode;
  const descending = [...ranges].reverse();
  const labels = descending.map((region) => [region.address, bytes(region.bytes), countPages(region)]);
  const widths = [0, 1, 2].map((column) => Math.max(...labels.map((label) => label[column]?.length ?? 0)));
  const names = descending.map(({ guess }) => (guess === null ? "" : REGION_WORDS[guess]));
  const nameWidth = Math.max(...names.map((name) => name.length));
  const used = widths.reduce((sum, width) => sum + width + 2, 0) + 2 + nameWidth;
  const most = Math.log2(1 + Math.max(...ranges.map(recordsOf)));
  const room = most === 0 ? 0 : Math.max(8, Math.max(LEAST_WIDTH, options.width) - used - 1);
  const lines: string[] = [];
  descending.forEach((region, index) => {
    const above = descending[index - 1];
    if (above !== undefined) lines.push(`  ${options.ascii ? ":" : "⋮"} ${untouched(region, above)}`);
    const label = (labels[index] ?? []).map((text, column) => text.padStart(widths[column] ?? 0)).join("  ");
    const length = most === 0 ? 0 : Math.max(1, Math.round((room * Math.log2(1 + recordsOf(region))) / most));
    lines.push(`${label}  ${bar(region, length, marks).padEnd(room)}  ${names[index]}`.trimEnd());
  });
  if (most > 0) {
    lines.push(`${marks[0]} fetches  ${marks[1]} loads  ${marks[2]} stores; bars are logarithmic, modifies are stores`);
  }
  return lines.join("\n");
}

function recordsOf({ fetches, loads, stores, modifies }: Region): number {
  return (fetches ?? 0) + (loads ?? 0) + (stores ?? 0) + (modifies ?? 0);
}

function countPages({ pages }: Region): string {
  return `${count(pages)} ${pages === 1 ? "page " : "pages"}`;
}

/** A bar of `length` characters, shared out by what there is; what there is at all has one if there is room. */
function bar(region: Region, length: number, marks: readonly [string, string, string]): string {
  const counts = [region.fetches ?? 0, region.loads ?? 0, (region.stores ?? 0) + (region.modifies ?? 0)];
  const total = recordsOf(region);
  if (total === 0) return "";
  let left = length;
  let text = "";
  counts.forEach((records, kind) => {
    const others = counts.slice(kind + 1).filter((each) => each > 0).length;
    const share = others === 0 ? left : Math.min(left - others, Math.max(1, Math.round((length * records) / total)));
    if (records === 0 || share <= 0) return;
    text += (marks[kind] ?? "").repeat(share);
    left -= share;
  });
  return text;
}

/** How much lies between the end of `lower` and `upper`. */
function untouched(lower: Region, upper: Region): string {
  const gap = BigInt(upper.address) - BigInt(lower.address) - BigInt(lower.bytes);
  return `${bytes(Number(gap))} untouched`;
}
