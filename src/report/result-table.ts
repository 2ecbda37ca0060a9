/** A table of a result as every output shows it: text is aligned, a page has it as a <table>. */

export interface ResultTable {
  /** What the rows are of. */
  title: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** Columns at the left that hold names; all others hold numbers. The first identifies its row in any case. */
  nameColumns: number;
  /** Points of the result that no row has: the table would be too long to read. @default 0 */
  pointsLeftOut?: number;
  /** What no row shows. */
  notes?: readonly string[];
}
