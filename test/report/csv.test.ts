import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blocksCsv, infoCsv, intervalsCsv, regionsCsv, runCsv, sweepCsv } from "../../src/report/csv.ts";
import type { SweepResult } from "../../src/report/results.ts";
import { INFO, PROFILE, point, RUN, SWEEP } from "./samples.ts";

/** Fields of RFC 4180 text, by its grammar and not by the code that is tested. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  const token = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n)/gy;
  let record: string[] = [];
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    record.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (match[3] === ",") continue;
    records.push(record);
    record = [];
  }
  return records;
}

function asObjects(text: string): Record<string, string>[] {
  const [head = [], ...rows] = parseCsv(text);
  return rows.map((row) => {
    expect(row).toHaveLength(head.length);
    return Object.fromEntries(head.map((name, index) => [name, row[index] ?? ""]));
  });
}

describe("runCsv()", () => {
  it("has these columns in this order, the trace first", () => {
    expect(runCsv([RUN]).split("\n")[0]).toBe(
      "trace,format,records,instructions,cpu,pageSize,tlb,entries,ways,policy,lookups,hits,misses,missRatio,mpki," +
        "walks,walkReferences,setDirtyWalks,setDirtyReferences",
    );
  });

  it("has a row for each TLB of each trace, in their order", () => {
    const other = { ...RUN, trace: { ...RUN.trace, path: "other" } };
    expect(asObjects(runCsv([RUN, other])).map((row) => `${row.trace} ${row.tlb}`)).toEqual([
      ...["L1I", "L1D", "STLB"].map((name) => `traces/sort.lackey.zst ${name}`),
      ...["L1I", "L1D", "STLB"].map((name) => `other ${name}`),
    ]);
  });

  it("gives walks to the STLB only, so that the sum over the rows is the number of walks", () => {
    const walks = asObjects(runCsv([RUN])).map((row) => row.walks);
    expect(walks).toEqual(["", "", "3204"]);
  });

  it("leaves MPKI empty where there is no instruction count", () => {
    const [tlb] = RUN.tlbs;
    const rows = asObjects(runCsv([{ ...RUN, tlbs: [{ ...tlb, mpki: null }, RUN.tlbs[1], RUN.tlbs[2]] }]));
    expect(rows.map((row) => row.mpki)).toEqual(["", "48", "12.816"]);
  });

  it("gives back any trace name and the exact ratio", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), ratioOfCounts(), (path, missRatio) => {
        const [l1i, l1d, stlb] = RUN.tlbs;
        const result = {
          ...RUN,
          trace: { ...RUN.trace, path },
          tlbs: [{ ...l1i, missRatio }, l1d, stlb],
        } as typeof RUN;
        const rows = asObjects(runCsv([result]));
        expect(rows).toHaveLength(3);
        expect(rows.every((row) => row.trace === path)).toBe(true);
        expect(Number(rows[0]?.missRatio)).toBe(missRatio);
      }),
    );
  });

  it("quotes names with commas, quotes and line ends only", () => {
    const path = 'a "b",c\nd';
    expect(runCsv([{ ...RUN, trace: { ...RUN.trace, path } }])).toContain('"a ""b"",c\nd",lackey,400000');
  });
});

describe("sweepCsv()", () => {
  it("has a row for each point, in the order of the points", () => {
    const rows = asObjects([...sweepCsv([SWEEP])].join(""));
    expect(rows.map((row) => Number(row.misses))).toEqual(SWEEP.points.map((point) => point.misses));
    expect(rows[1]).toEqual({
      trace: "traces/sort.lackey.zst",
      format: "lackey",
      records: "400000",
      instructions: "250000",
      stream: "data",
      references: "400000",
      pageSize: "4K",
      policy: "lru",
      entries: "16",
      ways: "4",
      sets: "4",
      hits: "178138",
      misses: "221862",
      coldMisses: "4721",
      missRatio: "0.554655",
      index: "modulo",
      engine: "one-pass",
      lookups: "400000",
      capacityMisses: "213558",
      conflictMisses: "3583",
      setDirty: "120",
      mpki: "887.448",
    });
  });

  it("only ever grows columns at the end", () => {
    expect([...sweepCsv([SWEEP])][0]?.split("\n")[0]).toBe(
      "trace,format,records,instructions,stream,references,pageSize,policy,entries,ways,sets,hits,misses,coldMisses," +
        "missRatio,index,engine,lookups,capacityMisses,conflictMisses,setDirty,mpki",
    );
  });

  it("comes in pieces with one header, however many points and traces there are", () => {
    const points = Array.from({ length: 2500 }, (_, index) => point(index + 1, 1, 5_000, "2M", 14));
    const many: SweepResult = { ...SWEEP, points, lookups: [{ pageSize: "2M", lookups: 7 }] };
    const pieces = [...sweepCsv([many, SWEEP])];
    expect(pieces.length).toBeGreaterThan(2);
    const rows = asObjects(pieces.join(""));
    expect(rows.map(({ entries }) => entries)).toEqual([...points, ...SWEEP.points].map(({ entries }) => `${entries}`));
    expect([rows[0]?.lookups, rows.at(-1)?.lookups]).toEqual(["7", "400000"]);
    expect([...sweepCsv([{ ...SWEEP, points: [] }])].join("")).toMatch(/^trace,.*,mpki\n$/);
  });
});

describe("intervalsCsv()", () => {
  const profiled = { ...RUN, profile: PROFILE };

  it("has a row for each interval, with the number of its first record", () => {
    const text = [...intervalsCsv([profiled])].join("");
    expect(text).toBe(
      "trace,run,interval,firstRecord,records,l1iMisses,l1dMisses,stlbMisses,walkReferences,minorFaults\n" +
        "traces/sort.lackey.zst,1,0,1,262144,4,11996,3200,4030,1500\n" +
        "traces/sort.lackey.zst,1,1,262145,137856,0,4,4,16,0\n",
    );
  });

  it("tells several runs of a trace apart, and has no rows for those without a profile", () => {
    const rows = asObjects([...intervalsCsv([RUN, profiled, profiled])].join(""));
    expect(rows.map(({ run, interval }) => `${run} ${interval}`)).toEqual(["2 0", "2 1", "3 0", "3 1"]);
    expect([...intervalsCsv([RUN])].join("")).toMatch(/^trace,.*,minorFaults\n$/);
  });
});

describe("blocksCsv()", () => {
  it("has a row for each block and interval in which something missed", () => {
    const text = [...blocksCsv([{ ...RUN, profile: PROFILE }, RUN])].join("");
    expect(text).toBe(
      "trace,run,address,bytes,interval,l1Misses,stlbMisses\n" +
        "traces/sort.lackey.zst,1,0x4000,8192,0,9000,3200\n" +
        "traces/sort.lackey.zst,1,0xffffffffffffe000,8192,0,3000,0\n" +
        "traces/sort.lackey.zst,1,0xffffffffffffe000,8192,1,4,4\n",
    );
  });

  it("comes in pieces, however many blocks there are", () => {
    const blocks = Array.from({ length: 1024 }, () => ({ address: "0x0", l1Misses: [1, 1], stlbMisses: [0, 1] }));
    const pieces = [...blocksCsv([{ ...RUN, profile: { ...PROFILE, blocks } }])];
    expect(pieces.length).toBeGreaterThan(2);
    expect(asObjects(pieces.join(""))).toHaveLength(2048);
  });
});

describe("results of single threads", () => {
  const ofThread = <Result extends { trace: object }>(result: Result) => ({
    ...result,
    trace: { ...result.trace, thread: "412" },
  });

  it("have the thread in a last column, which is empty for the others", () => {
    for (const text of [
      runCsv([ofThread(RUN), RUN]),
      [...sweepCsv([ofThread(SWEEP), SWEEP])].join(""),
      infoCsv([ofThread(INFO), INFO]),
      regionsCsv([ofThread(INFO), INFO]),
    ]) {
      expect(text.split("\n")[0]).toMatch(/,thread$/);
      const threads = asObjects(text).map(({ thread }) => thread);
      expect(new Set(threads)).toEqual(new Set(["412", ""]));
    }
  });
});

describe("infoCsv()", () => {
  it("has one row for each trace, with the pages of each size", () => {
    const [row, ...others] = asObjects(infoCsv([INFO]));
    expect(others).toEqual([]);
    expect(row).toMatchObject({ trace: "traces/sort.lackey.zst", pages4K: "1500", codePages2M: "2", dataPages1G: "2" });
  });

  it("leaves empty what is not known", () => {
    const nothing = { ...INFO, trace: { ...INFO.trace, storedBytes: null }, footprint: [] };
    const [row] = asObjects(infoCsv([{ ...nothing, addresses: { lowest: null, highest: null } }]));
    expect(row).toMatchObject({ storedBytes: "", pages4K: "", lowestAddress: "", bytes: "5713920" });
  });
});

function ratioOfCounts() {
  return fc.tuple(fc.nat(), fc.integer({ min: 1 })).map(([a, b]) => Math.min(a, b) / Math.max(a, b));
}
