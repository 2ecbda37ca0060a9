/** Which columns of a CSV are what. */
import { ConfigError } from "../errors.ts";

/** What a column may hold, in the order of CsvConfig in assembly/decoders/csv.ts. */
export const COLUMN_NAMES = ["address", "kind", "size", "pid", "tid", "pc"] as const;
export type ColumnName = (typeof COLUMN_NAMES)[number];

/**
 * The column of each, counted from 1; `"2:hex"` if its numbers are hexadecimal without 0x. Or all of them as text:
 * `address=2:hex,kind=1`. There must be one of addresses.
 */
export type ColumnsOption = string | Partial<Record<ColumnName, number | string>>;

/** Columns that are known, with what they hold. */
export interface Columns {
  /** Counted from 1. */
  numbers: Partial<Record<ColumnName, number>>;
  /** Those whose numbers are hexadecimal without 0x. */
  hexadecimal: readonly ColumnName[];
}

/** How the lines of a CSV are to be read. */
export interface CsvLayout extends Columns {
  /** The character between fields; a space stands for any number of spaces and tabs. */
  delimiter: string;
  /** Lines before the records, blank ones and comments not counted. */
  headerLines: number;
}

const MAX_COLUMN = 255;
const ALLOWED = `columns counted from 1 to ${MAX_COLUMN}, as address=2,kind=1,size=3; of ${COLUMN_NAMES.join(", ")}; with :hex for hexadecimal numbers without 0x; address must be one`;

/** Throws ConfigError. */
export function resolveColumns(option: ColumnsOption): Columns {
  const wrong = (got: unknown) => new ConfigError("columns", got, ALLOWED);
  if (typeof option !== "string" && (typeof option !== "object" || option === null)) throw wrong(option);
  const pairs =
    typeof option === "string"
      ? option.split(",").map((pair) => pair.split("="))
      : Object.entries(option).filter(([, value]) => value !== undefined);
  const numbers: Columns["numbers"] = {};
  const hexadecimal: ColumnName[] = [];
  for (const pair of pairs) {
    const [word, value] = pair.map((part) => String(part).trim());
    const name = COLUMN_NAMES.find((known) => known === word);
    const [, digits, hex] = /^(\d{1,3})(:hex)?$/.exec(value ?? "") ?? [];
    const number = Number(digits);
    const isColumn = digits !== undefined && number >= 1 && number <= MAX_COLUMN;
    if (pair.length !== 2 || name === undefined || !isColumn || numbers[name] !== undefined)
      throw wrong(pair.join("="));
    if (hex !== undefined && name === "kind") throw wrong(pair.join("="));
    if (Object.values(numbers).includes(number)) throw wrong(pair.join("=")); // one column is one thing
    numbers[name] = number;
    if (hex !== undefined) hexadecimal.push(name);
  }
  if (numbers.address === undefined) throw wrong(typeof option === "string" ? option : JSON.stringify(option));
  return { numbers, hexadecimal };
}
