/** One row of a truth table, made to happen on a machine. */
import { type Memory, type ModelFault, type ModelOutcome, pagesOf, translate } from "../reference/paging.ts";
import { differingMemory, differingOutcome, type NameOf } from "./compare.ts";
import type { Machine, Seen } from "./machine.ts";
import type { TruthCase } from "./truth-rows.ts";
import { hex, printAccess, printFlags, printMode, printOutcome } from "./words.ts";

const NOTHING_HAPPENS: Pick<ModelOutcome, "after" | "mayMark"> = { after: new Map(), mayMark: new Map() };

/** Returns where the machine differs from the row, and how it walked; nothing if it agrees. */
export function checkRow(machine: Machine, row: TruthCase): string[] {
  const { access, mode, tables } = row;
  machine.start(mode, tables.memory);
  const nameOf: NameOf = (address) =>
    tables.entries.find((entry) => entry.address === address) ?? { name: `word at ${hex(address)}`, level: null };
  if ("invlpg" in access) {
    machine.invlpg(access.invlpg);
    return differingMemory(NOTHING_HAPPENS, tables.memory, machine, nameOf);
  }
  const model = translate(mode, tables.memory, access);
  const seen = machine.access(access);
  const fault = expectedOf(row, seen);
  // Where the model has a fault that the row has not, no one knows the addresses.
  const physicalAddresses = model.fault === null && fault === null ? model.physicalAddresses : null;
  const differing = differingOutcome({ fault, physicalAddresses }, access, seen);
  // A fault that the row has and the model has not is told above; the model's entries would say it again.
  if ((fault === null) === (model.fault === null)) {
    const expected = { ...model, after: afterOf(row, model) };
    const memory = differingMemory(expected, tables.memory, machine, nameOf);
    if (memory.length > 0 && differing.length === 0)
      differing.push(`expected ${printOutcome(fault)}`, "got      the same, but other entries");
    differing.push(...memory);
  }
  return differing.length === 0 ? [] : [...differing, ...seen.walk()];
}

/** What is expected, with the CR2 that was seen where the row does not say which page faults. */
function expectedOf({ access, expected, cr2Told }: TruthCase, seen: Seen): ModelFault | null {
  if (cr2Told || expected?.vector !== 14 || "invlpg" in access) return expected;
  const page = pagesOf(access).find((va) => va === seen.fault?.cr2);
  return page === undefined ? expected : { ...expected, cr2: page };
}

/** The entries as the row has them; those that no row has (the next page's) as the model has them. */
function afterOf(row: TruthCase, model: ModelOutcome): Memory {
  if (row.after === null) return model.after;
  const entries = new Map(model.after);
  for (const [depth, value] of row.after.entries()) {
    const address = row.tables.entries[depth]?.address ?? null;
    // Zeros below a leaf are no entries, and may lie anywhere.
    if (value !== 0n && address !== null) entries.set(address, value);
  }
  return entries;
}

/** What the row made happen. */
export function printCase({ access, cpl, mode, tables }: TruthCase): string[] {
  return [
    "invlpg" in access ? `INVLPG of ${hex(access.invlpg)}` : `${printAccess(access)}, CPL ${cpl}`,
    ...printMode(mode),
    ...tables.entries.map(({ name, value, level }) =>
      `${name.padEnd(9)} ${hex(value).padEnd(18)} ${printFlags(value, level)}`.trimEnd(),
    ),
  ];
}
