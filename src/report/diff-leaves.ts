/** All in which two results of the same kind differ, value by value. */

/** Where a value is: fields, and names of the rows of lists, as `["tlbs", "L1D", "misses"]`. */
export type Place = readonly string[];

export interface LeafChange {
  place: Place;
  /** Of numbers, texts and truths the value; of anything else, and of what is not there, words. */
  a: number | string | boolean | null;
  b: number | string | boolean | null;
}

export interface Leaves {
  /** Numbers that were compared. */
  counts: number;
  changes: LeafChange[];
  /** Changes beyond those, of which there would be too many. */
  others: number;
}

/** What is told of an object that only one result has. */
export const THERE = "there";

/** Changes of one result that are kept. */
const MAX_CHANGES = 200_000;

/** What tells the rows of a list apart, of those lists whose order says nothing; rows of others are numbered from 1. */
const ROW_NAMES: Readonly<Record<string, (row: Record<string, unknown>) => string>> = {
  tlbs: ({ name }) => String(name),
  walkCaches: ({ name }) => String(name),
  dataCaches: ({ name }) => String(name),
  l1: ({ pageSize, name }) => `${pageSize} ${name}`,
  lookups: ({ pageSize, level }) => String(pageSize ?? level),
  curves: ({ pageSize }) => String(pageSize),
  points: ({ pageSize, policy, index, entries, ways }) =>
    `${pageSize} ${policy} ${index} ${entries}:${entries === ways ? "full" : ways}`,
  knees: ({ hitRate }) => String(hitRate),
  samples: ({ entries }) => String(entries),
  region: ({ name }) => String(name),
  page: ({ name }) => String(name),
  pc: ({ name }) => String(name),
  kind: ({ name }) => String(name),
  blocks: ({ address }) => String(address),
  rows: ({ counter }) => String(counter),
};

/** Compares `a` and `b`, but for `ignored` fields of theirs. Both are JSON of moderate depth. */
export function compareLeaves(a: object, b: object, ignored: readonly string[]): Leaves {
  const leaves: Leaves = { counts: 0, changes: [], others: 0 };
  const names = (value: object) => Object.entries(value).filter(([name]) => !ignored.includes(name));
  compareMembers(new Map(names(a)), new Map(names(b)), [], leaves);
  return leaves;
}

function compareMembers(a: Map<string, unknown>, b: Map<string, unknown>, place: Place, leaves: Leaves): void {
  for (const [name, member] of a) compareValues(member, b.get(name), [...place, name], leaves);
  for (const [name, member] of b) if (!a.has(name)) compareValues(undefined, member, [...place, name], leaves);
}

function compareValues(a: unknown, b: unknown, place: Place, leaves: Leaves): void {
  if (isNested(a) && isNested(b) && Array.isArray(a) === Array.isArray(b)) {
    compareMembers(membersOf(a, place), membersOf(b, place), place, leaves);
    return;
  }
  if (typeof a === "number" || typeof b === "number") leaves.counts++;
  if (a === b) return;
  if (leaves.changes.length === MAX_CHANGES) leaves.others++;
  else leaves.changes.push({ place, a: told(a), b: told(b) });
}

function isNested(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function membersOf(value: object, place: Place): Map<string, unknown> {
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const list = place.at(-1) ?? "";
  const nameOf = Object.hasOwn(ROW_NAMES, list) ? ROW_NAMES[list] : undefined;
  const members = new Map<string, unknown>();
  for (const [index, row] of value.entries()) {
    const name = nameOf !== undefined && isNested(row) ? nameOf(row as Record<string, unknown>) : String(index + 1);
    let distinct = name;
    for (let again = 2; members.has(distinct); again++) distinct = `${name} #${again}`;
    members.set(distinct, row);
  }
  return members;
}

function told(value: unknown): LeafChange["a"] {
  if (value === undefined) return null;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isNested(value)) return THERE;
  return value as LeafChange["a"];
}
