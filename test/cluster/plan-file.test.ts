/** Plans made of experiments in files, and read again: which files, in which order, and what is told of those that are bad. */
import { chmodSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { planExperiment, planPieces, readPlan } from "../../src/cluster/plan-file.ts";
import type { Plan } from "../../src/experiment/plan.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { converted } from "../convert/converted.ts";

const root = mkdtempSync(join(tmpdir(), "pagewalk-plan-"));
afterAll(() => rmSync(root, { recursive: true }));
let folder = "";
let tests = 0;
beforeEach(() => {
  folder = join(root, String(tests++));
  mkdirSync(join(folder, "traces"), { recursive: true });
});
const cwd = process.cwd();
afterEach(() => process.chdir(cwd));

const LINES = "I  400000,4\n L 1ffe0008,8\n S 1ffe1008,8\n";

/** Writes traces of a few records. */
function traces(...names: string[]): void {
  for (const name of names) {
    writeFileSync(join(folder, name), name.endsWith(".gz") ? gzipSync(LINES) : LINES);
  }
}

async function plan(rest: object, to = folder): Promise<Plan> {
  const path = join(folder, "exp.json");
  writeFileSync(path, JSON.stringify({ schema: "pagewalk/experiment@1", machines: ["generic"], ...rest }));
  return planExperiment(path, to);
}

/** The message of what `plan()` rejects with, without the folder. */
async function refusal(rest: object): Promise<string> {
  const error = await plan(rest).then(
    () => new Error("nothing was wrong"),
    (error: Error) => error,
  );
  expect(["InputError", "TraceError", "RegionsError"]).toContain(error.name);
  return error.message.replaceAll(folder, "FOLDER");
}

const paths = ({ traces }: Plan) => traces.map(({ path }) => path);

describe("the traces of a plan", () => {
  it("are in the order of globs, of each by name, whatever the locale and the order of the folder", async () => {
    traces("traces/b.lk", "traces/a.lk", "traces/B.lk", "traces/ä.lk", "traces/10.lk", "traces/9.lk", "z.lk");
    expect(paths(await plan({ traces: ["z.lk", "traces/*.lk"] }))).toEqual(
      ["z.lk"].concat(["10", "9", "B", "a", "b", "ä"].map((name) => `traces/${name}.lk`)),
    );
  });

  it("may have any name, and be named by braces, exclusions, .. and absolute paths", async () => {
    traces("traces/a [1].lk", "traces/$&.lk", "traces/new\nline.lk", "traces/a*.lk", "traces/.hidden.lk");
    expect(paths(await plan({ traces: ["traces/*.lk", "!traces/new*"] }))).toEqual(
      ["$&", "a [1]", "a*"].map((name) => `traces/${name}.lk`),
    );
    expect(paths(await plan({ traces: ["traces/{$&,.hidden}.lk"] }))).toEqual(["traces/$&.lk", "traces/.hidden.lk"]);
    const name = folder.split("/").at(-1);
    expect(paths(await plan({ traces: [`../${name}/traces/$&.lk`] }))).toEqual(["traces/$&.lk"]);
    expect(paths(await plan({ traces: [join(folder, "traces/$&.lk")] }))).toEqual([join(folder, "traces/$&.lk")]);
  });

  it("are relative to the plan, and lead out of its folder where they are not in it", async () => {
    traces("traces/a.lk");
    mkdirSync(join(folder, "plans"));
    expect(paths(await plan({ traces: ["traces/*"] }, join(folder, "plans")))).toEqual(["../traces/a.lk"]);
  });

  it("may be links, each a trace by its own name", async () => {
    traces("traces/a.lk");
    symlinkSync("a.lk", join(folder, "traces/b.lk"));
    linkSync(join(folder, "traces/a.lk"), join(folder, "traces/c.lk"));
    const { traces: planned } = await plan({ traces: ["traces/*"] });
    expect(planned.map(({ path }) => path)).toEqual(["traces/a.lk", "traces/b.lk", "traces/c.lk"]);
    expect(new Set(planned.map(({ fingerprint }) => fingerprint)).size).toBe(1);
  });

  it.each<[traces: unknown[], message: string]>([
    [["none/*.lk"], "traces[0]: found none/*.lk; expected a path or glob of files; there are none in FOLDER"],
    [
      ["traces/*.lk", "traces"],
      "traces[1]: found traces; expected files: this is a folder, and traces/* is what is in it",
    ],
    [
      ["traces/*.lk", "traces/a.*"],
      "traces[1]: found traces/a.lk; expected files that traces[0] has not: each is there once",
    ],
    [[{ files: "none" }], "traces[0].files: found none; expected"],
    [["!traces/a.lk"], "traces: found !traces/a.lk; expected a glob that finds some"],
    [["traces/a.lk", "!traces/*"], "traces[0]: found traces/a.lk; expected files that !traces/* leave"],
    [["broken.lk"], "traces[0]: found broken.lk; expected a file: this is a link to nowhere or to a folder"],
    [[{ files: "traces/a.lk", format: "elf" }], "traces[0].format: found elf; expected lackey"],
    [[{ files: "traces/a.lk", thread: "x" }], "traces[0].thread: found x; expected the id of a thread"],
    [
      [{ files: "traces/a.lk", format: "lackey", columns: "address=1" }],
      "traces[0].columns: found address=1; expected none",
    ],
    [["exp.json"], "exp.json: byte 0: "],
    [["empty.lk"], "empty.lk: byte 0: is empty; expected a memory trace (all files of traces[0] are taken for traces)"],
    [["cut.lk.gz"], "cut.lk.gz: the file is truncated"],
  ])("are told of where they are not what they should be: %#", async (given, message) => {
    traces("traces/a.lk", "traces/b.lk");
    writeFileSync(join(folder, "empty.lk"), "");
    writeFileSync(join(folder, "cut.lk.gz"), gzipSync(LINES.repeat(100)).subarray(0, 80));
    symlinkSync("nowhere", join(folder, "broken.lk"));
    expect(await refusal({ traces: given })).toContain(message);
  });

  it("are told of where they cannot be read", async (context) => {
    traces("traces/a.lk");
    chmodSync(join(folder, "traces/a.lk"), 0);
    if (process.getuid?.() === 0) context.skip(); // whom nothing stops
    expect(await refusal({ traces: ["traces/*"] })).toContain("traces/a.lk: found nothing that can be read (EACCES");
  });
});

describe("files beside traces", () => {
  const REGIONS = "400000-401000 r-xp 00000000 00:00 0 /bin/a\n1ffe0000-1fff0000 rw-p 00000000 00:00 0\n";

  it("are those of the longest name, in the folder of the trace or the one that is named", async () => {
    traces("traces/a.lk", "traces/a.native.lk.gz", "traces/$&.lk");
    for (const name of ["traces/a.maps", "traces/a.native.maps", "traces/$&.maps", "all.maps"]) {
      writeFileSync(join(folder, name), REGIONS);
    }
    const maps = async (pattern: string) =>
      (await plan({ traces: [{ files: "traces/*.{lk,lk.gz}", maps: pattern }] })).traces.map(({ maps }) =>
        typeof maps === "object" ? maps.path : maps,
      );
    const own = ["traces/$&.maps", "traces/a.maps", "traces/a.native.maps"];
    expect(await maps("traces/*.maps")).toEqual(own);
    expect(await maps("*.maps")).toEqual(own);
    expect(await maps("./all.maps")).toEqual(Array(3).fill("all.maps"));
  });

  it.each([
    [
      { regions: "*.json" },
      "traces[0].regions: found *.json; expected a file for each trace; for traces/a.lk there is none of ",
    ],
    [{ regions: "*.json" }, "traces/a.lk.json, traces/a.json"],
    [{ maps: "./bad.maps" }, "bad.maps: line 1"],
    [{ maps: "recorded" }, "traces: found maps recorded; expected files of mappings: traces/a.lk is of format lackey"],
  ])("are told of where there are none, or bad ones: %#", async (about, message) => {
    traces("traces/a.lk");
    writeFileSync(join(folder, "bad.maps"), "what\n");
    expect(await refusal({ traces: [{ files: "traces/a.lk", ...about }] })).toContain(message);
  });
});

describe("what a trace cannot answer", () => {
  it("is told when the plan is made", async () => {
    traces("traces/a.lk");
    expect(await refusal({ traces: ["traces/a.lk"], by: ["region"] })).toContain(
      "exp.json: by: found region, and traces/a.lk without regions",
    );
    const opt = { machines: [{ policy: "opt" }], interval: 10 };
    expect(await refusal({ traces: ["traces/a.lk"], ...opt })).toContain(
      "machines: found policy=opt, and by or interval; expected one of both",
    );
  });

  it("is told of regions, too: that change while another thing than records is counted, or that are there twice", async () => {
    traces("traces/a.lk");
    writeFileSync(join(folder, "all.maps"), "400000-401000 r-xp 00000000 00:00 0 /bin/a\n");
    for (const [name, from] of Object.entries({ late: 2, still: 0 })) {
      const region = { start: "0x1ffe0000", end: "0x1fff0000", perm: "rw-", name: "stack", from_record: from };
      writeFileSync(join(folder, `${name}.json`), JSON.stringify({ regions: [region] }));
    }
    const asked = (about: object, rest: object) => ({
      traces: [{ files: "traces/a.lk", ...about }],
      by: ["region"],
      ...rest,
    });
    const windows = [{ name: "all" }, { skip: 1, unit: "instructions" }];
    expect(await refusal(asked({ regions: "./late.json" }, { windows }))).toContain(
      "windows[1].unit: found instructions; expected records, as regions of traces/a.lk change over time",
    );
    expect(await refusal(asked({ maps: "./late.json", thread: 1 }, {}))).toContain(
      "traces: found thread 1; expected all threads",
    );
    expect(await refusal(asked({ maps: "./all.maps", regions: "./late.json" }, {}))).toContain("expected one of both");
    expect((await plan(asked({ regions: "./still.json" }, { windows }))).units).toHaveLength(2);
    expect((await plan({ ...asked({ regions: "./late.json" }, { windows }), by: undefined })).units).toHaveLength(2);
  });
});

describe("a trace of pages only", () => {
  it.each<[rest: object, message: string]>([
    [
      { windows: [{}, { limit: 100 }] },
      "windows[1].limit: found 100; expected multiples of 4096; a pages-only trace has no single records (p.pwt)",
    ],
    [{ windows: [{ limit: 4096, unit: "instructions" }] }, "windows[0].unit: found instructions; expected records"],
    [
      { machines: ["zen4", { memory: "1M" }] },
      "machines: found memory=1M, with an operating system, or a stride prefetcher; expected a trace of whole records: p.pwt has pages only",
    ],
    [{ by: ["kind"] }, "machines: found generic, with by or interval; expected a trace of whole records"],
    [{ sweeps: [{}, { flushEvery: 100 }] }, "sweeps[1].flushEvery: found 100; expected multiples of 4096"],
    [{ traces: [{ files: "p.pwt", thread: 1 }] }, "traces[0].thread: found 1; expected none"],
    [{ traces: ["p.pwt", "cut.pwt"] }, "cut.pwt: byte 341: the file is truncated: "],
  ])("is told of what it cannot answer when the plan is made: %#", async (rest, message) => {
    const { bytes: pages } = await converted(await openTrace(Buffer.from(LINES.repeat(2000))), { to: "pwt-pages" });
    writeFileSync(join(folder, "p.pwt"), pages);
    writeFileSync(join(folder, "cut.pwt"), pages.subarray(0, -1));
    expect(await refusal({ traces: ["p.pwt"], ...rest })).toContain(message);
    expect((await plan({ traces: ["p.pwt"], windows: [{ limit: 4096 }] })).traces[0]?.format).toBe("pwt-pages");
  });
});

describe("a plan", () => {
  it("is the same from any working folder", async () => {
    traces("traces/a.lk", "traces/b.lk");
    const one = [...planPieces(await plan({ traces: ["traces/*"] }))].join("");
    process.chdir(join(folder, "traces"));
    expect([...planPieces(await planExperiment("../exp.json", ".."))].join("")).toBe(one);
  });

  it("has descriptions of CPUs in it, whose errors name their file and place", async () => {
    traces("a.lk");
    const cpu = JSON.parse(readFileSync(join(cwd, "examples/experiment/small-core.json"), "utf8"));
    writeFileSync(join(folder, "cpu.json"), JSON.stringify(cpu));
    const { machines } = await plan({
      traces: ["a.lk"],
      machines: ["./cpu.json", { name: "b", cpu: "./cpu.json", stlb: "64:4" }],
    });
    expect(machines.map(({ name, config }) => [name, config.cpu])).toEqual([
      ["A small core", cpu],
      ["b", cpu],
    ]);
    writeFileSync(join(folder, "cpu.json"), JSON.stringify({ ...cpu, tlbs: [{ ...cpu.tlbs[0], level: 4 }] }));
    expect(await refusal({ traces: ["a.lk"], machines: ["zen4", "./cpu.json"] })).toContain(
      "exp.json: machines[1]: found ./cpu.json, where tlbs[0].level is 4; expected a whole number from 1 to 3",
    );
    expect(await refusal({ traces: ["a.lk"], machines: [{ cpu: "no.json" }] })).toContain(
      "machines[0].cpu: found no.json",
    );
  });

  it("of 20,000 units is written in pieces, and read as it was made", async () => {
    traces("t.lk");
    for (let index = 0; index < 200; index++) linkSync(join(folder, "t.lk"), join(folder, `traces/${index}.lk`));
    const entries = Array.from({ length: 10 }, (_, at) => 8 * (at + 1));
    const vary = { stlb: entries.map((each) => `${each}:8`), l1d: entries.map((each) => `${each}:4`) };
    const made = await plan({ traces: ["traces/*"], vary, machinesPerUnit: 1 });
    expect(made.units.length).toBe(20_000);
    const path = join(folder, "exp.plan.json");
    writeFileSync(path, [...planPieces(made)].join(""));
    expect(await readPlan(path)).toEqual(made);
  });

  it("that was changed is refused, whatever was changed", async () => {
    traces("a.lk");
    const made = await plan({ traces: ["a.lk"], machines: ["zen4", "skylake"], machinesPerUnit: 1 });
    const path = join(folder, "exp.plan.json");
    const text = [...planPieces(made)].join("");
    for (const [from, to] of [
      ["zen4", "zen3"],
      ['"seconds":0.', '"seconds":1.'],
      ["a.lk", "b.lk"],
      ['"title": null', '"title": "x"'],
    ] as const) {
      writeFileSync(path, text.replace(from, to));
      await expect(readPlan(path)).rejects.toThrow(
        /exp\.plan\.json: hash: found .*make the plan again instead of changing it/,
      );
    }
    writeFileSync(path, text.slice(0, -20));
    await expect(readPlan(path)).rejects.toThrow(/exp\.plan\.json: line \d+, column \d+: found/);
  });
});
