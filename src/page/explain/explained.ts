/** What the view shows: one address explained by the tables of the example process, as they are and as changed. */
import { parseEntryChanges } from "../../explain/entry-changes.ts";
import { explain } from "../../explain.ts";
import type { Explanation } from "../../report/explanation.ts";
import type { ExplainState } from "../state.ts";

/** The explanation, and that of the same access by the tables as they were. */
export interface Explained {
  explanation: Explanation;
  /** By the tables without the changes of `state`; `null` if there are none. */
  unchanged: Explanation | null;
}

/** Explains what `state` asks for. Rejects with ConfigError if it cannot be, and KernelError if the kernel cannot run. */
export async function explainState(state: ExplainState): Promise<Explained> {
  const explanation = await explainOne(state);
  return { explanation, unchanged: state.entries.length === 0 ? null : await explainOne({ ...state, entries: [] }) };
}

async function explainOne({ address, access, privilege, la57, entries }: ExplainState): Promise<Explanation> {
  const options = { access, privilege, la57, entries: entries.map(entryChange) };
  for await (const explanation of explain([address], options)) return explanation;
  throw new RangeError("explain() gave nothing for an address");
}

/**
 * `entries` with `entry` at `physicalAddress`, or what is there without changes if `entry` is `null`. Throws ConfigError
 * if either is none.
 */
export function withEntry(
  entries: ExplainState["entries"],
  physicalAddress: string,
  entry: string | null,
): ExplainState["entries"] {
  const place = (address: string) => [...parseEntryChanges([{ physicalAddress: address, entry: "0" }]).keys()][0];
  const others = entries.filter(([address]) => place(address) !== place(physicalAddress));
  if (entry === null) return others;
  parseEntryChanges([{ physicalAddress, entry }]);
  return [...others, [physicalAddress, entry]];
}

function entryChange([physicalAddress, entry]: ExplainState["entries"][number]) {
  return { physicalAddress, entry };
}
