import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseEventName } from "../../src/compare/event-name.ts";
import { MAX_PERF_BYTES, readPerfStat } from "../../src/compare/perf-stat.ts";
import { PerfStatError } from "../../src/errors.ts";
import {
  BY_CPU_CSV,
  CSV,
  FOR_PEOPLE,
  INTERVALS,
  INTERVALS_CSV,
  JSON_LINES,
  REPEATED,
  REPEATED_CSV,
  SKYLAKE,
} from "./perf-outputs.ts";

const counts = (text: string) =>
  Object.fromEntries(
    readPerfStat(text, "perf.txt").events.map(({ written, count, missing }) => [written, count ?? missing]),
  );

describe("readPerfStat()", () => {
  it.each([
    ["for people", FOR_PEOPLE, "text", 49],
    ["-x,", CSV, "csv", 48],
    ["-j", JSON_LINES, "json", 50],
  ] as const)("reads what perf prints %s", (_, text, form, faults) => {
    expect(readPerfStat(text, "perf.txt").form).toBe(form);
    // Time is none of the counters.
    expect(counts(text)).toEqual({
      "instructions:u": "not supported",
      "dTLB-load-misses": "not supported",
      "minor-faults": faults,
    });
  });

  it.each([
    ["for people", INTERVALS, 78],
    ["-x,", INTERVALS_CSV, 78],
  ])("sums intervals up, %s, of which some may have nothing", (_, text, faults) => {
    expect(readPerfStat(text, "perf.txt").intervals).toBe(3);
    expect(counts(text)).toEqual({ "dTLB-load-misses": "not supported", "minor-faults": faults });
  });

  it("takes the summary behind intervals alone", () => {
    const summary = "            summary                 78      minor-faults                     #   90.1 K/sec\n";
    expect(counts(INTERVALS + summary)).toEqual({ "minor-faults": 78 });
    expect(counts(`${INTERVALS_CSV}         summary,78,,minor-faults,792809,100.00,90.1,K/sec\n`)).toEqual({
      "minor-faults": 78,
    });
  });

  it("reads means of several runs, and counts of each CPU", () => {
    expect(counts(REPEATED)).toEqual({ "minor-faults": 49 });
    expect(counts(REPEATED_CSV)).toEqual({ "minor-faults": 49 });
    expect(readPerfStat(REPEATED_CSV, "").events[0]?.runningPercent).toBe(100);
    expect(counts(BY_CPU_CSV)).toEqual({ "minor-faults": 70 });
  });

  it("reads how much of the time events were counted, and passes over what the program wrote", () => {
    const { events } = readPerfStat(SKYLAKE, "perf.txt");
    expect(events.map(({ name, count, runningPercent }) => [name, count, runningPercent])).toEqual([
      ["instructions", 2_389_210, null],
      ["dtlb_load_misses.stlb_hit", 110, 75],
      ["dtlb_load_misses.walk_completed", 1500, 75],
      ["dtlb_store_misses.stlb_hit", 12, 75.01],
      ["dtlb_store_misses.walk_completed", 44, 74.99],
      ["itlb_misses.walk_completed", 70, null],
      ["itlb_misses.stlb_hit", null, 0],
      ["llc-loads", null, null],
      ["cpu/event=0x08,umask=0x10/u", 1234, null],
    ]);
  });

  it.each([
    "1,234,567",
    "1.234.567",
    "1'234'567",
    "1’234’567",
    "1\u00a0234\u00a0567",
    "1\u202f234\u202f567",
    "1234567",
  ])("reads %s as its locale means it", (shown) => {
    expect(counts(`   ${shown}      cycles:u\n`)).toEqual({ "cycles:u": 1_234_567 });
  });

  it("keeps raw events whole, whose commas perf does not quote", () => {
    const text =
      "# started on Sun\n\n12,,cpu/event=0x08,umask=0x0e,name=WALKS/u,100,50.00,,\n7,,cpu/event=0x1,umask=0x2/,100,100.00,,\n";
    const { events } = readPerfStat(text, "");
    expect(events).toMatchObject([
      { written: "cpu/event=0x08,umask=0x0e,name=WALKS/u", name: "walks", count: 12, runningPercent: 50, isRaw: false },
      { written: "cpu/event=0x1,umask=0x2/", count: 7, isRaw: true },
    ]);
  });
});

