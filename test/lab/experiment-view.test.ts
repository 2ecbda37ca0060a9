/** The experiment view of the built page, as its users have it: what it counts is what Node counts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Locator, Page } from "playwright";
import { afterAll, beforeAll, describe, expect } from "vitest";
import {
  type Config,
  openTrace,
  type RunResult,
  type SweepConfig,
  type SweepResult,
  simulate,
  sweep,
} from "../../src/index.ts";
import { bundled } from "../helpers/traces.ts";
import { expectAccessible } from "./axe.ts";
import { it, LAB_FILE } from "./lab.ts";

/** No trace of the page's own. */
const SMALL = "sort400.lk.gz";
/** Takes a while, though it is a small file: 60 times the same. */
const LONG = "long.lk.gz";

/** What the page sweeps over unless it is told otherwise. */
const UNASKED_SWEEP = { entries: "1..4096" };

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pagewalk-"));
  const member = readFileSync(bundled("matmul24.lk.gz"));
  writeFileSync(join(folder, LONG), Buffer.concat(Array<Buffer>(60).fill(member)));
  writeFileSync(join(folder, "cut.lk.gz"), member.subarray(0, 100_000));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a trace that is dropped on the page", () => {
  it("is told what it is, and runs to the counts of Node", async ({ page, lab }) => {
    await page.goto(lab.url);
    await drop(page, SMALL);
    await page.getByText("lackey (gzip); 719,941 records").waitFor();
    await button(page, "Run").click();
    await done(page);
    expect(await savedRuns(page)).toEqual([await runInNode(SMALL)]);
    expect(await savedSweeps(page)).toEqual([await sweepInNode(SMALL)]);
  });

  it("can be cancelled, and run again to the end", async ({ page, lab }) => {
    await page.goto(lab.url);
    await choose(page, join(folder, LONG));
    await button(page, "Run").click();
    await page
      .getByText(/of 2 jobs done; [\d,]{6,} records/)
      .first()
      .waitFor();
    await button(page, "Cancel").click();
    await page.getByText("Cancelled.").first().waitFor();
    expect(await button(page, "Cancel").isDisabled()).toBe(true);
    expect(await button(page, "Runs as JSON").isEnabled()).toBe(false);
    await button(page, "Run").click();
    await done(page);
    expect(await savedRuns(page)).toEqual([await runInNode(join(folder, LONG))]);
  });

  it("that is broken off says where, and the page goes on", async ({ page, lab }) => {
    await page.goto(lab.url);
    await choose(page, join(folder, "cut.lk.gz"));
    await page
      .getByText(/cut\.lk\.gz: .*truncated|cut\.lk\.gz: .*ends/i)
      .first()
      .waitFor();
    await button(page, "Run").click();
    await page.getByText("2 of 2 jobs failed: see below.").first().waitFor();
    await button(page, "Remove cut.lk.gz").click();
    await drop(page, SMALL);
    await button(page, "Run").click();
    await done(page);
    expect(await savedRuns(page)).toEqual([await runInNode(SMALL)]);
  });
});

describe("two files of the same name", () => {
  const named = (content: Buffer) => ({ name: SMALL, mimeType: "application/octet-stream", buffer: content });
  const small = () => named(readFileSync(bundled(SMALL)));
  const other = () => named(readFileSync(bundled("matmul24.lk.gz")));

  it("are two traces, under names that tell them apart, each once", async ({ page, lab }) => {
    await page.goto(`${lab.url}#machine=generic&sweep=none`);
    for (const file of [small(), other()]) {
      await page.getByLabel(/choose files/).setInputFiles(file);
    }
    await button(page, "Remove sort400 (2).lk.gz").waitFor();
    await button(page, "Run").click();
    await done(page);
    expect(await savedRuns(page)).toEqual([
      await runInNode(SMALL),
      await runInNode("matmul24.lk.gz", {}, "sort400 (2).lk.gz"),
    ]);
  });

  it("one after the other: what runs is the one that is there", async ({ page, lab }) => {
    await page.goto(`${lab.url}#machine=generic&sweep=none`);
    const long = { ...small(), buffer: readFileSync(join(folder, LONG)) };
    await page.getByLabel(/choose files/).setInputFiles(long);
    await button(page, "Run").click();
    await page
      .getByText(/of 1 jobs? done;/)
      .first()
      .waitFor();
    await button(page, `Remove ${SMALL}`).click();
    await page.getByLabel(/choose files/).setInputFiles(other());
    await button(page, "Run").click();
    await done(page);
    expect(await savedRuns(page)).toEqual([await runInNode("matmul24.lk.gz", {}, SMALL)]);
    await button(page, `Remove ${SMALL}`).click();
    await page.getByLabel(/choose files/).setInputFiles(small());
    await page.getByText("The settings have changed").first().waitFor();
  });
});

