/**
 * What schemas of descriptions are made of, which people write and which may come from anywhere; and what is told of one that is wrong:
 * where, what was found, what is allowed.
 */
import * as v from "valibot";
import { ConfigError } from "../errors.ts";

/** What a list may have at most, unless more is said. */
const MAX_ITEMS = 64;
/** Characters of what was found, in messages. */
const MAX_SHOWN = 40;

/** A schema for each field of `Description`: one that is forgotten, or that there is none of, does not compile. */
export type Fields<Description> = {
  [Field in keyof Description]-?: v.GenericSchema<unknown, Exclude<Description[Field], undefined>>;
};

// The message of each schema is what is allowed there.

export function object<Entries extends v.ObjectEntries>(entries: Entries) {
  const names = Object.keys(entries).join(", ");
  return v.strictObject(
    entries,
    (issue) => missingOf(issue, entries) ?? (isUnknown(issue) ? names : `an object of ${names}`),
  );
}

/** What the one of `entries` may be that `issue` misses; `null`: it misses none. */
export function missingOf(issue: v.BaseIssue<unknown>, entries: v.ObjectEntries): string | null {
  return isMissing(issue) ? allowedOf(entries[JSON.parse(issue.expected ?? "null")]) : null;
}

/** What a field may be that is not there, of `schema`. */
function allowedOf(schema: unknown): string {
  const { message, wrapped } = schema as { message?: unknown; wrapped?: unknown };
  if (wrapped !== undefined) return allowedOf(wrapped);
  return typeof message === "string" ? message : "a value";
}

/** Whether `issue` is of a field that is not there. Its name, in quotes, is what was expected. */
function isMissing({ input, path, expected }: v.BaseIssue<unknown>): boolean {
  return input === undefined && path !== undefined && expected?.startsWith('"') === true;
}

/** Whether `issue` is of a field that nobody knows. */
function isUnknown({ expected }: v.BaseIssue<unknown>): boolean {
  return expected === "never";
}

export function oneOf<const Names extends readonly string[]>(names: Names) {
  return v.picklist(names, names.join(", "));
}

export function list<Item extends v.GenericSchema>(item: Item, what: string, most = MAX_ITEMS) {
  const allowed = `a list of 1 to ${most} ${what}`;
  return v.pipe(v.array(item, allowed), v.minLength(1, allowed), v.maxLength(most, allowed));
}

export function text(most: number) {
  const allowed = `text of 1 to ${most} characters`;
  return v.pipe(v.string(allowed), v.minLength(1, allowed), v.maxLength(most, allowed));
}

export function whole(least: number, most: number) {
  const allowed = `a whole number from ${least} to ${most}`;
  return v.pipe(v.number(allowed), v.integer(allowed), v.minValue(least, allowed), v.maxValue(most, allowed));
}

/** `given`, if it is what `schema` describes, as a copy. Throws ConfigError with the path of what is wrong, which begins with `path`. */
export function checked<Output>(schema: v.GenericSchema<unknown, Output>, given: unknown, path: string): Output {
  const { success, output, issues } = v.safeParse(schema, given, { abortEarly: true });
  if (success) return output;
  throw errorOf(issues[0], path);
}

function errorOf(issue: v.BaseIssue<unknown>, path: string): ConfigError {
  let at = path + placeOf(issue);
  // Of the forms that a value may have, the one that it got furthest in.
  let told = issue;
  for (let deeper = deepestOf(told); deeper !== undefined; deeper = deepestOf(told)) {
    told = deeper;
    at += placeOf(told);
  }
  return new ConfigError(
    at.replace(/^\./, ""),
    isUnknown(told) ? "an unknown field" : nameOf(told.input),
    told.message,
  );
}

/**
 * What is wrong inside of a value that `issue` is about, of the form that it comes closest to: one that has all fields,
 * or else all but some. Undefined: it has no inside.
 */
function deepestOf(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown> | undefined {
  const distance = (inside: v.BaseIssue<unknown>) => (isMissing(inside) ? 2 : isUnknown(inside) ? 1 : 0);
  return formsOf(issue)
    .filter(({ path }) => path !== undefined)
    .reverse()
    .sort((one, other) => distance(one) - distance(other))[0];
}

/** What is wrong with each of the forms that a value may have, also where one of them is one of several forms. */
function formsOf({ input, issues }: v.BaseIssue<unknown>): v.BaseIssue<unknown>[] {
  if (issues === undefined || Array.isArray(input)) return []; // no form of a value is a list
  return issues.flatMap((form) => (form.path === undefined && form.issues ? formsOf(form) : [form]));
}

function placeOf({ path }: v.BaseIssue<unknown>): string {
  return pathOf((path ?? []).map(({ key }) => key));
}

/** The way to a value, by the keys on it: `.results[3].hits`. */
export function pathOf(keys: readonly unknown[]): string {
  return keys.map((key) => (typeof key === "number" ? `[${key}]` : `.${shortened(String(key))}`)).join("");
}

/** What was found, as a message tells it. */
export function nameOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "string" ? JSON.stringify(shortened(value)) : String(value);
}

function shortened(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
