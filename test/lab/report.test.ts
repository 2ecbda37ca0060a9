/** A report in a browser, from a disk and without a network: its numbers are those of the results. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Download, Locator, Page } from "playwright";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { resultsIn } from "../../src/report/entries.ts";
import { count, decimal, percent } from "../../src/report/format.ts";
import { hitRate, mpki } from "../../src/report/metrics.ts";
import { reportDataOf } from "../../src/report/report-data.ts";
import { reportPieces } from "../../src/report/report-html.ts";
import type { RunResult, SweepResult } from "../../src/report/results.ts";
import { parsed, run, sweepOf } from "../report/real-results.ts";
import { expectAccessible } from "./axe.ts";
import { it as inLab } from "./lab.ts";

const TEMPLATE = new URL("../../dist/report.html", import.meta.url);
const REGIONS = [
  { name: "heap", start: 0x10000n, end: 0x40000n },
  { name: "</script><img src=x onerror=alert(1)>", start: 0x400000n, end: 0x410000n },
].map((region) => ({ ...region, permissions: "rwx", file: null, fromRecord: 0, toRecord: null }));

/** What the machine is called that has a CPU and options. */
const SMALL = "generic l1d=8:4 stlb=32:4";
const nameOf = ({ config }: RunResult) => (config.cpu === "generic" ? SMALL : config.cpu);

let folder: string;
let runs: RunResult[];
let sweeps: SweepResult[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pagewalk-report-"));
  const attributed = { by: "region,kind", interval: 500, regions: REGIONS };
  const of = <Result extends RunResult | SweepResult>(result: Result, path: string) => ({
    ...result,
    trace: { ...result.trace, path },
  });
  runs = [
    of(await run({ l1d: "8:4", stlb: "32:4" }, attributed), "a/x.lk"),
    of(await run({ cpu: "skylake" }, attributed), "a/x.lk"),
    of(await run({ cpu: "zen2" }, attributed), "a/x.lk"),
    of(await run({ l1d: "8:4", stlb: "32:4" }, { profile: true }), "a/y.lk"),
    of(await run({ cpu: "skylake" }), "a/y.lk"),
  ];
  sweeps = [of(await sweepOf({ entries: "8..64" }), "a/x.lk")];
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a report of `results` and returns its address. */
function written(results: readonly object[], title?: string): string {
  const file = join(folder, `${Math.random()}.html`);
  const data = reportDataOf([resultsIn(parsed(results), "results.json", 0)], title);
  writeFileSync(file, [...reportPieces(readFileSync(TEMPLATE, "utf8"), data)].join(""));
  return pathToFileURL(file).href;
}

/** As in the lab; besides, nothing may be asked for but the file, and the policy must not have been broken. */
const it = inLab.extend<{ open: (results?: readonly object[], title?: string) => Promise<void> }>({
  open: async ({ page, context, problems }, use) => {
    await context.setOffline(true);
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
        console.error(`policy: ${violatedDirective} ${blockedURI}`),
      );
    });
    await use(async (results = [...runs, ...sweeps], title) => {
      await page.goto(written(results, title));
      await page.getByRole("heading", { name: "Take it along" }).waitFor();
    });
    problems.push(...asked.filter((url) => !/^(blob|data):/.test(url)).slice(1));
  },
});