describe("a worker that dies in the middle of a run", () => {
  it("is told, and the next run has another", async ({ page, lab }) => {
    await page.goto(`${lab.url}#machine=generic&sweep=none`);
    await choose(page, join(folder, LONG));
    await button(page, "Run").click();
    await page
      .getByText(/of 1 jobs? done; [\d,]{6,} records/)
      .first()
      .waitFor();
    await Promise.all(page.workers().map((worker) => worker.evaluate(() => self.close()).catch(() => undefined)));
    await page.getByText("generic: the worker ended unexpectedly").waitFor();
    await button(page, "Run it again").click();
    await done(page);
    expect(await savedRuns(page)).toEqual([await runInNode(join(folder, LONG))]);
  });
});

describe("a machine", () => {
  it("that cannot be is told at its field, which Run leads to", async ({ page, lab }) => {
    await page.goto(`${lab.url}#trace=matmul24.lk.gz&machine=wrong&l1d=64:5`);
    const field = machineField(page, "Data TLB");
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    await page.getByText('allowed: "full" or a divisor of the 64 entries').waitFor();
    await button(page, "Run").click();
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    await field.fill("64:4");
    expect(await field.getAttribute("aria-invalid")).toBeNull();
    await button(page, "Run").click();
    await done(page);
  });

  it("is run alone when it alone has changed", async ({ page, lab }) => {
    await page.goto(`${lab.url}#trace=matmul24.lk.gz&machine=one&machine=other&l1d=16:4&sweep=`);
    await done(page);
    await machineField(page, "Data TLB", "other").fill("32:4");
    await button(page, "Run").click();
    await page.getByText("Done: 3 jobs").first().waitFor();
    expect(await savedRuns(page)).toEqual([
      await runInNode("matmul24.lk.gz"),
      await runInNode("matmul24.lk.gz", { l1d: "32:4" }),
    ]);
  });
});

describe("a link", () => {
  it("reproduces an experiment wholly, by itself", async ({ page, lab, context }) => {
    await page.goto(lab.url);
    await page.getByLabel("take one that comes with the page").selectOption("matmul24.lk.gz");
    await machineField(page, "Second-level TLB").fill("64:4");
    await machineField(page, "Page size").selectOption("2M");
    await page.getByRole("textbox", { name: "Sizes entries" }).fill("4..64");
    await button(page, "Run").click();
    await done(page);
    const [runs, sweeps] = [await savedRuns(page), await savedSweeps(page)];
    expect(runs).toEqual([await runInNode("matmul24.lk.gz", { stlb: "64:4", pageSize: "2M" })]);
    expect(sweeps).toEqual([await sweepInNode("matmul24.lk.gz", { entries: "4..64" })]);
    const other = await context.newPage();
    await other.goto(page.url());
    await done(other);
    expect([await savedRuns(other), await savedSweeps(other)]).toEqual([runs, sweeps]);
    expect(other.url()).toBe(page.url());
  });

  it("to an experiment with a file of the user's own goes on once that is chosen", async ({ page, lab }) => {
    await page.goto(`${lab.url}#trace=${SMALL}&machine=small&l1d=16:4`);
    await page
      .getByText(`Choose ${SMALL}`)
      .or(page.getByText(`choose ${SMALL}`))
      .first()
      .waitFor();
    await choose(page, bundled(SMALL));
    await done(page);
    expect(await savedRuns(page)).toEqual([await runInNode(SMALL, { l1d: "16:4" })]);
  });

  it("that leaves to the page what it does not say can be left again by a step back", async ({ page, lab }) => {
    await page.goto(`${lab.url}#explain=0x1000`);
    await page.goto(`${lab.url}#trace=matmul24.lk.gz&sweep=none`);
    await done(page);
    await page.goBack();
    await page.getByRole("heading", { name: "The bits" }).waitFor();
    expect(page.url()).toBe(`${lab.url}#explain=0x1000`);
  });

  it("that asks for what cannot be says so, also once its trace is there", async ({ page, lab }) => {
    await page.goto(`${lab.url}#trace=matmul24.lk.gz&machine=wrong&l1d=64:5`);
    await page.getByText("lackey (gzip);").waitFor();
    await page.getByText("A setting is wrong: see what is said at it.").first().waitFor();
  });

  it("is one step of many, back and forth", async ({ page, lab }) => {
    await page.goto(`${lab.url}#trace=matmul24.lk.gz&machine=one`);
    await done(page);
    await machineField(page, "Data TLB").fill("16:4");
    await button(page, "Run").click();
    await done(page);
    await page.goBack();
    expect(await machineField(page, "Data TLB").inputValue()).toBe("");
    await page.goForward();
    expect(await machineField(page, "Data TLB").inputValue()).toBe("16:4");
  });
});