describe("parseEventName()", () => {
  it.each([
    ["dTLB-load-misses", "dtlb-load-misses", null, "", false],
    ["dTLB-load-misses:uk", "dtlb-load-misses", null, "uk", false],
    ["cpu_core/dtlb_load_misses.walk_completed/u", "dtlb_load_misses.walk_completed", "cpu_core", "u", false],
    ["cpu_core/cycles/:u", "cycles", "cpu_core", "u", false],
    ["armv8_pmuv3_0/l1d_tlb_refill/", "l1d_tlb_refill", "armv8_pmuv3_0", "", false],
    ["cpu/event=0x08,umask=0x0e,name='W'/", "w", "cpu", "", false],
    ["cpu/event=0x08,umask=0x0e/", "cpu/event=0x08,umask=0x0e/", "cpu", "", true],
    ["r0e08:u", "r0e08", null, "u", true],
    ["cpu/r0e08/", "r0e08", "cpu", "", true],
  ])("%s", (written, name, pmu, modifiers, isRaw) => {
    expect(parseEventName(written)).toEqual({ name, pmu, modifiers, isRaw });
  });
});

describe("what is no output of perf stat is told:", () => {
  it.each([
    [
      "",
      "perf.txt: is empty; expected the output of perf stat, for people, or of its options -x or -j: perf writes to",
    ],
    ["\n \n", "perf.txt: is empty"],
    ["I  400000,4\n L 1000,8\n", 'found no counter, but "I  400000,4" first; expected the output of perf stat'],
    ['{"event" : "x", \n', "perf.txt: line 1: found no object of JSON; expected one to a line"],
    [
      '{"event" : "a", "counter-value" : "1.0"}\n{"event" : "b", "counter-value" : "x"}',
      'line 2: found the counter-value "x"',
    ],
    ['{"event" : "a", "counter-value" : "1.0", "pcnt-running" : 101}', 'line 1: found "101" as how much of the time'],
    ["   99999999999999999999      cycles\n", "line 1: found a count of 100000000000000000000; expected 0 to 2^53"],
    ["   12      cycles    (123.00%)\n", "line 1: found 123%; expected 100% at most"],
    ["1,,cycles,100,100.00,,\n1,,cycles,100,-3,,\n", 'line 2: found "-3" as how much of the time'],
    [`   1      ${"x".repeat(600)}\n`, "line 1: found an event of 600 characters"],
    ["1".repeat(MAX_PERF_BYTES + 1), "perf.txt: has more than 16 MiB"],
  ])("%#", (text, message) => {
    expect(() => readPerfStat(text, "perf.txt")).toThrow(message);
    expect(() => readPerfStat(text, "perf.txt")).toThrow(PerfStatError);
  });
});

it("ends with counters or a PerfStatError, whatever it reads", () => {
  const piece = fc.constantFrom(
    ..." ,;:/#{}()%<>\n\t1234567890.'’:ukabcE_-=",
    "<not counted>",
    "cycles",
    "cpu/event=0x1,",
    ",,cycles,100,50.00,,\n",
    '{"event" : "a", "counter-value" : ',
    "   1,234   ",
    "0.123456789,",
    "nan",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60, size: "max" }), (pieces) => {
      try {
        expect(readPerfStat(pieces.join(""), "").events.every(({ count }) => count === null || count >= 0)).toBe(true);
      } catch (error) {
        if (!(error instanceof PerfStatError)) throw error;
      }
    }),
    { numRuns: 5000, seed: 8 },
  );
});

const events = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom("cycles", "dtlb_load_misses.walk_completed", "L1D_TLB_REFILL", "cpu_core/instructions/"),
    mode: fc.constantFrom("", "u", "k"),
    count: fc.nat(2 ** 31 - 1),
    percent: fc.integer({ min: 1, max: 100 }),
  }),
  { selector: ({ name, mode }) => name + mode, minLength: 1 },
);

it("reads the same from each of its forms", () => {
  fc.assert(
    fc.property(events, (given) => {
      const rows = given.map(({ name, mode, ...rest }) => {
        return { ...rest, event: mode === "" ? name : `${name}${name.endsWith("/") ? "" : ":"}${mode}` };
      });
      const text = rows.map(({ event, count, percent }) => {
        return `${count.toLocaleString("en-US").padStart(18)}      ${event.padEnd(30)}   (${percent.toFixed(2)}%)\n`;
      });
      const csv = rows.map(({ event, count, percent }) => `${count};;${event};1000;${percent.toFixed(2)};;\n`);
      const json = rows.map(({ event, count, percent }) => {
        return `{"counter-value" : "${count.toFixed(6)}", "unit" : "", "event" : "${event}", "event-runtime" : 1, "pcnt-running" : ${percent.toFixed(2)}, "metric-value" : nan}\n`;
      });
      const expected = rows.map(({ event, count, percent }) => [event, count, percent]);
      for (const form of [text, csv, json]) {
        const read = readPerfStat(form.join(""), "").events;
        expect(read.map(({ written, count, runningPercent }) => [written, count, runningPercent])).toEqual(expected);
      }
    }),
    { numRuns: 300, seed: 8 },
  );
});
