/** What somebody who mistyped a name may have meant. */

/** Of what was typed; names are shorter. */
const MAX_LENGTH = 40;

/** Those `most` of `names` that take the fewest changes of `typed`, the nearest first; as they were ordered where that is the same. */
export function nearestNames(typed: string, names: readonly string[], most: number): string[] {
  const word = typed.slice(0, MAX_LENGTH).toLowerCase();
  return names
    .map((name) => ({ name, changes: changesBetween(word, name.toLowerCase()) }))
    .sort((one, other) => one.changes - other.changes)
    .slice(0, most)
    .map(({ name }) => name);
}

/** Letters to put in, take out, replace, or swap with the next: Damerau, Communications of the ACM 7(3), 1964. */
function changesBetween(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let at = 1; at <= one.length; at++) {
    const next = [at];
    for (let to = 1; to <= other.length; to++) {
      const isSame = one[at - 1] === other[to - 1];
      let changes = Math.min((row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1, (row[to - 1] ?? 0) + (isSame ? 0 : 1));
      const isSwapped = at > 1 && to > 1 && one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1];
      if (isSwapped) changes = Math.min(changes, (before[to - 2] ?? 0) + 1);
      next.push(changes);
    }
    before = row;
    row = next;
  }
  return row[other.length] ?? 0;
}
