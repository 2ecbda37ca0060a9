import { describe, expect, it } from "vitest";
import { COST_OPTIONS } from "../../src/config/cost-options.ts";
import { PREFETCH_OPTIONS } from "../../src/config/cpus/prefetch.ts";
import { NESTED_OPTIONS } from "../../src/config/nested-options.ts";
import {
  type ConfigOptions,
  optionName,
  RUN_OPTIONS,
  SELECTION_OPTIONS,
  SWEEP_OPTIONS,
} from "../../src/config/options.ts";
import { OS_OPTIONS } from "../../src/config/os-options.ts";
import type { Config, SweepConfig } from "../../src/config/types.ts";
import { commandOf } from "../../src/report/command-of.ts";
import { resultsIn } from "../../src/report/entries.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";
import { cpusResult, mergedResult, parsed, run, runResults, sweepOf, sweepResults, timeless } from "./real-results.ts";

const TABLES: ConfigOptions = {
  ...RUN_OPTIONS,
  ...PREFETCH_OPTIONS,
  ...COST_OPTIONS,
  ...OS_OPTIONS,
  ...NESTED_OPTIONS,
};

/** The words of a command as a shell makes them. */
function wordsOf(command: string): string[] {
  const words: string[] = [];
  for (const [, quoted, plain] of command.matchAll(/'((?:[^']|'\\'')*)'|([^\s']+)/g)) {
    words.push(quoted?.replaceAll("'\\''", "'") ?? plain ?? "");
  }
  return words;
}

/** Simulates what `command` says, as the command line would. */
async function obey(command: string): Promise<object> {
  const [program, verb, trace, ...words] = wordsOf(command);
  expect([program, trace]).toEqual(["pagewalk", "some.lk"]);
  const pairs = Array.from({ length: words.length / 2 }, (_, index) => [words[2 * index], words[2 * index + 1]]);
  const flags = new Map(pairs as [string, string][]);
  const take = (options: ConfigOptions) => {
    const found: Record<string, string> = {};
    for (const [name, option] of Object.entries(options)) {
      const flag = `--${optionName(option)}`;
      const value = flags.get(flag);
      flags.delete(flag);
      if (value !== undefined) found[name] = value;
    }
    return found;
  };
  const { thread, ...selection } = take(SELECTION_OPTIONS);
  const opening = { ...selection, ...(thread === undefined ? {} : { thread }), format: flags.get("--format") } as never;
  flags.delete("--format");
  const [by, interval] = [flags.get("--by"), flags.get("--interval")];
  flags.delete("--by");
  flags.delete("--interval");
  const config = take(verb === "run" ? TABLES : SWEEP_OPTIONS);
  expect([...flags.keys()], command).toEqual([]);
  if (verb === "sweep") return timeless(await sweepOf(config as SweepConfig, opening));
  return timeless(await run(config as Config, { by, interval }, opening));
}

async function expectSame(results: object, count: number): Promise<void> {
  const { entries } = resultsIn(parsed(results), "a.json", 1);
  expect(entries).toHaveLength(count);
  for (const entry of entries) {
    const { command, missing } = commandOf(entry);
    expect(missing, command).toEqual([]);
    const { time: _, ...before } = entry.result as { time?: object };
    expect(parsed(await obey(command)), command).toEqual(before);
  }
}

describe("commandOf()", () => {
  it("gives every run again, of which the result tells all", async () => {
    const results = await runResults();
    const [, attributed, ...others] = results;
    const whole = [results[0], ...others].filter((result) => result?.profile === undefined);
    await expectSame(whole as object[], whole.length);
    const { command, missing } = commandOf(resultsIn(parsed(attributed), "a", 1).entries[0] as never);
    expect(command).toBe(
      "pagewalk run some.lk --cpu skylake --cost flat --format lackey --by page,pc,kind,region --interval 1000",
    );
    expect(missing).toEqual([expect.stringContaining("--regions is to name their file")]);
  });

  it("gives sweeps again, and CPUs, and what a plan asked for", async () => {
    const [plain, flushed, auto] = await sweepResults();
    await expectSame([plain, auto] as object[], 2);
    await expectSame(await cpusResult(), 3);
    await expectSame(await mergedResult(), 6);
    expect(commandOf(resultsIn(parsed(flushed), "a", 1).entries[0] as never).missing).toEqual([
      "TLBs were flushed 6 times: --flush-every is to be the same.",
    ]);
  });

  it("gives runs of any options again", async () => {
    const random = randomNumbers(3);
    const pick = <Value>(values: readonly Value[]) => values[random() % values.length] as Value;
    for (let round = 0; round < 60; round++) {
      const nested = pick([undefined, undefined, "4K", "2M"] as const);
      const pageSize = pick([undefined, "4K", "2M", "thp"] as const);
      const memory = pageSize === undefined ? pick([undefined, "256K", "1M"]) : undefined;
      const all: Record<string, unknown> = {
        cpu: pick(["generic", "skylake", "zen3", "haswell"]),
        l1d: pick([undefined, "64:4", "16:full", "48:3"]),
        l1i: pick([undefined, undefined, "32:8"]),
        stlb: pick([undefined, "512:4", "1536:12"]),
        psc: pick([undefined, undefined, "none", "pde=8,pdpte=2,pml4e=0"]),
        policy: pick([undefined, undefined, "fifo", "lru", "l1d=nru"]),
        prefetch:
          nested === undefined ? pick([undefined, undefined, "none", "stride:degree=2,kinds=load+store"]) : undefined,
        cost: pick([undefined, undefined, "flat,walk=30,tlb2=9", "cached,memory=100"]),
        nested,
        nestedTlb: nested === undefined ? undefined : pick([undefined, "none", "8:full"]),
        nestedPsc: nested === undefined ? undefined : pick([undefined, "none", "pde=4,pdpte=2,pml4e=1"]),
        pageSize,
        memory,
        reclaim: memory === undefined ? undefined : pick([undefined, "fifo", "random"] as const),
        seed: pick([undefined, undefined, 7]),
        huge: pick([undefined, undefined, "0x10000-0x410000"]),
        thpAvailable: pageSize === "thp" ? pick([undefined, 0.5]) : undefined,
        khugepaged: pageSize === "thp" ? pick([undefined, 500]) : undefined,
        kpti: pick([undefined, undefined, "on"] as const),
        pcid: pick([undefined, undefined, "on", "off"] as const),
      };
      const config = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Config;
      const result = await run(
        config,
        {},
        pick([{}, {}, { skip: 100, limit: 2000 }, { warmup: 50, unit: "instructions" }]),
      ).catch(
        () => null, // there is no such machine
      );
      if (result !== null) await expectSame(result, 1);
    }
  });

  it("says what it takes beside, where a CPU was described by the user", async () => {
    const result = await run({ cpu: "skylake" });
    const [entry] = resultsIn(parsed({ ...result, config: { ...result.config, cpu: "My own" } }), "a", 1).entries;
    expect(commandOf(entry as never).missing).toEqual([
      expect.stringContaining("its CPU, My own, was described in a file"),
    ]);
  });
});
