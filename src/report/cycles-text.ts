/** What translations cost by a model, as text. */
import { count, counted, decimal } from "./format.ts";
import { pairs, table } from "./lines.ts";
import { itemized } from "./paragraphs.ts";
import type { CyclesResult } from "./results.ts";
import type { Pair } from "./trace-words.ts";

/** A table of what was looked up and read, the totals, and what they rest on. */
export function cyclesText(cycles: CyclesResult): string {
  const { walks, total, perInstruction } = cycles;
  const each = cycles.lookups.map(({ level, hits, misses, cyclesEach, cycles: spent }) => [
    `level ${level} lookups`,
    count(hits + misses),
    count(cyclesEach),
    count(spent),
  ]);
  const reads = (cycles.dataCaches ?? []).map(({ name, hits, cyclesEach, cycles: spent }) => [
    `entries from ${name}`,
    count(hits),
    count(cyclesEach),
    count(spent),
  ]);

  const rows = [...each, ...(reads.length > 0 ? reads : [["walks", count(walks.count), "-", count(walks.serial)]])];
  const range = (least: string, most: string) => (least === most ? least : `${least} to ${most}`);
  const totals: Pair[] = [
    [
      "walks",
      `${count(walks.serial)} one after the other, ${count(walks.atLeast)} at least with ${counted(walks.walkers, "walker")}`,
    ],
    ["in all", range(count(total.atLeast), count(total.atMost))],
    ...(perInstruction === null
      ? []
      : [["each instr.", range(decimal(perInstruction.atLeast, 3), decimal(perInstruction.atMost, 3))] as const]),
  ];
  return [
    `Cycles, by the ${cycles.model} model: no counts, and no time`,
    table({ head: ["", "times", "each", "cycles"], rows, nameColumns: 1 }),
    pairs(totals),
    itemized(cycles.assumptions),
  ].join("\n");
}
