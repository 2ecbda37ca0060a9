import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { explain } from "../../src/explain.ts";
import { addressFields, BIT_MARKS, canonicalVerdict } from "../../src/report/explain-fields.ts";
import type { Explanation } from "../../src/report/explanation.ts";

async function explained(address: bigint | string, la57 = false): Promise<Explanation> {
  for await (const explanation of explain([address], { la57 })) return explanation;
  throw new Error("no explanation");
}

describe("addressFields()", () => {
  it("has every bit once, from the highest, and each field the value of its bits", async () => {
    await fc.assert(
      fc.asyncProperty(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.boolean(), async (va, la57) => {
        const fields = addressFields(await explained(va, la57));
        const bits = fields.flatMap((field) => field.bits);
        expect(bits.map(({ bit }) => bit)).toEqual(Array.from({ length: 64 }, (_, index) => 63 - index));
        expect(BigInt(`0b${bits.map(({ value }) => value).join("")}`)).toBe(va);
        for (const { value, bits: own } of fields) {
          if (value !== null) expect(value).toBe(Number.parseInt(own.map((bit) => bit.value).join(""), 2));
        }
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ["0x7f1200000000", "copies PML4 PDPT PD offset"],
    ["0xffff888000000000", "copies PML4 PDPT offset"],
    ["0x400000", "copies PML4 PDPT PD PT offset"],
  ])("of %s are those that its page has", async (address, expected) => {
    expect(
      addressFields(await explained(address))
        .map(({ name }) => name)
        .join(" "),
    ).toBe(expected);
  });

  it("marks the bit to be repeated, and above it those that do and those that do not", async () => {
    const marks = addressFields(await explained("0x0123800000000000"))
      .flatMap(({ bits }) => bits)
      .map(({ mark }) => (mark === null ? "." : BIT_MARKS[mark]));
    expect(marks.join("")).toBe(`xxxxxxx=xx=xxx==^${".".repeat(47)}`);
  });
});

describe("canonicalVerdict()", () => {
  it("counts the bits that are no copies", async () => {
    expect(canonicalVerdict(await explained("0x0123800000000000"), "there")).toContain("the 12 marked x are not");
    expect(canonicalVerdict(await explained("0x8000000000000000"), "there")).toContain("the one marked x is not");
  });

  it("says how 5-level paging is asked for where that would help", async () => {
    expect(canonicalVerdict(await explained("0x0000800000001234"), "there")).toContain("5-level paging (there)");
    expect(canonicalVerdict(await explained("0x0123800000000000"), "there")).not.toContain("there");
  });
});
