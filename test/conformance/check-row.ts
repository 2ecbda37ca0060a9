/** One row of a truth table, made to happen on a machine. */
import { type Memory, type ModelOutcome, translate } from "../reference/paging.ts";
import { differingAddresses, differingFault, differingMemory, hex } from "./compare.ts";
import type { Machine } from "./machine.ts";
import type { TruthCase } from "./truth-rows.ts";

const NOTHING_HAPPENS: ModelOutcome = { fault: null, physicalAddresses: [], after: new Map(), mayMark: new Map() };

/** Returns where the machine differs from the row, and how it walked; nothing if it agrees. */
export function checkRow(machine: Machine, row: TruthCase): string[] {
  machine.start(row.mode, row.memory);
  if ("invlpg" in row.access) {
    machine.invlpg(row.access.invlpg);
    return differingMemory(NOTHING_HAPPENS, row.memory, machine);
  }
  const model = translate(row.mode, row.memory, row.access);
  const seen = machine.access(row.access);
  const differing = differingFault(row.expected, seen);
  if (row.expected === null) differing.push(...differingAddresses(model, row.access, seen));
  // A fault that the row has and the model has not is reported above; the model's entries would say it again.
  if ((row.expected === null) === (model.fault === null))
    differing.push(...differingMemory({ ...model, after: after(row, model) }, row.memory, machine));
  if (differing.length > 0) differing.push(...seen.walk().map((step) => `walk: ${step}`));
  return differing;
}

/** The entries as the row has them; those that no row has (the second page's) as the model has them. */
function after(row: TruthCase, model: ModelOutcome): Memory {
  if (row.after === null) return model.after;
  const entries = new Map(model.after);
  for (const [depth, address] of row.entryAddresses.entries()) {
    const entry = row.after[depth] as bigint;
    // Zeros below a leaf are no entries, and may lie anywhere.
    if (entry !== 0n) entries.set(address, entry);
  }
  return entries;
}

/** The row as it stands in the file, and how it was made to happen. */
export function printCase(row: TruthCase): string[] {
  const memory = [...row.memory].map(([address, entry]) => `${hex(address)}: ${hex(entry)}`);
  return [`CR3 ${hex(row.mode.cr3)}, entries ${memory.join(", ")}`];
}
