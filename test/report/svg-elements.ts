/** What is in a picture, read as strictly as an XML parser does. */
import { expect } from "vitest";

/** Names of the elements in the order of their starts; throws what is wrong if the text is no well-formed XML 1.0. */
export function elementsOf(xml: string): string[] {
  expect(xml).toMatch(/^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]*$/u);
  const open: string[] = [];
  const names: string[] = [];
  const token = /<(\/?)([a-z]+)((?: [a-zA-Z-]+="[^"<&]*")*)(\/?)>|([^<&]|&#\d+;)+/gy;
  let end = 0;
  for (let match = token.exec(xml); match !== null; match = token.exec(xml)) {
    end = token.lastIndex;
    const [, isEnd, name, , isEmpty] = match;
    if (name === undefined) continue;
    if (isEnd) expect(open.pop()).toBe(name);
    else {
      names.push(name);
      if (!isEmpty) open.push(name);
    }
  }
  expect(xml.slice(end, end + 40)).toBe("");
  expect(open).toEqual([]);
  return names;
}

/** The texts of the picture. */
export function labelsOf(picture: string): string[] {
  return [...picture.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, label = ""]) =>
    label.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))),
  );
}
