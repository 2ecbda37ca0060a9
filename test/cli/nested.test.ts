/** `run --nested` as its users meet it. */
import { describe, expect, it, vi } from "vitest";
import type { RunResult } from "../../src/report/results.ts";
import { assertCounters } from "../reference/assert-counters.ts";
import { failure, json, output, recorded } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 60_000 });

const TRACE = recorded("matmul24.native.lk.xz");

describe("run --nested", () => {
  it("takes what follows for a size only where it looks like one", async () => {
    const [alone, last, given] = await Promise.all([
      json<RunResult>(["run", "--nested", TRACE]),
      json<RunResult>(["run", TRACE, "--nested"]),
      json<RunResult>(["run", "--nested", "2M", TRACE]),
    ]);
    assertCounters(alone);
    expect(alone.config.nested?.pageSize).toBe("4K");
    expect(last.walks).toEqual(alone.walks);
    expect(given.config.nested?.pageSize).toBe("2M");
    expect(await failure(2, ["run", "--nested", "64K", TRACE])).toContain("--nested: got 64K; allowed: 4K, 2M, 1G");
  });

  it("tells of the host in text, and in columns at the end of CSV", async () => {
    const sizes = ["--nested-tlb", "64:4", "--nested-psc", "pde=8,pdpte=0,pml4e=0"];
    const text = await output(["run", TRACE, "--nested", ...sizes]);
    expect(text).toMatch(/^host +4K pages, nested TLB 64:4 lru, PSC PDE 8$/m);
    for (const row of ["host references", "host begun below", "nested TLB"])
      expect(text).toMatch(new RegExp(`^${row} +\\d`, "m"));
    const [head = "", ...rows] = (await output(["run", TRACE, "--nested", "--csv"])).trim().split("\n");
    expect(head).toContain(",hostPageSize,hostReferences,nestedLookups,nestedMisses,eptViolations");
    expect(rows).toHaveLength(3);
  });
});
