import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resultsIn } from "../../src/report/entries.ts";
import { reportNotes } from "../../src/report/report-about.ts";
import { type ReportData, reportDataOf } from "../../src/report/report-data.ts";
import { reportPieces } from "../../src/report/report-html.ts";
import { labelled } from "../../src/report/report-labels.ts";
import { metricMatrix, metricsOf, runsTable } from "../../src/report/report-metrics.ts";
import type { RunResult, SweepResult } from "../../src/report/results.ts";
import { cpusResult, mergedResult, parsed, run, sweepResults } from "./real-results.ts";
import { RUN, SWEEP } from "./samples.ts";

const TEMPLATE =
  "<title>{{pagewalk:title}}</title><h1>{{pagewalk:title}}</h1><main><!--pagewalk:static--></main><!--pagewalk:data--><p>end</p>";

function dataOf(...results: (RunResult | SweepResult)[]): ReportData {
  const entries = results.map((result) => ({
    ...{ source: 0, trace: result.trace.path, storedBytes: null, window: null, command: "pagewalk", missing: [] },
    ...("tlbs" in result
      ? ({ kind: "run", name: result.config.cpu } as const)
      : ({ kind: "sweep", name: "sweep" } as const)),
    result,
  }));
  return {
    schema: "pagewalk/report@1",
    title: "T",
    sources: [{ file: "f.json", title: null, plan: null }],
    results: entries,
  };
}

function named(path: string): RunResult {
  return { ...RUN, trace: { ...RUN.trace, path } };
}

/** What the page finds in its data element. */
function dataIn(html: string): ReportData {
  const [, json = "", rest] = html.split(/<script id="pagewalk-data" type="application\/json">([\s\S]*?)<\/script>/);
  expect(rest).toBe("<p>end</p>");
  return JSON.parse(json);
}

describe("the file of a report", () => {
  it("has its data inside, exactly, whatever names are in them, and no markup of theirs", () => {
    const name = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "</script><b>",
        "<!--<script>",
        "]]>",
        "\u2028\u2029",
        "{{pagewalk:title}}",
        "<!--pagewalk:data-->",
        "$&$`",
      ),
    );
    fc.assert(
      fc.property(name, name, (path, title) => {
        const data = { ...dataOf(named(path), SWEEP), title };
        const html = [...reportPieces(TEMPLATE, data)].join("");
        // A lone surrogate is one no longer once it is in a file, but in JSON it is written out.
        expect(dataIn(html)).toEqual(parsed(data));
        const tags = [...html.matchAll(/<\/?([a-z]+)/g)].map(([, tag]) => tag);
        expect(tags.filter((tag) => tag === "b")).toEqual([]);
        expect(tags.filter((tag) => tag === "script")).toHaveLength(2);
        expect(html.match(/<!--/g)).toBeNull();
      }),
      { numRuns: 25 },
    );
  });

  it("is not made of another template", () => {
    expect(() => [...reportPieces("<main></main>", dataOf(RUN))]).toThrow(/template/);
  });

  it("takes all results that there are", async () => {
    const data = reportDataOf([
      resultsIn(parsed(await mergedResult()), "merged.json", 1),
      resultsIn(parsed(await cpusResult()), "cpus.json", 1),
      resultsIn(parsed(await sweepResults()), "sweeps.json", 1),
    ]);
    expect(data.title).toBe("Two of all");
    expect(data.sources[0]).toEqual({
      file: "merged.json",
      title: "Two of all",
      plan: { hash: "0123456789abcdef", units: 2, missing: [] },
    });
    expect(data.results.every(({ command }) => /^pagewalk (run|sweep) some\.lk/.test(command))).toBe(true);
    const html = [...reportPieces(TEMPLATE, data)].join("");
    expect(html).toContain("some.lk, early");
    expect(html).not.toMatch(/undefined|NaN|\[object/);
  });
});

