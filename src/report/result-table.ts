/** A table of a result as every output shows it: text is aligned, a page has it as a <table>. */

/** A table in words, without layout. */
export interface ResultTable {
  /** What the rows are of. */
  title: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** Columns at the left that hold names; all others hold numbers. The first identifies its row in any case. */
  nameColumns: number;
  /** What no row has, since the table would be too long to read: how many, and of what. @default nothing */
  leftOut?: { count: number; noun: string };
  /** What no row shows. */
  notes?: readonly string[];
}

/** That many rows are not in a table; nothing where none are left out. */
export function leftOut(count: number, noun: string): Pick<ResultTable, "leftOut"> {
  return count === 0 ? {} : { leftOut: { count, noun } };
}