it("the page as one file does the same without a server, with a file of the user's own", async ({ page }) => {
  await page.goto(LAB_FILE.href);
  await drop(page, SMALL);
  await button(page, "Run").click();
  await done(page);
  expect(await savedRuns(page)).toEqual([await runInNode(SMALL)]);
  expect(await savedSweeps(page)).toEqual([await sweepInNode(SMALL)]);
});

it("everything is done by keyboard: a trace, a machine, a run, an address explained", async ({ page, lab }) => {
  await page.goto(lab.url);
  await tabTo(page, page.getByLabel("or take one that comes with the page"));
  await page.keyboard.type("matmul24");
  await tabTo(page, machineField(page, "Data TLB"));
  await page.keyboard.type("16:4");
  await page.keyboard.press("Control+Enter");
  await done(page);
  expect(await savedRuns(page)).toEqual([await runInNode("matmul24.lk.gz", { l1d: "16:4" })]);
  await tabTo(page, page.getByRole("application"));
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "The walk" }).waitFor();
  await page.goBack();
  await button(page, "Run").waitFor();
});

describe.each(["light", "dark"] as const)("in %s colours", (colorScheme) => {
  it.for([360, 1280, 2560])(
    "nothing keeps anybody out at %d px, nor is anything wider",
    async (width, { page, lab }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.goto(lab.url);
      await expectAccessible(page);
      await page.goto(`${lab.url}#trace=matmul24.lk.gz&machine=one&machine=wrong&stlb=7:3&sweep=`);
      await page.getByText("got 3").waitFor();
      await expectAccessible(page);
      await machineField(page, "Second-level TLB", "wrong").fill("64:4");
      await button(page, "Run").click();
      await done(page);
      for (const summary of await page.locator("summary").all()) await summary.click();
      await expectAccessible(page);
    },
  );
});

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

/** The first machine's, unless it is called otherwise. */
function machineField(page: Page, label: string, machine?: string) {
  const machines =
    machine === undefined ? page.locator("fieldset") : page.getByRole("group", { name: machine, exact: true });
  return machines.first().getByLabel(label);
}

/** Resolves when all jobs have ended well. */
async function done(page: Page): Promise<void> {
  await page
    .getByText(/^Done: /)
    .first()
    .waitFor();
}

async function choose(page: Page, path: string): Promise<void> {
  await page.getByLabel(/choose files/).setInputFiles(path);
}

/** Drops a bundled trace on the page, as from a folder. */
async function drop(page: Page, trace: string): Promise<void> {
  const base64 = readFileSync(bundled(trace)).toString("base64");
  const dataTransfer = await page.evaluateHandle(
    ([name, content]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(atob(content), (character) => character.charCodeAt(0))], name));
      return transfer;
    },
    [trace, base64] as const,
  );
  await page.dispatchEvent("main h2", "drop", { dataTransfer });
}

/** Presses Tab until `wanted` has the focus. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  for (let presses = 0; presses < 100; presses++) {
    await page.keyboard.press("Tab");
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`Tab does not lead to ${wanted}`);
}

/** What the page saves as JSON, without what no two runs share. */
async function saved<Result extends RunResult | SweepResult>(page: Page, name: string): Promise<unknown[]> {
  const [download] = await Promise.all([page.waitForEvent("download"), button(page, name).click()]);
  const text = readFileSync(await download.path(), "utf8");
  const results: Result | Result[] = JSON.parse(text);
  return (Array.isArray(results) ? results : [results]).map(comparable);
}

const savedRuns = (page: Page) => saved<RunResult>(page, "Runs as JSON");
const savedSweeps = (page: Page) => saved<SweepResult>(page, "Sweeps as JSON");

/** `name`: what the page calls the trace, if not as the file is called. */
async function runInNode(trace: string, config: Config = {}, name = basename(pathOf(trace))): Promise<unknown> {
  const result = await simulate(await openTrace(pathOf(trace)), config, { profile: true });
  return comparable({ ...result, trace: { ...result.trace, path: name } });
}

async function sweepInNode(trace: string, config: SweepConfig = UNASKED_SWEEP): Promise<unknown> {
  return comparable(await sweep(await openTrace(pathOf(trace)), config));
}

function pathOf(trace: string): string {
  return trace.includes("/") ? trace : bundled(trace);
}

/** `result` as JSON has it, but for its time and for where its trace lies. */
function comparable({ time: _, trace, ...counts }: RunResult | SweepResult): unknown {
  return JSON.parse(JSON.stringify({ ...counts, trace: { ...trace, path: trace.path.replace(/^.*\//, "") } }));
}
