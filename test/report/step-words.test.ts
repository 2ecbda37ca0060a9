import { describe, expect, it } from "vitest";
import { LESSONS } from "../../src/explain/lessons.ts";
import { Stepper } from "../../src/explain/stepper.ts";
import { countsTable, flushEvents, stepEvents } from "../../src/report/step-words.ts";

const stepper = await Stepper.create();

/** What is told of each access of a lesson. */
function lessonEvents(title: string): string[][] {
  stepper.reset();
  return (LESSONS.find((lesson) => lesson.title === title)?.accesses ?? []).map((access) =>
    stepEvents(stepper.step(access), stepper.contents()).map(({ kind, text }) => `${kind}: ${text}`),
  );
}

describe("stepEvents()", () => {
  const [missLesson, storeLesson] = [
    lessonEvents("From a miss to a hit"),
    lessonEvents("What stores and wrong addresses do"),
  ];

  it("tells a miss: what was asked, read and filled, in order", () => {
    expect(missLesson[0]).toMatchInlineSnapshot(`
      [
        "miss: L1D, set 0: miss.",
        "miss: STLB, set 0: miss.",
        "miss: PDE, set 0: miss.",
        "miss: PDPTE, set 0: miss.",
        "miss: PML4E, set 0: miss.",
        "walk: Walk. CR3 = 0x2a6a000: there lies the PML4.",
        "walk: It reads PML4E 0: P R/W U/S A; to the PDPT at 0x2a6b000.",
        "walk: It reads PDPTE 0: P R/W U/S A; to the PD at 0x2a6c000.",
        "walk: It reads PDE 2: P R/W U/S A; to the PT at 0x2a6d000.",
        "walk: It reads PTE 4: P R/W U/S A D XD; to the 4 KiB page at 0x1a2b7000.",
        "fill: PML4E, set 0, way 0: filled with the table for 0x0.",
        "fill: PDPTE, set 0, way 0: filled with the table for 0x0.",
        "fill: PDE, set 0, way 0: filled with the table for 0x400000.",
        "fill: STLB, set 0, way 0: filled with the 4 KiB page at 0x404000.",
        "fill: L1D, set 0, way 0: filled with the 4 KiB page at 0x404000.",
        "done: Outcome: physical address 0x1a2b7000, in a 4 KiB page.",
      ]
    `);
  });

  it("tells a hit in few words", () => {
    expect(missLesson[1]).toEqual([
      "hit: L1D, set 0, way 0: hit.",
      "done: Outcome: physical address 0x1a2b7008, in a 4 KiB page.",
    ]);
  });

  it("tells what a full set loses", () => {
    expect(missLesson[3]).toContain(
      "evict: L1D, set 0, way 0: evicted the 4 KiB page at 0x404000, which was used longest ago.",
    );
    expect(missLesson[3]).toContain("fill: L1D, set 0, way 0: filled with the 4 KiB page at 0x1c40000.");
  });

  it("tells where a short walk starts", () => {
    expect(missLesson[3]).toContain("walk: Walk. From what is cached: where the PT lies.");
    expect(missLesson[3]?.filter((text) => text.startsWith("walk: It reads"))).toHaveLength(1);
  });

  it("tells what a fault drops", () => {
    expect(missLesson[5]?.find((text) => text.startsWith("drop:"))).toMatch(/^drop: The fault drops L1D, set 0, way/);
    expect(missLesson[5]?.at(-1)).toMatch(/^fault: Outcome: Page fault #PF/);
  });

  it("tells which flags a walk sets", () => {
    expect(storeLesson[0]?.find((text) => text.startsWith("mark:"))).toMatch(/sets A in the PTE, which becomes 0x/);
    expect(storeLesson[1]?.find((text) => text.startsWith("mark:"))).toMatch(/sets D in the PTE, which becomes 0x/);
    expect(storeLesson[1]?.some((text) => /^update: D is set in the L1D, set \d, way \d\.$/.test(text))).toBe(true);
  });

  it("tells which entries Linux writes when it resolves a fault", () => {
    const [touched, again] = lessonEvents("Memory at its first touch");
    expect(touched?.at(-1)).toMatch(/^write: Linux writes the entry at 0x[0-9a-f]+: 0x0 becomes 0x[0-9a-f]+\.$/);
    expect(again?.some((text) => text.startsWith("write:"))).toBe(false);
  });

  it("tells a refused address without lookups", () => {
    expect(storeLesson.at(-1)).toEqual([
      "fault: Outcome: #GP(0), general protection (vector 13); Linux: SIGSEGV (SI_KERNEL).",
    ]);
  });
});

describe("flushEvents()", () => {
  it("tells what is gone, or that nothing was there", () => {
    stepper.reset();
    expect(flushEvents(stepper.flush()).map(({ text }) => text)).toEqual(["CR3 is loaded; there was nothing to drop."]);
    stepper.step({ address: "0x404000", kind: "read" });
    expect(flushEvents(stepper.flush())[0]?.text).toMatch(/^CR3 is loaded\. That drops L1D, set 0, way 0; STLB, set/);
  });
});

describe("countsTable()", () => {
  it("has the TLBs, without a ratio where nothing was looked up, and the rest below", () => {
    stepper.reset();
    stepper.step({ address: "0x404000", kind: "read" });
    stepper.step({ address: "0x404000", kind: "read" });
    const { rows, notes } = countsTable(stepper.counts());
    expect(rows).toEqual([
      ["L1I", "0", "0", "0", "n/a"],
      ["L1D", "2", "1", "1", "50.00%"],
      ["STLB", "1", "0", "1", "100.00%"],
    ]);
    expect(notes?.[0]).toBe("accesses 2, walks 1, entries read by walks 4, faults 0");
  });
});