describe("a report", () => {
  it("has the numbers of all runs, as they are printed and, saved, exactly", async ({ page, open }) => {
    await open();
    const rows = await rowsOf(page, "All runs");
    expect(rows.map((row) => [row.machine, row.trace])).toEqual(
      runs.map((run) => [nameOf(run), run.trace.path.slice(2)]),
    );
    for (const [index, { walks, faults, trace }] of runs.entries()) {
      expect(rows[index]).toMatchObject({
        walks: count(walks.count),
        "walk refs": count(walks.references),
        "walks/1k": decimal(mpki(walks.count, trace.instructions), 3),
        "minor faults": count(faults.minor),
      });
    }
    const tlbs = csvRows(await saved(page, "TLBs as CSV"));
    const expected = runs.flatMap(({ trace, tlbs }) =>
      tlbs.map(({ name, lookups, hits, misses }) => [trace.path, name, lookups, hits, misses].map(String)),
    );
    expect(tlbs.map((row) => ["trace", "tlb", "lookups", "hits", "misses"].map((name) => row[name]))).toEqual(expected);
    expect(JSON.parse(await saved(page, "All results as JSON"))).toEqual(parsed([...runs, ...sweeps]));
  });

  it("compares machines by any metric, sorted by any column", async ({ page, open }) => {
    await open();
    await page.getByLabel("Compare").selectOption("walks");
    const counts = (cpu: string) =>
      ["a/x.lk", "a/y.lk"].map((path) => {
        const found = runs.find(({ trace, config }) => trace.path === path && config.cpu === cpu);
        return found === undefined ? "n/a" : count(found.walks.count);
      });
    const [generic, skylake, zen2] = ["generic", "skylake", "zen2"].map(counts);
    const rows = await rowsOf(page, "Walks");
    expect(rows.map((row) => row[SMALL])).toEqual(generic);
    expect(rows.map((row) => row.skylake)).toEqual(skylake);
    expect(rows.map((row) => row.zen2)).toEqual(zen2);
    expect(zen2?.[1]).toBe("n/a");

    const all = table(page, "All runs");
    await all.getByRole("button", { name: "walks", exact: true }).click();
    const walks = (await rowsOf(page, "All runs")).map((row) => Number(row["walks▼"]?.replaceAll(",", "")));
    expect(walks).toEqual(runs.map((run) => run.walks.count).sort((a, b) => b - a));
    expect(await all.locator("th[aria-sort]").getAttribute("aria-sort")).toBe("descending");
    await page.keyboard.press("Enter"); // the head has kept the focus
    expect(await all.locator("th[aria-sort]").getAttribute("aria-sort")).toBe("ascending");
  });

  it("has every result's own tables and its command", async ({ page, open }) => {
    await open();
    const details = page.locator("details.result");
    expect(await details.count()).toBe(runs.length + sweeps.length);
    for (const [index, { tlbs }] of runs.entries()) {
      const one = details.nth(index);
      await one.locator("summary").click();
      const rows = await rowsOf(one, "TLBs");
      expect(rows.map(({ TLB, lookups, misses }) => [TLB, lookups, misses])).toEqual(
        tlbs.map(({ name, lookups, misses }) => [name, count(lookups), count(misses)]),
      );
      // Rates of a column have as many decimals as the most demanding needs.
      for (const [at, { hits, lookups }] of tlbs.entries())
        expect(Number.parseFloat(rows[at]?.["hit rate"] ?? "")).toBeCloseTo(
          Number.parseFloat(percent(hitRate(hits, lookups), 4)),
          1,
        );
    }
    await details.last().locator("summary").click();
    expect(await details.last().locator("pre").innerText()).toMatch(/^pagewalk sweep a\/x\.lk/);
  });

  it("has the points of sweeps as curves, which tell their values, and as tables", async ({ page, open }) => {
    await open();
    const figure = page.locator("figure", { hasText: "Misses against entries" });
    const [{ points } = { points: [] }] = sweeps;
    expect(await figure.getByRole("img").getAttribute("aria-label")).toMatch(
      /stlb=32:4: L1D 8:4.*skylake: L1D 64:4.*zen2/,
    );
    await figure.getByText("Table", { exact: true }).click();
    const rows = await rowsOf(figure, /^Misses, 4K/);
    expect(points.length).toBeGreaterThan(8);
    for (const { entries, ways, sets, misses } of points) {
      const label = sets === 1 ? "full" : ways === 1 ? "1 way" : `${ways} ways`;
      expect(rows.find((row) => row.entries === String(entries))?.[label]).toBe(count(misses));
    }
    const plot = figure.locator(".u-over");
    await plot.scrollIntoViewIfNeeded();
    const box = (await plot.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await page.mouse.move(box.x + 2, box.y + box.height / 2);
    await figure.getByText("entries: 8", { exact: true }).waitFor();
    const direct = points.find(({ entries, ways }) => entries === 8 && ways === 1);
    expect(await figure.getByRole("listitem").first().innerText()).toContain(percent(direct?.missRatio ?? null));
    const saving = page.waitForEvent("download");
    await figure.getByRole("button", { name: /^Save JSON/ }).click();
    expect(JSON.parse(await textOf(await saving)).points).toEqual(parsed(points));
  });

  it("tells who missed, of machines side by side and of each alone, and when", async ({ page, open }) => {
    await open();
    await page.getByLabel(/^By /).selectOption("kind");
    const beside = await rowsOf(page, /^Walk references by kind/);
    for (const row of runs[1]?.by?.kind ?? []) {
      expect(beside.find(({ "kind of access": name }) => name === row.name)?.skylake).toBe(count(row.walkReferences));
    }
    await page.getByLabel(/^Machines (?!side)/).selectOption({ label: SMALL });
    const alone = await rowsOf(page, /^Misses by kind/);
    expect(alone.map((row) => [row["kind of access"], row["L1 misses"], row["STLB misses"]])).toEqual(
      runs[0]?.by?.kind?.map((row) => [row.name, count(row.l1Misses), count(row.stlbMisses)]),
    );
    expect(await page.locator("figure", { hasText: "Misses over time" }).locator("canvas").count()).toBe(2);
    expect(await page.getByRole("application").getAttribute("aria-label")).toMatch(/^L1 misses of generic/);
    const series = csvRows(await saved(page, "Series as CSV"));
    expect(series.filter(({ run }) => run === "1").map(({ stlbMisses }) => Number(stlbMisses))).toEqual(
      runs[0]?.series?.intervals.map((interval) => interval.stlbMisses),
    );
  });

  it("takes names for text, whatever they are", async ({ page, open }) => {
    const hostile = "</script><img src=x onerror=\"document.title='got in'\"><!--<script>&amp;\u2028{{pagewalk:title}}";
    const results = runs.slice(0, 2).map((result) => ({ ...result, trace: { ...result.trace, path: hostile } }));
    await open(results, hostile);
    expect(await page.title()).toContain("</script><img");
    expect(await page.locator("img[onerror], img[src=x]").count()).toBe(0);
    const shown = hostile.replace("\u2028", "\\u{2028}");
    expect((await rowsOf(page, "Traces")).map(({ path }) => path)).toEqual([shown]);
    await page.getByLabel(/^By /).selectOption("region");
    expect(await table(page, /^Walk references by region/).innerText()).toContain(
      "</script><img src=x onerror=alert(1)>",
    );
  });

  it("is accessible, light and dark, wide and narrow, and with all of it open", async ({ page, open }) => {
    await open([...runs.slice(0, 2), ...sweeps]);
    await page.evaluate(() => {
      for (const details of document.querySelectorAll("details")) details.open = true;
    });
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 360, height: 800 });
    await expectAccessible(page);
  });

  it("is printed with all that is folded, without what is pressed, as wide as the paper", async ({ page, open }) => {
    await page.setViewportSize({ width: 680, height: 900 });
    await open();
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
    expect(await page.locator("details.result:not([open]), details.terms:not([open])").count()).toBe(0);
    expect(
      await page.locator("figure button:visible, .pager:visible, .table-actions:visible, select:visible").count(),
    ).toBe(0);
    expect(await page.getByText("paging-structure caches help").isVisible()).toBe(true);
    const pictures = page.locator(".paper-picture");
    expect(await pictures.count()).toBe(3);
    for (const picture of await pictures.all()) {
      expect(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
      expect(await picture.isVisible()).toBe(true);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(680);
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe("rgb(255, 255, 255)");
    await page.evaluate(() => dispatchEvent(new Event("afterprint")));
    expect(await page.locator("details[open]").count()).toBe(0);
    expect((await page.pdf({ format: "A4" })).subarray(0, 5).toString()).toBe("%PDF-");
  });

  it("has tables without scripts, too", async ({ browser }) => {
    const context = await browser.newContext({ javaScriptEnabled: false, offline: true });
    const page = await context.newPage();
    await page.goto(written([...runs, ...sweeps], "Without"));
    expect(await page.getByRole("heading", { level: 1 }).innerText()).toBe("Without");
    expect((await rowsOf(page, "All runs")).map((row) => row.walks)).toEqual(
      runs.map(({ walks }) => count(walks.count)),
    );
    await context.close();
  });

  it("stays usable with more than a thousand results: few rows are shown, and all are found", async ({
    page,
    open,
  }) => {
    const [first] = runs as [RunResult];
    const many = Array.from({ length: 1200 }, (_, index): RunResult => {
      const { by, series, ...plain } = first;
      const config = { ...first.config, cpu: `cpu${index % 40}` };
      return {
        ...plain,
        config,
        trace: { ...first.trace, path: `t/${index}.lk` },
        walks: { ...first.walks, count: 100 + index },
      };
    });
    await open(many);
    expect(await page.locator("tr").count()).toBeLessThan(200);
    expect(await page.locator("canvas").count()).toBeLessThan(10);
    const all = page.locator(".sorted-table", { has: page.locator("caption", { hasText: "All runs" }) });
    await all.getByRole("button", { name: "walks", exact: true }).click();
    expect((await rowsOf(page, "All runs"))[0]).toMatchObject({ trace: "1199.lk", "walks▼": "1,299" });
    await all.getByRole("button", { name: "Next" }).click();
    expect(await all.getByRole("status").first().innerText()).toBe("Rows 26 to 50 of 1,200");
    await page.getByLabel("Only those with").fill("777.lk");
    expect(await page.locator("details.result summary").allInnerTexts()).toEqual([
      expect.stringMatching(/^cpu17.*, 777\.lk$/),
    ]);
    expect(csvRows(await saved(page, "Runs as CSV"))).toHaveLength(1200);
  });
});

function table(place: Page | Locator, title: string | RegExp): Locator {
  return place.getByRole("table", { name: title, ...(typeof title === "string" ? { exact: true } : {}) });
}

/** The rows of a table by the heads of its columns. */
async function rowsOf(place: Page | Locator, title: string | RegExp): Promise<Record<string, string>[]> {
  return table(place, title).evaluate((element) => {
    const texts = (row: Element) => [...row.children].map((cell) => cell.textContent ?? "");
    const [head] = [...element.querySelectorAll("thead tr")].map(texts);
    return [...element.querySelectorAll("tbody tr")].map((row) =>
      Object.fromEntries(texts(row).map((text, column) => [head?.[column] ?? "", text])),
    );
  });
}

async function saved(page: Page, button: string): Promise<string> {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: button, exact: true }).click();
  return textOf(await download);
}

async function textOf(download: Download): Promise<string> {
  return readFileSync(await download.path(), "utf8");
}

/** Rows of CSV in which nothing is quoted. */
function csvRows(csv: string): Record<string, string>[] {
  const [head = [], ...rows] = csv
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  return rows.map((row) => Object.fromEntries(row.map((text, column) => [head[column] ?? "", text])));
}
