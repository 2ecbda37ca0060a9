import { describe, expect, it } from "vitest";
import { cases } from "../../src/page/explain/cases.ts";
import { explainState, withEntry } from "../../src/page/explain/explained.ts";
import { EXPLAIN_DEFAULTS } from "../../src/page/state.ts";

describe.each([false, true])("cases to try (la57 %s)", (la57) => {
  it("come to what they are called", async () => {
    const outcomes = await Promise.all(
      cases(la57).map(async ({ name, ...access }) => {
        const { explanation } = await explainState({ ...EXPLAIN_DEFAULTS, ...access, la57 });
        return [name, explanation.fault?.kind ?? explanation.pageSize, explanation.fault?.resolved ?? null];
      }),
    );
    expect(outcomes).toEqual([
      ["not canonical", "non-canonical", false],
      ["null pointer", "not-present", false],
      ["code", "4K", null],
      ["write to constants", "read-only", false],
      ["first touch of a page", "not-present", true],
      ["2 MiB page", "2M", null],
      ["copy on write", "read-only", true],
      ["PROT_NONE", "not-present", false],
      ["protection key", "protection-key", false],
      ["reserved bit", "reserved-bit", false],
      ["kernel code, by a program", "supervisor-page", false],
      ["kernel code, by the kernel", "2M", null],
      ["program code, run by the kernel (SMEP)", "smep", false],
    ]);
  });
});

it("the cases begin with the one that the page opens on", () => {
  expect(cases(false)[0]).toMatchObject({ address: EXPLAIN_DEFAULTS.address });
});

describe("withEntry()", () => {
  it("replaces what an entry was changed to, however its address is written, and takes it back", () => {
    const once = withEntry([], "0x2a6d008", "0x1");
    expect(withEntry(once, "0x02a6d008", "0x2")).toEqual([["0x02a6d008", "0x2"]]);
    expect(withEntry(once, "0x2a6d010", "0x2")).toEqual([...once, ["0x2a6d010", "0x2"]]);
    expect(withEntry(once, "0x2a6d008", null)).toEqual([]);
  });

  it("refuses what is no entry", () => {
    expect(() => withEntry([], "0x2a6d008", "0x1z")).toThrow("a number of 64 bits");
    expect(() => withEntry([], "0x2a6d008", "0x10000000000000000")).toThrow("a number of 64 bits");
  });
});
