/** `.pwt` files for tests, and what is read from them. */
import type { SelectionOptions } from "../../src/config/selection.ts";
import { ContainerWriter, makeSection } from "../../src/trace/pwt/writer.ts";
import type { GivenEntry } from "../convert/given-entries.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { entriesOf } from "../helpers/entries-of.ts";

/** The entries that the kernel reads from `file`, in the words of the tests of encoders. */
export async function readEntries(
  file: Uint8Array,
  chunkBytes = 1 << 20,
  selection: SelectionOptions = {},
): Promise<GivenEntry[]> {
  const { entries } = await entriesOf(chunkedTrace(file, chunkBytes, "pwt", selection));
  return entries.map((entry): GivenEntry => {
    if (entry.kind === "unmapped") return { ...entry, kind: "unmap" };
    if (entry.kind === "protected") return { ...entry, kind: "protect" };
    if (entry.kind === "instruction" || entry.kind === "thread") return entry;
    return { ...entry, pc: entry.pc ?? null };
  });
}

/** A file of one block with `units` in it, whatever they are. */
export async function fileOf(units: readonly Uint8Array[], records: number): Promise<Uint8Array> {
  const writer = new ContainerWriter({ form: "full", source: "test" });
  const section = await makeSection(0, units.length, Buffer.concat(units), "none", 1);
  const block = writer.block({ records: [0, records, 0, 0], instructions: 0 }, [section]);
  return Buffer.concat([writer.header(), ...block, ...writer.end()]);
}
