import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../../src/report/results.ts";
import { mergedResult, run } from "../report/real-results.ts";
import { failure, output, pagewalk } from "./pagewalk.ts";

let folder: string;
let one: string;
let merged: string;
let result: RunResult;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pagewalk-report-"));
  one = join(folder, "run.json");
  merged = join(folder, "merged.json");
  result = await run();
  writeFileSync(one, JSON.stringify(result));
  writeFileSync(merged, JSON.stringify(await mergedResult()));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("report", () => {
  it("writes one file with all results inside, titled as the experiment is or as asked for", async () => {
    const file = join(folder, "both.html");
    await output(["report", merged, one, "-o", file]);
    const html = readFileSync(file, "utf8");
    const [, json = ""] = /<script id="pagewalk-data" type="application\/json">(.*?)<\/script>/s.exec(html) ?? [];
    expect(JSON.parse(json).results.at(-1).result).toEqual(JSON.parse(JSON.stringify(result)));
    expect(html).toContain("<title>Two of all</title>");
    // What is loaded would be named, and is forbidden.
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<(script|link|img)[^>]+(src|href)="(?!data:)/);
    expect(await output(["report", merged, "--title", "A <b> & more"])).toContain("<h1>A &#60;b&#62; &#38; more</h1>");
  });

  it("writes Markdown, and reads standard input", async () => {
    const { stdout } = await pagewalk(["report", "-", "--markdown", "--title", "Mine"], { input: readFileSync(one) });
    expect(stdout).toMatch(/^# Mine\n/);
    expect(stdout).toContain("| generic | some.lk |");
  });

  it("replaces no input, and leaves nothing behind", async () => {
    const before = readFileSync(one, "utf8");
    const said = await failure(1, ["report", merged, one, "-o", one]);
    expect(said).toMatch(/run\.json: cannot be written: it is an input that is to be read/);
    expect(readFileSync(one, "utf8")).toBe(before);
    expect(readdirSync(folder).filter((name) => /tmp|~/.test(name))).toEqual([]);
  });

  it("says of more results than a browser opens what to do instead", async () => {
    const file = join(folder, "large.json");
    writeFileSync(file, `${" ".repeat(64 << 20)}${readFileSync(one, "utf8")}`);
    const said = await failure(1, ["report", one, file]);
    expect(said).toMatch(/found 65 MiB of results; expected 64 MiB at most.*--markdown, or report fewer results/);
    rmSync(file);
  });

  it("says what is wrong with a file that is none of results", async () => {
    const file = join(folder, "other.json");
    writeFileSync(file, JSON.stringify({ schema: "pagewalk/plan@1" }));
    expect(await failure(1, ["report", file])).toMatch(/other\.json: schema: .*a plan, which has no results/);
    expect(await failure(2, ["report", "-", "-"])).toContain("standard input (-) can be read only once");
    expect(await failure(2, ["report"])).toContain("missing required argument 'results'");
  });
});