describe("labels", () => {
  it("leave out the folders that all traces share, and whole ones only", () => {
    const placesOf = (...paths: string[]) => labelled(dataOf(...paths.map(named))).runs.map(({ place }) => place);
    expect(placesOf("/big/a/x.lk", "/big/ab/x.lk", "/big/a/y.lk")).toEqual(["a/x.lk", "ab/x.lk", "a/y.lk"]);
    expect(placesOf("x.lk", "/x.lk")).toEqual(["x.lk", "/x.lk"]);
    expect(placesOf("/one/x.lk", "/one/x.lk")).toEqual(["x.lk", "x.lk"]);
  });

  it("tell results from each other: windows, files, and the same again", () => {
    const data = dataOf(RUN, RUN, RUN, { ...RUN, config: { ...RUN.config, cpu: "other" } });
    data.sources.push({ file: "g.json", title: null, plan: null });
    const [, second, third, other] = data.results;
    if (second === undefined || third === undefined || other === undefined) throw new Error("no results");
    second.source = 1;
    other.window = "late";
    const { runs } = labelled(data);
    expect(runs.map(({ name }) => name)).toEqual([
      `${RUN.config.cpu} (f.json)`,
      `${RUN.config.cpu} (g.json)`,
      `${RUN.config.cpu} (f.json) #2`,
      "other",
    ]);
    expect(runs[3]?.result.trace.path).toMatch(/, late$/);
  });
});

describe("notes", () => {
  const notesOf = (data: ReportData) => reportNotes(data, labelled(data));

  it("say first what is wrong with the results as a whole", async () => {
    const data = reportDataOf([resultsIn({ ...parsed(await mergedResult()), missing: [1] }, "m.json", 1)]);
    expect(notesOf(data)).toEqual([
      expect.stringMatching(/^m\.json is PARTIAL: 1 of 2 units .*\(1\)\. This is not the experiment/),
      expect.stringMatching(/^Some values of sky are assumed/),
    ]);
    expect(notesOf(dataOf(RUN, { ...RUN, version: "9.9.9" }))).toEqual([
      expect.stringMatching(/different versions.*9\.9\.9/),
    ]);
  });

  it("say of traces that are damaged or sampled which, once for all of their results", () => {
    const damaged = (path: string) => ({ ...RUN, trace: { ...RUN.trace, path, damagedLines: 3 } });
    const paths = ["a", "b", "c", "d", "e", "f", "g"];
    expect(notesOf(dataOf(...paths.map(damaged), damaged("a")))).toEqual([
      expect.stringMatching(/^a, b, c, d, e and 2 more: 3 lines begin like records/),
    ]);
    const sampled = { ...RUN, trace: { ...RUN.trace, sampled: true as const } };
    expect(notesOf(dataOf(sampled))).toEqual([expect.stringMatching(/samples, not a trace/)]);
    expect(notesOf(dataOf(RUN))).toEqual([]);
  });
});

describe("metrics", () => {
  it("are a row for each trace, with what no machine did left open", async () => {
    const data = dataOf(parsed(await run()), named("other.lk"), {
      ...named("other.lk"),
      config: { ...RUN.config, cpu: "big" },
    });
    const { runs } = labelled(data);
    const walks = metricsOf(runs).find(({ key }) => key === "walks");
    if (walks === undefined) throw new Error("no walks");
    const matrix = metricMatrix(runs, walks, "traces");
    expect(matrix.rows.map(({ name, cells }) => [name, ...cells])).toEqual([
      ["some.lk", ["generic", runs[0]?.result.walks.count]],
      ["other.lk", ["generic", RUN.walks.count], ["big", RUN.walks.count]],
    ]);
    expect(metricMatrix(runs, walks, "machines").rows.map(({ name }) => name)).toEqual(["generic", "big"]);
  });

  it("are left out where no run has any", () => {
    const { runs } = labelled(dataOf({ ...RUN, trace: { ...RUN.trace, instructions: 0 } }));
    const keys = runsTable(runs).columns.map(({ key }) => key);
    expect(keys).toContain("walks");
    expect(keys).not.toContain("walksPerThousand");
    expect(keys).not.toContain("cyclesPerInstruction");
  });
});
