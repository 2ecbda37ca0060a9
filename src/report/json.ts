/** Results as JSON: the objects of `results.ts`, unchanged. */

/**
 * One result as its object, several (or none) as an array in their order; indented by 2 spaces, ends with a newline.
 *
 * DEL and the C1 controls, which JSON allows unescaped in strings but terminals obey, are written as `\u009b`: a
 * parser reads the same value.
 */
export function toJson(results: readonly object[]): string {
  const text = JSON.stringify(results.length === 1 ? results[0] : results, null, 2);
  return `${text.replace(/[\x7f-\x9f]/g, (control) => `\\u00${control.charCodeAt(0).toString(16)}`)}\n`;
}
