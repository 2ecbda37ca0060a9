/** Words and values of fields. */
import { describe, expect, it } from "vitest";
import { RUN_OPTIONS, SWEEP_OPTIONS } from "../../../src/config/options.ts";
import { resolve } from "../../../src/config/resolve.ts";
import { configErrorOf, withoutEmpty, wordsOf } from "../../../src/page/experiment/fields.ts";
import { errorText } from "../../../src/page/notation.ts";

describe("wordsOf()", () => {
  it("has label, name and hint of an option", () => {
    expect(wordsOf(RUN_OPTIONS.l1d)).toEqual({ label: "Data TLB", name: "l1d", hint: "as 64:4 or 32:full" });
    expect(wordsOf(RUN_OPTIONS.stlb)).toEqual({ label: "Second-level TLB", name: "stlb", hint: "entries:ways" });
  });

  it.each(Object.entries({ ...RUN_OPTIONS, ...SWEEP_OPTIONS }))("has all of them for %s", (_, option) => {
    const { label, name, hint } = wordsOf(option);
    expect([label, name, hint]).not.toContain("");
    expect(option[0].startsWith(`--${name} <`)).toBe(true);
  });
});

describe("a wrong value", () => {
  it("is told with what is allowed instead, and nothing else is taken for one", () => {
    const error = configErrorOf(() => resolve({ stlb: "64:5" }));
    expect(error?.option).toBe("stlb.ways");
    expect(error === null ? "" : errorText(error)).toMatch(/^got 5; allowed: "full" or a divisor of the 64 entries/);
    expect(configErrorOf(() => resolve({ stlb: "64:4" }))).toBeNull();
    expect(() =>
      configErrorOf(() => {
        throw new TypeError("a defect");
      }),
    ).toThrow(TypeError);
  });
});

describe("withoutEmpty()", () => {
  it("leaves out what is not set", () => {
    expect(withoutEmpty({ l1d: "", stlb: "64:4" })).toEqual({ stlb: "64:4" });
  });
});
