import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonPieces, toJson } from "../../src/report/json.ts";
import { RUN, SWEEP } from "./samples.ts";

describe("toJson()", () => {
  it("prints one result as its object, with 2 spaces and a newline at the end", () => {
    expect(JSON.parse(toJson([RUN]))).toEqual(RUN);
    expect(toJson([RUN]).split("\n")[1]).toBe('  "schema": "pagewalk/run@1",');
    expect(toJson([RUN]).endsWith("}\n")).toBe(true);
  });

  it("prints several results as an array in their order", () => {
    expect(JSON.parse(toJson([RUN, SWEEP]))).toEqual([RUN, SWEEP]);
    expect(toJson([])).toBe("[]\n");
  });

  it("gives back any name, and shows a terminal no control character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (path) => {
        const text = toJson([{ path }]);
        expect(JSON.parse(text)).toEqual({ path });
        expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
      }),
    );
  });

  it("writes what JSON.stringify() does, in pieces where arrays are long", () => {
    const points = Array.from({ length: 3500 }, (_, entries) => ({
      entries,
      nothing: null,
      empty: [],
      name: "\n\u007f",
    }));
    const result = {
      schema: "s",
      points,
      left: undefined,
      nested: { 'a"b': [points.slice(0, 1200), [], 7] },
      end: 1,
    };
    for (const results of [[result], [RUN, result], [result, result], [{ ...result, points: [] }], [RUN], [], [{}]]) {
      const expected = `${JSON.stringify(results.length === 1 ? results[0] : results, null, 2)}\n`;
      expect(toJson(results)).toBe(expected.replaceAll("\u007f", "\\u007f"));
    }
    const lengths = [...jsonPieces([result, result])].map((piece) => piece.length);
    expect(Math.max(...lengths)).toBeLessThan(150_000);
    expect([...jsonPieces([RUN])]).toHaveLength(1);
  });

  it("writes an array of arrays in pieces, too, though neither is long", () => {
    const block = { address: "0x4000", misses: Array.from({ length: 400 }, (_, index) => index), hits: [1, 2] };
    const result = { blocks: Array.from({ length: 300 }, () => block) };
    const pieces = [...jsonPieces([result])];
    expect(pieces.join("")).toBe(`${JSON.stringify(result, null, 2)}\n`);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(20_000);
  });
});
