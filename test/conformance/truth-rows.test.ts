import { describe, expect, it } from "vitest";
import { pageFault, parse, row } from "./rows.ts";

describe("parseRow()", () => {
  it("sets P where a reserved bit was reported without it", () => {
    expect(parse(pageFault("0xc")).expected?.errorCode).toBe(0xd);
    expect(parse(pageFault("0xd")).expected?.errorCode).toBe(0xd);
  });

  it("takes what is right from the row where it says so, in any group", () => {
    const corrected = parse(pageFault("0xc", { group: 3, sdm_vector: 14, sdm_error: "0xd" }));
    expect(corrected.expected).toEqual({ vector: 14, errorCode: 0xd, cr2: 0x5a8480800ffcn });
    expect(parse(pageFault("0x5", { sdm_vector: null, sdm_error: null })).expected).toBeNull();
    expect(parse(row({ sdm_vector: 14, sdm_error: "0x5" })).expected?.cr2).toBe(0x5a8480800ffcn);
  });

  it("takes what was seen in groups that say what is right", () => {
    expect(parse(pageFault("0xc", { group: 3 })).expected?.errorCode).toBe(0xc);
  });

  it("expects #SS of push and pop where #GP was seen, and of nothing else", () => {
    const nonCanonical = { va: "0x900000000000", vector: 13, error: "0x0" };
    expect(parse(row({ access: "push", ...nonCanonical })).expected?.vector).toBe(12);
    expect(parse(row({ access: "pop", ...nonCanonical, vector: 12 })).expected?.vector).toBe(12);
    expect(parse(row({ access: "read8", ...nonCanonical })).expected?.vector).toBe(13);
  });

  it("expects read-modify-writes to be reported as writes", () => {
    expect(parse(pageFault("0x4", { access: "lock rmw" })).expected?.errorCode).toBe(6);
    expect(parse(pageFault("0x4", { access: "read8" })).expected?.errorCode).toBe(4);
  });

  it("has a push write below the address of the row", () => {
    expect(parse(row({ access: "push" })).access).toMatchObject({ va: 0x5a8480800ff4n, size: 8, kind: "write" });
  });

  it("reads the rows of the array files", () => {
    const array = parse(
      row({
        levels: undefined,
        group: undefined,
        after: undefined,
        entries: ["0x404007", "0x403007", "0x402007", "0x401007", "0x800007"],
        entries_after: ["0x404027", "0x403027", "0x402027", "0x401027", "0x800027"],
        vector: 128,
        error: "0x0",
        cr2: "0xc0de0000c0de",
        pkru_ad_wd: 2,
      }),
    );
    expect(array.mode).toMatchObject({ levels: 5, pkru: 2 << 10, pkrs: 0 });
    expect(array.expected).toBeNull();
    expect(array.after?.at(-1)).toBe(0x800027n);
  });

  it("leaves out a #PF where only the second page is non-canonical, and compares a #GP there", () => {
    const half = { va: "0x7fffffffffff", entries: Array(4).fill("0x0"), group: 6, second_pte: undefined };
    expect(parse(pageFault("0x4", { ...half, cr2: "0x7fffffffffff" })).leftOut).toMatch("implementations disagree");
    expect(parse(row({ ...half, vector: 13, error: "0x0" })).leftOut).toBeNull();
  });

  it("leaves out half-canonical #PFs by the width of the address", () => {
    const half = {
      levels: 5,
      entries: Array(5).fill("0x0"),
      after: Array(5).fill("0x0"),
      group: 6,
      second_pte: undefined,
    };
    const at = (va: string) => parse(pageFault("0x4", { ...half, va, cr2: va })).leftOut;
    expect(at("0xfffffffffffff9")).toMatch("implementations disagree");
    expect(at("0xfffffffffffff8")).toBeNull();
    expect(at("0x7ffffffffff9")).toBeNull();
  });

  it("takes the error code of #GP and #SS for 0 where there is none, and leaves out a #PF without one", () => {
    const none = { error: null, cr2: null };
    expect(parse(row({ va: "0x900000000000", vector: 13, ...none })).expected?.errorCode).toBe(0);
    expect(parse(row({ vector: 14, ...none })).leftOut).toMatch("error code");
    expect(parse(row({ vector: 128, error: undefined, cr2: undefined })).leftOut).toBeNull();
    expect(parse(row({ vector: 14, ...none, sdm_vector: 14, sdm_error: "0x5" })).leftOut).toBeNull();
  });

  it("leaves out an access to a page whose entries it does not have, unless it faults before", () => {
    const last = "0x5a84809ffffc";
    const untold = { va: last, cr2: last };
    expect(parse(row(untold)).leftOut).toMatch("whose entries are not in the row");
    expect(parse(pageFault("0x4", untold)).leftOut).toBeNull();
    expect(parse(pageFault("0x4", { ...untold, cr2: "0x5a8480a00000" })).leftOut).toMatch("not in the row");
    expect(parse(row({ ...untold, access: "read1" })).leftOut).toBeNull();
    expect(parse(row({ second_pte: undefined })).leftOut).toMatch("not in the row");
    expect(parse(row({ second_pte: null, access: "read1" })).leftOut).toBeNull();
    // A page of 2 MiB holds both.
    const large = ["0x403007", "0x402007", "0x600087", "0x0"];
    expect(parse(row({ entries: large, after: large, second_pte: undefined })).leftOut).toBeNull();
  });

  it("leaves out entries that cannot all be", () => {
    const self = { va: "0x8040201008", access: "read1", second_pte: undefined };
    const entries = ["0x5007", "0x5007", "0x5007", "0x5003"];
    expect(parse(row({ ...self, entries })).leftOut).toMatch("there are no such tables");
    // No walk comes to the last one.
    expect(parse(row({ ...self, entries: ["0x5007", "0x5006", "0x5007", "0x5003"] })).leftOut).toBeNull();
  });

  it.each([
    [{ levels: 5 }, "entries: got 4; expected 5"],
    [{ access: "jump" }, "access: got jump; expected read1"],
    [{ cfg: ["XYZ"] }, "cfg: got XYZ; expected WP"],
    [{ va: 5 }, "va: got 5; expected 0x"],
    [{ vector: 6 }, "vector: got 6; expected 12, 13, 14"],
    [{ after: [] }, "entries after: got 0; expected 4"],
    [{ cpl: "3" }, 'cpl: got "3"; expected 0..3'],
  ])("says what is wrong with a row that has %o", (fields, message) => {
    expect(() => parse(row(fields))).toThrow(message);
  });
});
