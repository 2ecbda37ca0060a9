/** Where in README the published table stands. */
const START = "<!-- made by npm run bench -- --publish -->\n\n";
const END = "\n<!-- end of what it made -->";

/** What stands there in `readme`. Throws Error if there is no such place. */
export function betweenMarkers(readme: string): string {
  const start = readme.indexOf(START);
  const end = readme.indexOf(END, start);
  if (start < 0 || end < 0) throw new Error(`README.md has no ${JSON.stringify(START)}, or not its end`);
  return readme.slice(start + START.length, end);
}
