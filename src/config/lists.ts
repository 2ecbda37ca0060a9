/** Reads lists that people write, `4K,2M` or `16..4096,1-16`, and checks names. All functions throw ConfigError. */
import { ConfigError } from "../errors.ts";
import { parseSize } from "./geometry.ts";

/** What numbersOf() takes, for messages. */
const NUMBER_LISTS =
  "numbers from 1, ranges up that double, as 16..4096 or 16,48,64..1024, and of every number, as 1-16";
/** Numbers that a range of every number may have. */
const MAX_RANGE = 1 << 24;

/** The items of a list; those of a text are between commas. */
export function listOf<Item>(given: readonly Item[] | string, option: string): (Item | string)[] {
  if (typeof given === "string") return given.split(",").map((part) => part.trim());
  if (Array.isArray(given) && given.length > 0) return [...given];
  throw new ConfigError(option, Array.isArray(given) ? "none" : given, "a list, or text");
}

/**
 * The numbers of a list: `64`, from `16..4096` the first, its double and so on to at most the last, from `1-16` every
 * one. Whole and positive where they are written as text; numbers are as they were given.
 */
export function numbersOf(given: readonly (number | string)[] | string, option: string, allowed = ""): number[] {
  const numbers: number[] = [];
  for (const item of listOf(given, option)) {
    if (typeof item === "number") numbers.push(item);
    else for (const number of rangeOf(String(item), option, given, allowed)) numbers.push(number);
  }
  return numbers;
}

function* rangeOf(text: string, option: string, given: unknown, alsoAllowed: string): Generator<number> {
  const [first = "", operator, last = first, ...rest] = text.split(/(\.\.|-)/);
  const from = parseSize(first);
  const to = parseSize(last);
  if (from === null || to === null || rest.length > 0 || from < 1 || to < from) {
    throw new ConfigError(option, given, NUMBER_LISTS + alsoAllowed);
  }
  if (operator === "-" && to - from >= MAX_RANGE) {
    throw new ConfigError(option, text, `a range of at most ${MAX_RANGE} numbers`);
  }
  for (let number = from; number <= to; number = operator === "-" ? number + 1 : number * 2) yield number;
}

/** The names of a list, each once; all are of `names`. */
export function namesOf<Name extends string>(
  given: readonly Name[] | string,
  names: readonly Name[],
  option: string,
): Name[] {
  return [...new Set(listOf(given, option).map((item) => oneOf(names, item, option)))];
}

/** `given`, which must be one of `names`. */
export function oneOf<Name extends string>(names: readonly Name[], given: unknown, option: string): Name {
  const found = names.find((name) => name === given);
  if (found === undefined) throw new ConfigError(option, given, names.join(", "));
  return found;
}

/** A misspelt option would otherwise be a default that nobody asked for. */
export function checkNames(config: object, known: readonly string[]): void {
  for (const name of Object.keys(config)) {
    if (!known.includes(name)) throw new ConfigError(name, "an unknown option", known.join(", "));
  }
}
