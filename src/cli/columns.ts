/** How wide texts may be. */

/** Columns of text where standard output is no terminal and $COLUMNS says nothing. */
const DEFAULT_COLUMNS = 80;

/** Columns that texts may have. */
export function textWidth(): number {
  return process.stdout.columns || columnsAsked() || DEFAULT_COLUMNS;
}

/** $COLUMNS, if it is a number of columns that a terminal may have. */
function columnsAsked(): number | null {
  const columns = process.env.COLUMNS ?? "";
  return /^\d{1,4}$/.test(columns) ? Number(columns) : null;
}
