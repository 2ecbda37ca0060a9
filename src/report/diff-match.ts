/** Which results of two files are of the same. */
import type { ResultEntry } from "./entries.ts";

export interface Matched {
  pairs: [a: ResultEntry, b: ResultEntry][];
  onlyA: ResultEntry[];
  onlyB: ResultEntry[];
}

/**
 * What results are taken for the same by that are not called alike: of a file that was moved, of one machine or one trace that is another now.
 * Each only where it names one result of either file.
 */
const LIKENESSES: readonly ((entry: ResultEntry) => readonly (string | null)[])[] = [
  ({ trace, window, name }) => [baseName(trace), window, name],
  (entry) => [entry.trace, entry.window, cpuOf(entry)],
  ({ trace, window }) => [trace, window],
  ({ window, name }) => [window, name],
  (entry) => [entry.window, cpuOf(entry)],
  ({ trace, name }) => [trace, name],
  () => [],
];

/**
 * Results of the same trace, window, machine or sweep, and kind; of several that are called alike the first with the first. Names that people gave
 * in a plan mean what they say, unless no two are the same.
 */
export function match(a: readonly ResultEntry[], b: readonly ResultEntry[]): Matched {
  let matched = pairBy(a, b, ({ trace, window, name }) => [trace, window, name], false);
  const isMeant = ({ planned }: ResultEntry) => planned !== undefined;
  if (matched.pairs.length > 0 && (a.some(isMeant) || b.some(isMeant))) return matched;
  for (const likeness of LIKENESSES) {
    const { pairs, onlyA, onlyB } = pairBy(matched.onlyA, matched.onlyB, likeness, true);
    matched = { pairs: [...matched.pairs, ...pairs], onlyA, onlyB };
  }
  return matched;
}

function pairBy(
  a: readonly ResultEntry[],
  b: readonly ResultEntry[],
  likeness: (typeof LIKENESSES)[number],
  isOnlyOne: boolean,
): Matched {
  const keyOf = (entry: ResultEntry) => JSON.stringify([entry.kind, ...likeness(entry)]);
  const [ofA, ofB] = [groupBy(a, keyOf), groupBy(b, keyOf)];
  const paired = new Map<ResultEntry, ResultEntry>();
  for (const [key, some] of ofA) {
    const others = ofB.get(key) ?? [];
    if (isOnlyOne && (some.length > 1 || others.length > 1)) continue;
    for (const [index, entry] of some.entries()) {
      const other = others[index];
      if (other !== undefined) paired.set(entry, other);
    }
  }
  const taken = new Set(paired.values());
  return {
    pairs: [...paired],
    onlyA: a.filter((entry) => !paired.has(entry)),
    onlyB: b.filter((entry) => !taken.has(entry)),
  };
}

function groupBy(entries: readonly ResultEntry[], keyOf: (entry: ResultEntry) => string): Map<string, ResultEntry[]> {
  const groups = new Map<string, ResultEntry[]>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return groups;
}

function baseName(path: string): string {
  return path.replace(/^.*[/\\]/s, "");
}

function cpuOf(entry: ResultEntry): string {
  return entry.kind === "run" ? entry.result.config.cpu : entry.result.stream;
}
