/**
 * Whether values from outside are what they should be: checked where they lie, since results are too large to be copied. Unknown fields are
 * left as they are, as those of a later pagewalk are. Everything throws ConfigError with the place.
 */
import { ConfigError } from "../errors.ts";

/** Keys on the way to a value. */
export type Path = (string | number)[];

/** Throws ConfigError unless a value is a `Value`. */
export type Shape<Value> = ((value: unknown, path: Path) => void) & { readonly of?: () => Value };

/** A shape for each field of `Value`: one that is forgotten, or that there is none of, does not compile. */
type Fields<Value> = {
  [Field in keyof Required<Value>]: Shape<Value[Field]>;
};

/** Levels of lists and objects in one another; a result has 10. */
const MAX_DEPTH = 32;
/** Characters of a text, of which the longest is a command line. */
const MAX_TEXT = 1 << 16;
/** Characters of what was found, in messages. */
const MAX_SHOWN = 40;

/** `results[3].tlbs[0].hits`. */
function placeOf(path: Path): string {
  return path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${shortened(key)}`))
    .join("")
    .replace(/^\./, "");
}

export function wrong(value: unknown, path: Path, allowed: string): ConfigError {
  return new ConfigError(placeOf(path), found(value), allowed);
}

/** Throws ConfigError unless all of `value` is of moderate depth and length, with numbers that are finite. */
export function checkBounds(value: unknown, path: Path = []): void {
  if (typeof value === "number" && !Number.isFinite(value)) throw wrong(value, path, "a number below 2^1024");
  if (typeof value === "string" && value.length > MAX_TEXT)
    throw wrong(value, path, `text of ${MAX_TEXT} characters at most`);
  if (typeof value !== "object" || value === null) return;
  if (path.length === MAX_DEPTH) throw wrong(value, path, `${MAX_DEPTH} levels of lists and objects at most`);
  for (const [key, member] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    path.push(key);
    checkBounds(member, path);
    path.pop();
  }
}

export function fields<Value extends object>(shapes: Fields<Value>): Shape<Value> {
  const all = Object.entries(shapes) as [string, Shape<unknown>][];
  return (value, path) => {
    if (!isObject(value)) throw wrong(value, path, "an object");
    for (const [name, shape] of all) inside(shape, Object.hasOwn(value, name) ? value[name] : undefined, path, name);
  };
}

export function list<Item>(item: Shape<Item>): Shape<Item[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw wrong(value, path, "a list");
    for (let index = 0; index < value.length; index++) inside(item, value[index], path, index);
  };
}

/** An object whose fields are `names`, or some of them, and no others. */
export function some<Name extends string, Value>(
  names: readonly Name[],
  shape: Shape<Value>,
): Shape<{ [name in Name]?: Value }> {
  return (value, path) => {
    if (!isObject(value)) throw wrong(value, path, "an object");
    for (const name of Object.keys(value)) {
      if (!names.includes(name as Name)) throw wrong(name, path, names.join(", "));
      inside(shape, value[name], path, name);
    }
  };
}

export function optional<Value>(shape: Shape<Value>): Shape<Value | undefined> {
  return (value, path) => {
    if (value !== undefined) shape(value, path);
  };
}

export function nullable<Value>(shape: Shape<Value>): Shape<Value | null> {
  return (value, path) => {
    if (value !== null) shape(value, path);
  };
}

export function oneOf<const Name extends string>(names: readonly Name[]): Shape<Name> {
  return (value, path) => {
    if (!names.includes(value as Name)) throw wrong(value, path, names.join(", "));
  };
}

export function text<Text extends string = string>(most = MAX_TEXT): Shape<Text> {
  return (value, path) => {
    if (typeof value !== "string" || value.length > most)
      throw wrong(value, path, `text of ${most} characters at most`);
  };
}

/** A whole number, 0 to 2^53 - 1. */
export const count: Shape<number> = (value, path) => {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw wrong(value, path, "a whole number from 0 to 2^53");
};

/** A whole number, which may be below 0. */
export const difference: Shape<number> = (value, path) => {
  if (!Number.isSafeInteger(value)) throw wrong(value, path, "a whole number between -2^53 and 2^53");
};

/** Any number that is not negative. */
export const amount: Shape<number> = (value, path) => {
  if (typeof value !== "number" || !(value >= 0)) throw wrong(value, path, "a number that is not negative");
};

export const truth: Shape<boolean> = (value, path) => {
  if (typeof value !== "boolean") throw wrong(value, path, "true or false");
};

/** Plain data of any sort, which is as it is. */
export function anything<Value>(): Shape<Value> {
  return () => {};
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function inside(shape: Shape<unknown>, value: unknown, path: Path, key: string | number): void {
  path.push(key);
  shape(value, path);
  path.pop();
}

function found(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isObject(value)) return "an object";
  return typeof value === "string" ? JSON.stringify(shortened(value)) : String(value);
}

function shortened(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}
