/** Who missed and when, as text and as CSV. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attributionCsv, seriesCsv } from "../../src/report/attribution-csv.ts";
import { attributionText } from "../../src/report/attribution-text.ts";
import type { AttributionRow, RunResult, RunSeries } from "../../src/report/results.ts";
import { seriesText } from "../../src/report/series-text.ts";
import { runText } from "../../src/report/text.ts";
import { RUN } from "./samples.ts";

const OPTIONS = { top: 20, width: 80, ascii: false };

function row(name: string, walkReferences: number, region?: string): AttributionRow {
  return {
    name,
    ...(region === undefined ? {} : { region }),
    accesses: { fetch: 1, load: 2, store: 3, modify: 4 },
    references: { fetch: 1_000, data: 10 * walkReferences },
    l1Misses: 2 * walkReferences,
    stlbMisses: walkReferences,
    walkReferences,
    faults: 1,
  };
}

const REGIONS = [row("heap (brk)", 900), row("stack", 90), row("lib libc.so.6", 9), row("ld.so", 1), row("anon", 0)];

describe("attributionText()", () => {
  it("reads like this", () => {
    expect(attributionText("region", REGIONS, OPTIONS)).toBe(`\
By region: references, misses in L1 and STLB, walk references, faults
region         references     L1  STLB  walk refs   share  faults
heap (brk)         10,000  1,800   900        900  90.00%       1  ████████████
stack               1,900    180    90         90   9.00%       1  █
lib libc.so.6       1,090     18     9          9   0.90%       1  █
ld.so               1,010      2     1          1   0.10%       1  █
anon                1,000      0     0          0   0.00%       1`);
  });

  it("adds up the rows beyond the top ones", () => {
    expect(attributionText("region", REGIONS, { top: 2, width: 100, ascii: true })).toBe(`\
By region: references, misses in L1 and STLB, walk references, faults
region        references     L1  STLB  walk refs   share  faults
heap (brk)        10,000  1,800   900        900  90.00%       1  ######################
stack              1,900    180    90         90   9.00%       1  ##
and 3 others       3,100     20    10         10   1.00%       3`);
  });

  it("tells the regions of pages behind the bars, where they are known", () => {
    const rows = [row("0x7ffff7fca000", 30, "ld.so"), row("0x4035000", 10, "heap (brk)"), row("0x1000", 0)];
    const text = attributionText("page", rows, { ...OPTIONS, width: 100 });
    expect(text.split("\n").slice(2)).toEqual([
      "0x7ffff7fca000       1,300  60    30         30  75.00%       1  █████████████████        ld.so",
      "0x4035000            1,100  20    10         10  25.00%       1  ██████                   heap (brk)",
      "0x1000               1,000   0     0          0   0.00%       1",
    ]);
  });

  it("has no shares and no bars where nothing was walked", () => {
    expect(attributionText("kind", [row("load", 0)], OPTIONS)).toMatch(/\nload +1,000 +0 +0 +0 +n\/a +1$/);
  });

  it("is plain text of lines that fit, whatever regions are called", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (name) => {
        const text = attributionText("region", [row(name, 1)], OPTIONS);
        expect(text.split("\n")).toHaveLength(3);
        expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
        expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100);
      }),
    );
  });
});

const NOTHING = {
  fetchReferences: 0,
  dataReferences: 0,
  l1iMisses: 0,
  l1dMisses: 0,
  stlbMisses: 0,
  walkReferences: 0,
  minorFaults: 0,
  majorFaults: 0,
  protections: 0,
  generalProtections: 0,
};

const SERIES: RunSeries = {
  intervalRecords: 1_000,
  intervals: [
    { ...NOTHING, records: 1_000, l1dMisses: 80, stlbMisses: 8, walkReferences: 16, minorFaults: 8 },
    { ...NOTHING, records: 1_000, l1dMisses: 40 },
    { ...NOTHING, records: 1_000, l1dMisses: 1, protections: 1 },
    { ...NOTHING, records: 500, l1dMisses: 40, generalProtections: 1 },
  ],
};

describe("seriesText()", () => {
  it("reads like this: the last interval is shorter, so that as many misses are twice as many in 1,000", () => {
    expect(seriesText(SERIES, OPTIONS)).toBe(`\
Over time: 4 intervals of 1,000 records; per 1,000 records
L1I misses      |    |  none
L1D misses      |█▄▁█|  up to 80.000
STLB misses     |█   |  up to 8.000
walk references |█   |  up to 16.000
minor faults    |█   |  up to 8.000
other faults    |  ▄█|  up to 2.000`);
    expect(seriesText(SERIES, { ...OPTIONS, ascii: true })).toContain("L1D misses      |@=.@|  up to 80.000\n");
  });

  it("adds up neighbours where there are more intervals than columns", () => {
    const intervals = Array.from({ length: 1000 }, () => ({ ...NOTHING, records: 10, l1iMisses: 5 }));
    const text = seriesText({ intervalRecords: 10, intervals }, OPTIONS);
    expect(text).toMatch(/^Over time: 1,000 intervals of 10 records; a column is \d+ of them; per 1,000 records\n/);
    expect(text).toMatch(/^L1I misses {6}\|█+\| {2}up to 500\.000$/m);
    expect(
      Math.max(
        ...text
          .split("\n")
          .slice(1)
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
  });
});

it("a run's text ends with its tables in the order asked for, and its series", () => {
  const text = runText({ ...RUN, by: { kind: [row("load", 1)], region: REGIONS }, series: SERIES });
  expect(text).toMatch(/\n\nBy kind of access: .*\n\nBy region: .*\n\nOver time: /s);
  expect(text.endsWith("up to 2.000\n")).toBe(true);
});

describe("CSV", () => {
  const named: RunResult = {
    ...RUN,
    by: { page: [row("0x1000", 3, 'a "b"')], region: REGIONS.slice(0, 1) },
    series: SERIES,
  };
  const csv = (pieces: Iterable<string>) => [...pieces].join("");

  it("of who missed has a row for each row of each dimension of each run", () => {
    expect(csv(attributionCsv([RUN, named]))).toBe(`\
trace,run,by,name,region,fetches,loads,stores,modifies,fetchReferences,dataReferences,l1Misses,stlbMisses,walkReferences,faults
traces/sort.lackey.zst,2,region,heap (brk),,1,2,3,4,1000,9000,1800,900,900,1
traces/sort.lackey.zst,2,page,0x1000,"a ""b""",1,2,3,4,1000,30,6,3,3,1
`);
  });

  it("of a series has a row for each interval, with the thread where there is one", () => {
    const ofThread = { ...named, trace: { ...named.trace, thread: "7" } };
    const lines = csv(seriesCsv([ofThread])).split("\n");
    expect(lines[0]).toBe(
      "trace,run,interval,firstRecord,records,fetchReferences,dataReferences,l1iMisses,l1dMisses,stlbMisses," +
        "walkReferences,minorFaults,majorFaults,protections,generalProtections,thread",
    );
    expect(lines[2]).toBe("traces/sort.lackey.zst,1,1,1001,1000,0,0,0,40,0,0,0,0,0,0,7");
    expect(lines[4]).toBe("traces/sort.lackey.zst,1,3,3001,500,0,0,0,40,0,0,0,0,0,1,7");
    expect(lines).toHaveLength(6);
  });
});
