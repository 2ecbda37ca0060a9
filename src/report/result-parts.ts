/** What schemas of results are made of. Unlike descriptions, results may be long, and may have fields of a later pagewalk: these stay as they are. */
import * as v from "valibot";
import { missingOf } from "../config/schema-parts.ts";
import { MAX_TEXT } from "./json-bounds.ts";

/** What takes any value, and has a `Value` if it is one. */
export type Schema<Value> = v.GenericSchema<unknown, Value>;

/** A schema for each field of `Value`: one that is forgotten, or that there is none of, does not compile. */
type Fields<Value> = {
  [Field in keyof Required<Value>]: Schema<Value[Field]>;
};

// The message of each schema is what is allowed there.

export function fields<Value extends object>(schemas: Fields<Value>): Schema<Value> {
  const entries: v.ObjectEntries = schemas;
  return v.looseObject(entries, (issue) => missingOf(issue, entries) ?? "an object") as never;
}

export function list<Item>(item: Schema<Item>): Schema<Item[]> {
  return v.array(item, "a list");
}

/** An object whose fields are `names`, or some of them, and no others. */
export function some<Name extends string, Value>(
  names: readonly Name[],
  schema: Schema<Value>,
): Schema<{ [name in Name]?: Value }> {
  return v.record(v.picklist(names, names.join(", ")), schema, "an object") as never;
}

export function optional<Value>(schema: Schema<Value>): Schema<Value | undefined> {
  return v.optional(schema);
}

export function nullable<Value>(schema: Schema<Value>): Schema<Value | null> {
  return v.nullable(schema);
}

export function text<Text extends string = string>(most = MAX_TEXT): Schema<Text> {
  const allowed = `text of ${most} characters at most`;
  return v.pipe(v.string(allowed), v.maxLength(most, allowed)) as never;
}

const WHOLE = "a whole number from 0 to 2^53";
export const count: Schema<number> = v.pipe(v.number(WHOLE), v.safeInteger(WHOLE), v.minValue(0, WHOLE));

const DIFFERENCE = "a whole number between -2^53 and 2^53";
export const difference: Schema<number> = v.pipe(v.number(DIFFERENCE), v.safeInteger(DIFFERENCE));

const AMOUNT = "a number that is not negative";
export const amount: Schema<number> = v.pipe(v.number(AMOUNT), v.minValue(0, AMOUNT));

export const truth: Schema<boolean> = v.boolean("true or false");

/** Plain data of any sort, which is as it is, or nothing. */
export function anything<Value>(): Schema<Value> {
  return v.optional(v.unknown()) as never;
}
