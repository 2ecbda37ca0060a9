/** Who simulates what of a sweep. */
import { describe, expect, it } from "vitest";
import { resolveSweep } from "../../src/config/resolve.ts";
import type { SweepConfig } from "../../src/config/types.ts";
import { KernelError } from "../../src/errors.ts";
import type { TaskCounts } from "../../src/kernel/sweep-kernel.ts";
import { divide, gather, planSweep } from "../../src/sweep/plan.ts";
import { checkCounts } from "../../src/sweep/points.ts";

const planOf = (config: SweepConfig) => planSweep(resolveSweep(config));
const named = ({ entries, ways, engine }: { entries: number; ways: number; engine: string }) =>
  `${entries}:${ways} ${engine}`;

describe("planSweep()", () => {
  it("takes fully associative LRU from the distances, sets from stacks, and simulates the rest directly", () => {
    const plan = planOf({ geometries: "64:full,64:4,514:257", policies: "lru,fifo", check: 0 });
    expect(plan.tasks.map(named)).toEqual([
      "64:4 one-pass",
      "514:257 direct",
      ...["64:64 direct", "64:4 direct", "514:257 direct"], // FIFO
    ]);
    expect(plan.countsFrom).toEqual(["distances", 0, 1, 2, 3, 4]);
  });

  it("checks some of the one-pass points, the same ones each time, or all", () => {
    const config = { geometries: "16:4,32:4,64:4,32:full,64:full", policies: "lru,fifo" } as const;
    const checksOf = (check: number | "all") => {
      const { tasks, checks } = planOf({ ...config, check });
      return checks.map((task) => tasks[task]).flatMap((task) => (task === undefined ? [] : named(task)));
    };
    expect(checksOf(0)).toEqual([]);
    expect(new Set(checksOf(2)).size).toBe(2);
    expect(checksOf(2)).toEqual(checksOf(2));
    expect(checksOf(2).every((name) => name.endsWith(" check"))).toBe(true);
    expect(checksOf("all").sort()).toEqual(["16:4 check", "32:32 check", "32:4 check", "64:4 check", "64:64 check"]);
    expect(checksOf(100)).toHaveLength(5);
  });
});

describe("divide()", () => {
  const config = resolveSweep({ geometries: "all", pageSizes: "all", policies: "lru", check: 20 });
  const plan = planSweep(config);

  it.each([1, 2, 3, 7, 1000])("gives every task and every curve to one of %i simulators", (count) => {
    const shares = divide(plan, config, count);
    expect(shares.length).toBeLessThanOrEqual(count);
    expect(shares.flatMap(({ tasks }) => tasks).sort((a, b) => a - b)).toEqual([...plan.tasks.keys()]);
    expect(shares.flatMap(({ work }) => work.curves).sort()).toEqual(["1G", "2M", "4K"]);
    for (const { work } of shares) expect(work.tasks.length + work.curves.length).toBeGreaterThan(0);
  });

  it("leaves a check with the stack, or the distances, that it checks", () => {
    for (const { work } of divide(plan, config, 5)) {
      for (const check of work.tasks.filter(({ engine }) => engine === "check")) {
        const isChecked =
          check.sets === 1
            ? work.curves.includes(check.pageSize)
            : work.tasks.some((task) => task.engine === "one-pass" && task.sets === check.sets);
        expect(isChecked, named(check)).toBe(true);
      }
    }
  });

  it("divides so that gather() puts together what belongs together", () => {
    const shares = divide(plan, config, 4);
    const counted = shares.map(({ tasks }) => tasks.map((task) => `counts of ${task}`));
    expect(gather(shares, counted)).toEqual([...plan.tasks.keys()].map((task) => `counts of ${task}`));
  });
});

describe("checkCounts()", () => {
  const plan = planOf({ geometries: "16:4", check: 1 });
  const counts = { misses: 12, firstStoreMisses: 3 };
  const countsWith = (direct: TaskCounts["direct"]): TaskCounts[] => [
    { onePass: counts, direct: null },
    { onePass: counts, direct },
  ];

  it("is content where both ways count the same", () => {
    checkCounts(plan, countsWith({ ...counts }));
  });

  it.each([
    ["misses", { misses: 13, firstStoreMisses: 3 }],
    ["first stores", { misses: 12, firstStoreMisses: 2 }],
  ])("throws KernelError with both counts where %s differ", (_what, direct) => {
    const check = () => checkCounts(plan, countsWith(direct));
    expect(check).toThrow(KernelError);
    expect(check).toThrow(`16:4, 4K pages, modulo: one pass counted 12 misses (3 first stores)`);
    expect(check).toThrow(expect.objectContaining({ status: "check-failed" }));
  });
});
