/** Results as JSON: the objects of `results.ts`, unchanged. */

/** Elements of arrays that are made into text at once. */
const BATCH = 1000;

/**
 * One result as its object, several (or none) as an array in their order; indented by 2 spaces, ends with a newline.
 * See `withoutControls()`.
 */
export function toJson(results: readonly object[]): string {
  return [...jsonPieces(results)].join("");
}

/** The text of `toJson()` in pieces of moderate length: a sweep may have a million points, and no string that many. */
export function* jsonPieces(results: readonly object[]): Generator<string> {
  let before = "";
  for (const piece of piecesOf(results.length === 1 ? results[0] : results, "")) {
    if (before !== "") yield withoutControls(before);
    before = piece;
  }
  yield withoutControls(`${before}\n`);
}

/**
 * `json` with DEL and the C1 controls, which JSON allows unescaped in strings but terminals obey, written as `\u009b`:
 * a parser reads the same value.
 */
export function withoutControls(json: string): string {
  return json.replace(/[\x7f-\x9f]/g, (control) => `\\u00${control.charCodeAt(0).toString(16)}`);
}

/** What JSON.stringify(value, null, 2) writes, with `indent` in front of every line but the first. */
function* piecesOf(value: unknown, indent: string): Generator<string> {
  const deeper = `${indent}  `;
  if (!isLong(value)) yield indented(value, indent);
  else if (Array.isArray(value)) {
    let between = `[\n${deeper}`;
    const step = Math.max(1, Math.floor(BATCH / (1 + arrayElements(value[0]))));
    for (let start = 0; start < value.length; start += step) {
      const batch = value.slice(start, start + step);
      if (batch.some(isLong)) {
        for (const element of batch) {
          yield between;
          yield* piecesOf(element, deeper);
          between = `,\n${deeper}`;
        }
      } else {
        yield between + indented(batch, indent).slice(`[\n${deeper}`.length, -`\n${indent}]`.length);
        between = `,\n${deeper}`;
      }
    }
    yield `\n${indent}]`;
  } else {
    let between = "{";
    for (const [name, member] of Object.entries(value as object)) {
      if (member === undefined) continue;
      yield `${between}\n${deeper}${JSON.stringify(name)}: `;
      yield* piecesOf(member, deeper);
      between = ",";
    }
    yield `\n${indent}}`;
  }
}

function indented(value: unknown, indent: string): string {
  return JSON.stringify(value, null, 2).replaceAll("\n", `\n${indent}`);
}

/** Whether the arrays in `value` should be written in batches. */
function isLong(value: unknown): boolean {
  return arrayElements(value) > BATCH;
}

/** The elements of all arrays in `value`, together; no more are counted when they are more than a batch. */
function arrayElements(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let elements = Array.isArray(value) ? value.length : 0;
  if (elements > BATCH) return elements;
  for (const member of Object.values(value)) {
    elements += arrayElements(member);
    if (elements > BATCH) break;
  }
  return elements;
}
