import { writeFile } from "node:fs/promises";
import { describe, expect, it, vi } from "vitest";
import type { DiffResult } from "../../src/report/diff.ts";
import { failure, json, output, pagewalk, recorded, temporaryFolder } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 60_000 });

const TRACE = recorded("bfs2k.lk.gz");
const temporary = temporaryFolder();

/** Writes the results of two machines. */
async function results(): Promise<[a: string, b: string]> {
  const [a, b] = [temporary("a.json"), temporary("b.json")];
  await Promise.all([
    output(["run", TRACE, "--json", "-q", "-o", a]),
    output(["run", TRACE, "--stlb", "16:4", "--json", "-q", "-o", b]),
  ]);
  return [a, b];
}

describe("diff", () => {
  it("names each count that another STLB changes, after the STLB, and says so by its status if asked to", async () => {
    const [a, b] = await results();
    const text = await output(["diff", a, b]);
    expect(text).toContain("stlb.entries: 1,536 -> 16\n");
    expect(text).toMatch(/^ {2}STLB misses +195 +\d+ +\+\d+ +\+[\d.]+%$/m);
    const diff = await json<DiffResult>(["diff", a, b]);
    const { counts = [] } = diff.results[0] ?? {};
    expect(diff).toMatchObject({ schema: "pagewalk/diff@1", identical: false, compared: { results: 1 } });
    expect(counts.find(({ path }) => path === "tlbs.STLB.misses")).toMatchObject({ a: 195 });
    expect(counts.find(({ path }) => path === "tlbs.L1D.misses")).toBe(undefined);
    expect(await output(["diff", a, b, "--csv"])).toMatch(/^run,.*,count,tlbs\.STLB\.misses,195,\d+,\d+,[\d.]+$/m);

    const same = await pagewalk(["diff", a, a, "--exit-code"]);
    expect(same).toMatchObject({ status: 0, stderr: "" });
    expect(same.stdout).toMatch(/\n\nidentical; compared were 1 result, 61 counts, and no times\n$/);
    expect(await pagewalk(["diff", a, b, "--exit-code"])).toMatchObject({ status: 4, stderr: "", stdout: text });
  });

  it("says that nothing is counted otherwise where only settings differ", async () => {
    const [a] = await results();
    const larger = temporary("larger.json");
    await output(["run", TRACE, "--stlb", "2048:16", "--json", "-q", "-o", larger]);
    const text = await output(["diff", a, larger]);
    expect(text).toContain("stlb.ways: 12 -> 16\n");
    expect(text).toContain("\n  no count differs\n");
    expect(await output(["diff", a, temporary("b.json")])).not.toContain("no count differs");
  });

  it("reads one of both from standard input, and writes to a file", async () => {
    const [a] = await results();
    const run = await output(["run", TRACE, "--json", "-q"]);
    expect(await output(["diff", "-", a, "-o", temporary("diff")], { input: run })).toBe("");
    expect(await failure(2, ["diff", "-", "-"])).toContain("standard input can be read only once");
  });

  it("tells what is wrong with a file, with status 1", async () => {
    const [a] = await results();
    const info = temporary("info.json");
    await writeFile(info, await output(["info", TRACE, "--json", "-q"]));
    expect(await failure(1, ["diff", a, info])).toContain(
      'info.json: schema: found "pagewalk/info@1"; expected a result of run',
    );
    expect(await failure(1, ["diff", a, TRACE])).toContain("bfs2k.lk.gz: line 1, column 1: found ");
    expect(await failure(1, ["diff", a, temporary("none")])).toContain("none: found nothing that can be read (ENOENT");
    expect(await failure(1, ["diff", a, a, "-o", a])).toContain("it is an input that is to be read");
    expect(await failure(2, ["diff", a, a, "--top", "0"])).toContain("Expected 1 to 1000000.");
    expect(await failure(2, ["diff", a, a, "--json", "--csv"])).toContain(
      "'--json' cannot be used with option '--csv'",
    );
  });
});
