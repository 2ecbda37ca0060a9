/** What one press of Run asks for. */
import { describe, expect, it } from "vitest";
import { commandLines, jobsOf, type Plan } from "../../../src/page/experiment/plan.ts";

const PLAN: Plan = {
  traces: [new File(["a"], "a.lk"), new File(["b"], "my b.lk")],
  machines: [
    { name: "generic", config: {} },
    { name: "big", config: { stlb: "3072:12" } },
  ],
  sweep: { entries: "1..64" },
};

describe("an experiment's plan", () => {
  it("begins with the curve of each trace, which is wanted first", () => {
    expect(jobsOf(PLAN).map(({ kind, trace }) => `${kind} ${trace.name}`)).toEqual([
      ...["sweep a.lk", "run a.lk", "run a.lk"],
      ...["sweep my b.lk", "run my b.lk", "run my b.lk"],
    ]);
    expect(jobsOf({ ...PLAN, sweep: null }).every(({ kind }) => kind === "run")).toBe(true);
    expect(jobsOf({ ...PLAN, traces: [] })).toEqual([]);
  });

  it("is said as the commands that do the same", () => {
    expect(commandLines(PLAN)).toBe(
      [
        "pagewalk sweep a.lk 'my b.lk' --entries 1..64",
        "pagewalk run a.lk 'my b.lk'",
        "pagewalk run a.lk 'my b.lk' --stlb 3072:12",
      ].join("\n"),
    );
    expect(commandLines({ ...PLAN, machines: [], sweep: null })).toBe("");
  });
});
