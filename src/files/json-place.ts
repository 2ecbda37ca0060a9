/** Where text is no JSON: engines tell it in words of their own, and some not at all. */

/** A token behind white space: text, number, name, or punctuation. RFC 8259. */
const TOKEN =
  /[ \t\n\r]*(?:("[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[ !#-[\]-\uffff]*)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)|([[\]{},:]))/y;

/** What may come next. */
type Next = "value" | "value-or-end" | "name" | "name-or-end" | "colon" | "comma-or-end" | "nothing";

/** 1-based line and column, in UTF-16 units, of what in `text` cannot be where it is; its end if more should come. */
export function placeOfJsonError(text: string): { line: number; column: number } {
  const before = text.slice(0, offsetOfError(text)).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function offsetOfError(text: string): number {
  const open: string[] = [];
  let next: Next = "value";
  TOKEN.lastIndex = 0;
  for (;;) {
    const from = TOKEN.lastIndex;
    const [, name, value, sign] = TOKEN.exec(text) ?? [];
    const after: Next | null =
      next === "nothing" ? null : nextAfter(next, open, name !== undefined, value !== undefined, sign);
    if (after === null) return from + (/^[ \t\n\r]*/.exec(text.slice(from))?.[0].length ?? 0);
    next = after;
  }
}

/** What may come after a token where `next` may, which it opens or closes; `null`: it cannot be there. */
function nextAfter(next: Next, open: string[], isText: boolean, isValue: boolean, sign = ""): Next | null {
  const afterValue = (): Next => (open.length === 0 ? "nothing" : "comma-or-end");
  const close = (): Next => {
    open.pop();
    return afterValue();
  };
  const closes = sign !== "" && sign === (open.at(-1) === "[" ? "]" : open.at(-1) === "{" ? "}" : "none");
  if (next === "name" || next === "name-or-end") {
    if (isText) return "colon";
    return next === "name-or-end" && closes ? close() : null;
  }
  if (next === "colon") return sign === ":" ? "value" : null;
  if (next === "comma-or-end") {
    if (closes) return close();
    return sign === "," ? (open.at(-1) === "{" ? "name" : "value") : null;
  }
  if (isText || isValue) return afterValue();
  if (closes && next === "value-or-end") return close();
  if (sign !== "[" && sign !== "{") return null;
  open.push(sign);
  return sign === "[" ? "value-or-end" : "name-or-end";
}
