import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EntryFlags } from "../../src/config/processor.ts";
import { Processor } from "../../src/kernel/processor.ts";
import { A, D, G, KEY_SHIFT, P, PAT_4K, PAT_LARGE, PCD, PS, PWT, RW, US, XD } from "../reference/entry-bits.ts";

const { entries } = await Processor.create();
const word = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const level = fc.integer({ min: 1, max: 5 });
const PK = 15n << KEY_SHIFT;

/** The bit of each flag: SDM 3A, the tables of the entry formats. */
const bitOf = (name: keyof EntryFlags, at: number) =>
  ({ P, RW, US, PWT, PCD, A, D, PS, PAT: at === 1 ? PAT_4K : PAT_LARGE, G, PK, XD })[name];

describe("withFlag()", () => {
  it("changes that flag's bits and no other", () => {
    fc.assert(
      fc.property(word, level, fc.nat({ max: 15 }), fc.boolean(), (entry, at, key, set) => {
        for (const name of Object.keys(entries.flags(entry, at)) as (keyof EntryFlags)[]) {
          const changed = entries.withFlag(entry, at, name, name === "PK" ? key : set);
          const bit = bitOf(name, at);
          expect(changed & ~bit).toBe(entry & ~bit);
          expect(changed & bit).toBe(name === "PK" ? BigInt(key) << KEY_SHIFT : set ? bit : 0n);
          if (name !== "PS") expect(entries.flags(changed, at)[name]).toBe(name === "PK" ? key : set);
        }
      }),
    );
  });

  it("refuses flags that such an entry does not have, and values that the flag does not have", () => {
    expect(() => entries.withFlag(P, 2, "D", true)).toThrow("got D; expected one that such an entry has");
    expect(() => entries.withFlag(P, 1, "PS", true)).toThrow(RangeError);
    expect(() => entries.withFlag(P, 4, "PS", true)).toThrow(RangeError);
    expect(() => entries.withFlag(P, 1, "PK", 16)).toThrow("PK: got 16; expected 0..15");
    expect(() => entries.withFlag(P, 1, "PK", true)).toThrow(RangeError);
    expect(() => entries.withFlag(P, 1, "RW", 1)).toThrow("RW: got 1; expected true or false");
  });
});
