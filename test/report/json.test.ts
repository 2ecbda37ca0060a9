import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toJson } from "../../src/report/json.ts";
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
});
