import { describe, expect, it } from "vitest";
import { LESSONS } from "../../src/explain/lessons.ts";
import { Stepper } from "../../src/explain/stepper.ts";
import type { Step } from "../../src/report/stepping.ts";

const stepper = await Stepper.create();

/** What each access of the lesson of that title did. */
function stepsOf(title: string): Step[] {
  stepper.reset();
  return (LESSONS.find((lesson) => lesson.title === title)?.accesses ?? []).map((access) => stepper.step(access));
}

const filled = (step: Step | undefined, cache: string) =>
  step?.fills.filter(({ place }) => place.cache === cache).map(({ evicted }) => evicted?.address ?? null);

describe("lessons", () => {
  it.each(LESSONS)("$title: each access comes to what is expected", ({ title, accesses }) => {
    expect(stepsOf(title).map(({ outcome }) => outcome)).toEqual(accesses.map(({ expects }) => expects));
  });

  it("show every outcome that the machine has without changed entries", () => {
    const shown = new Set(LESSONS.flatMap(({ accesses }) => accesses.map(({ expects }) => expects)));
    const outcomes = ["fault", "l1-hit", "not-canonical", "set-dirty", "short-walk", "stlb-hit", "walk"];
    expect([...shown].sort()).toEqual(outcomes);
  });

  it("say of misses and hits what happens", () => {
    const steps = stepsOf("From a miss to a hit");
    const read = steps.map(({ explanation }) => explanation.steps.map(({ level }) => level).join(" "));
    expect(read).toEqual(["pml4e pdpte pde pte", "", "pde pte", "pte", "", "", "pml4e pdpte pde pte"]);
    expect(filled(steps[3], "L1D")).toEqual(["0x0000000000404000"]);
    expect(filled(steps[4], "L1D")).toEqual(["0x0000000001c3e000"]);
    expect(steps[5]?.lookups.at(-1)).toMatchObject({ cache: "STLB", place: { cache: "STLB" } });
    expect(steps[5]?.explanation.fault?.kind).toBe("execute-disable");
    expect(steps[5]?.invalidated.map(({ cache }) => cache)).toEqual(["L1D", "STLB", "PDE", "PDPTE", "PML4E"]);
  });

  it("say of sets and large pages what happens", () => {
    const steps = stepsOf("Three pages in one set, and a large page");
    expect(steps.map((step) => filled(step, "L1D"))).toEqual([
      ...[[null], [null], ["0x0000000000404000"], ["0x0000000001c3e000"], ["0x0000000001c40000"], [null]],
      ...[["0x0000000000404000"], []],
    ]);
    const sets = steps.map(({ lookups }) => lookups.find(({ cache }) => cache === "L1D")?.set);
    expect(sets).toEqual([0, 0, 0, 0, 0, 1, 0, 0]);
    expect(steps[6]?.explanation.steps.map(({ level }) => level)).toEqual(["pml4e", "pdpte", "pde"]);
    expect(steps[7]?.explanation.pageSize).toBe("2M");
  });

  it("say of stores and wrong addresses what happens", () => {
    const steps = stepsOf("What stores and wrong addresses do");
    const flags = steps.map(({ marked }) => marked.map(({ before, after }) => BigInt(before) ^ BigInt(after)));
    expect(flags).toEqual([[0x20n], [0x40n], [], [], [], []]);
    expect(steps[0]?.explanation.steps.at(-1)?.flags).toMatchObject({ A: false, D: false });
    expect(steps[1]?.updated.map(({ cache }) => cache)).toEqual(["L1D", "STLB"]);
    const faults = steps.slice(3).map(({ explanation, fills }) => ({ kind: explanation.fault?.kind, fills }));
    expect(faults.map(({ kind }) => kind)).toEqual(["read-only", "not-present", "non-canonical"]);
    expect(steps[3]?.explanation.fault?.signal).toBe("SIGSEGV");
    expect(faults.flatMap(({ fills }) => fills)).toEqual([]);
    expect(steps[4]?.explanation.steps.map(({ level }) => level)).not.toContain("pte");
    expect(steps[5]?.lookups).toEqual([]);
  });

  it("say of first touches what happens", () => {
    const steps = stepsOf("Memory at its first touch");
    const [first, , store] = steps;
    expect(first?.explanation.steps.at(-1)).toMatchObject({ level: "pte", entry: "0x0" });
    expect(first?.explanation.fault).toMatchObject({ resolved: true, signal: null });
    expect(store?.lookups).toMatchObject([{ cache: "L1D", place: { cache: "L1D" } }]);
    expect(store?.invalidated.map(({ cache }) => cache)).toContain("L1D");
    const flags = steps.flatMap(({ resolvedBy }) => resolvedBy.map(({ after }) => BigInt(after) & 0x63n));
    expect(flags).toEqual([0x21n, 0x63n]);
    expect(steps[3]?.marked).toEqual([]);
  });
});
