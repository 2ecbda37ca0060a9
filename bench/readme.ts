/** Where in README the published table stands. */
const START = "<!-- made by npm run bench -- --publish -->\n\n";
const END = "\n<!-- end of what it made -->";

/** What stands there in `readme`. Throws Error if there is no such place. */
export function tableIn(readme: string): string {
  return readme.slice(...placeIn(readme));
}

/** `readme` with `table` there. Throws Error if there is no such place. */
export function withTable(readme: string, table: string): string {
  const [start, end] = placeIn(readme);
  return readme.slice(0, start) + table + readme.slice(end);
}

function placeIn(readme: string): [start: number, end: number] {
  const start = readme.indexOf(START);
  const end = readme.indexOf(END, start);
  if (start < 0 || end < 0) throw new Error(`README.md has no ${JSON.stringify(START)}, or not its end`);
  return [start + START.length, end];
}
