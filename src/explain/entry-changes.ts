/** Entries of page tables that are to hold other values than the dump, or the example process, has there. */
import { NUMBER_FORMS } from "../config/number.ts";
import { ConfigError } from "../errors.ts";
import type { Processor } from "../kernel/processor.ts";
import { hexAddress } from "../report/format.ts";
import type { Tables } from "../tables.ts";
import { givenText, numberOf } from "./addresses.ts";

/** An entry and what it is to hold: numbers, or text. An ExplainedStep has fields of the same names. */
export interface EntryChange {
  /** Where the entry lies: a multiple of 8 below 2^52, in memory that the dump holds, or in tables of the example. */
  physicalAddress: bigint | string;
  entry: bigint | string;
}

/** Values of entries by their physical addresses. */
export type EntryValues = ReadonlyMap<bigint, bigint>;

const PHYSICAL_END = 1n << 52n;
const VALUE_END = 1n << 64n;
const ENTRY_BYTES = 8n;

/** The values that `given` asks for. Throws ConfigError, with the item, for what is no such address or value. */
export function parseEntryChanges(given: readonly EntryChange[]): EntryValues {
  const values = new Map<bigint, bigint>();
  for (const [index, { physicalAddress, entry }] of given.entries()) {
    const option = `entries[${index}]`;
    const address = numberOf(physicalAddress);
    if (address === null || address < 0n || address >= PHYSICAL_END || address % ENTRY_BYTES !== 0n) {
      throw new ConfigError(
        `${option}.physicalAddress`,
        givenText(physicalAddress),
        `a multiple of 8 below 2^52; ${NUMBER_FORMS}`,
      );
    }
    const value = numberOf(entry);
    if (value === null || value < 0n || value >= VALUE_END) {
      throw new ConfigError(`${option}.entry`, givenText(entry), `a number of 64 bits; ${NUMBER_FORMS}`);
    }
    if (values.has(address)) {
      throw new ConfigError(`${option}.physicalAddress`, hexAddress(address), "each entry once");
    }
    values.set(address, value);
  }
  return values;
}

/**
 * Writes `values` into the tables, and returns what was there before wherever that was something else. Rejects with
 * ConfigError for an address at which there is no memory: a table made out of nothing would hide that it is mistyped.
 */
export async function changeEntries(tables: Tables, values: EntryValues): Promise<EntryValues> {
  if (tables.dump !== null) await tables.load(values.keys());
  return writeEntries(tables.processor, values, tables.memoryText());
}

/** The same for tables that are in memory. `memory` says where that is. */
export function writeEntries(processor: Processor, values: EntryValues, memory: string): Map<bigint, bigint> {
  const before = new Map<bigint, bigint>();
  for (const [index, [address, value]] of [...values].entries()) {
    if (processor.frame(frameOf(address)) === null) {
      const allowed = `an entry in memory that is there: ${memory}`;
      throw new ConfigError(`entries[${index}].physicalAddress`, hexAddress(address), allowed);
    }
    const was = processor.readEntry(address);
    if (was !== value) before.set(address, was);
    processor.writeEntry(address, value);
  }
  return before;
}

function frameOf(address: bigint): bigint {
  return address & ~0xfffn;
}
