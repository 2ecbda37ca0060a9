/** Results as JSON: the objects of `results.ts`, unchanged. */

/**
 * One result as its object, several (or none) as an array in their order; indented by 2 spaces, ends with a newline.
 * See `withoutControls()`.
 */
export function toJson(results: readonly object[]): string {
  return `${withoutControls(JSON.stringify(results.length === 1 ? results[0] : results, null, 2))}\n`;
}

/**
 * `json` with DEL and the C1 controls, which JSON allows unescaped in strings but terminals obey, written as `\u009b`:
 * a parser reads the same value.
 */
export function withoutControls(json: string): string {
  return json.replace(/[\x7f-\x9f]/g, (control) => `\\u00${control.charCodeAt(0).toString(16)}`);
}
