/** The pictures of an experiment, in the page as it is built, under its content security policy. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright";
import { beforeEach, describe, expect } from "vitest";
import { it, missesOf } from "./lab.ts";

const EXPERIMENT = "#trace=matmul24.lk.gz&machine=small&l1d=16:4&stlb=64:4&machine=big&sweep=&entries=4..1024";
const CURVE = "Misses against entries";
const HEAT_MAP = "Misses over addresses and time";

beforeEach<{ page: Page; lab: { url: string } }>(async ({ page, lab }) => {
  await page.goto(lab.url + EXPERIMENT);
  await figure(page, CURVE).waitFor();
  await figure(page, HEAT_MAP).waitFor();
});

describe("the curve", () => {
  it("says to those who do not see it what the curve says, and what the machines are marked at", async ({ page }) => {
    const chart = figure(page, CURVE).getByRole("img");
    const misses = Number((await missesOf("matmul24.lk.gz")).replaceAll(",", ""));
    expect(misses).toBeGreaterThan(0);
    await expect.poll(() => chart.getAttribute("aria-label")).toMatch(/^miss ratio against entries, matmul24/);
    expect(await chart.getAttribute("aria-label")).toMatch(/small: L1D 16:4: .*%.*big: STLB 1536:12: .*%/);
    await figure(page, CURVE).getByLabel("Show").selectOption("MPKI");
    await expect.poll(() => chart.getAttribute("aria-label")).toMatch(/^MPKI against entries/);
  });

  it("has lines that the keyboard turns off and on, and that stay off when the axis changes", async ({ page }) => {
    const line = figure(page, CURVE).getByRole("button", { name: "4 ways", exact: true });
    await line.focus();
    await page.keyboard.press("Enter");
    expect(await line.getAttribute("aria-pressed")).toBe("false");
    await figure(page, CURVE).getByLabel("Axis").selectOption("linear");
    expect(await line.getAttribute("aria-pressed")).toBe("false");
    await line.press("Enter");
    expect(await line.getAttribute("aria-pressed")).toBe("true");
  });

  it("tells the values of all lines where the mouse is", async ({ page }) => {
    const plot = figure(page, CURVE).locator(".u-over");
    await plot.scrollIntoViewIfNeeded();
    const box = await plot.boundingBox();
    if (box === null) throw new Error("the plot has no place");
    // Half of the way from 4 to 1024 entries, on a logarithmic axis that reaches to the STLB of 1536: near 64.
    await page.mouse.move(box.x + box.width * 0.47, box.y + box.height / 2);
    await figure(page, CURVE).getByText("entries: 64").waitFor();
    expect(await figure(page, CURVE).getByRole("listitem").allInnerTexts()).toContainEqual(
      expect.stringMatching(/^full\s+\d+\.\d+%$/),
    );
  });

  it("is the same as a table", async ({ page }) => {
    await figure(page, CURVE).getByText("Table", { exact: true }).click();
    const table = figure(page, CURVE).getByRole("table", { name: /^Machines: matmul24/ });
    expect(await table.getByRole("rowheader").allInnerTexts()).toEqual([
      ...["small: L1D 16:4", "small: STLB 64:4", "big: L1D 64:4", "big: STLB 1536:12"],
    ]);
  });
});

describe("a picture", () => {
  it("can be saved in every form that it has", async ({ page }) => {
    const starts = { CSV: /^trace,/, JSON: /^[[{]\n/, SVG: /^<svg /, PNG: /^\x89PNG/ };
    for (const [title, forms] of [
      ["Hit rates", ["CSV", "JSON", "SVG", "PNG"]],
      [CURVE, ["CSV", "JSON", "SVG", "PNG"]],
      ["Misses over time", ["CSV", "JSON", "SVG", "PNG"]],
      [HEAT_MAP, ["CSV", "JSON", "PNG"]],
    ] as const) {
      for (const form of forms) {
        const saved = page.waitForEvent("download");
        await page.getByRole("button", { name: `Save ${form}: ${title}`, exact: true }).click();
        const bytes = readFileSync(await (await saved).path());
        expect(bytes.toString("latin1"), `${form} of ${title}`).toMatch(starts[form]);
        expect(bytes.length).toBeGreaterThan(200);
      }
    }
  });

  it("fits a narrow page, and is drawn anew when that grows or turns dark", async ({ page }) => {
    await page.setViewportSize({ width: 360, height: 800 });
    const canvas = figure(page, CURVE).locator("canvas");
    const width = () => canvas.evaluate((element) => element.getBoundingClientRect().width);
    await expect.poll(width).toBeLessThan(360);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    await page.setViewportSize({ width: 1000, height: 800 });
    await expect.poll(width).toBeGreaterThan(500);
    const ofLine = () => canvas.evaluate((element) => (element as HTMLCanvasElement).toDataURL());
    const light = await ofLine();
    await page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(ofLine).not.toBe(light);
  });
});

describe("the heat map", () => {
  it("tells by keyboard what a cell is, and explains its address", async ({ page }) => {
    const map = figure(page, HEAT_MAP).getByRole("application");
    const readout = figure(page, HEAT_MAP).getByRole("status");
    await expect.poll(() => map.getAttribute("aria-label")).toMatch(/^L1 misses of small from 0x/);
    await map.focus();
    const first = await readout.innerText();
    expect(first).toMatch(/^0x\w+ to 0x\w+ \([\d.]+ [KMGT]iB\), records 1 to [\d,]+: [\d,]+ L1 misses$/);
    await map.press("ArrowDown");
    const second = await readout.innerText();
    expect(second).not.toBe(first);
    await map.press("ArrowUp");
    expect(await readout.innerText()).toBe(first);
    const [address = ""] = first.split(" ");
    await map.press("Enter");
    await expect.poll(() => page.url()).toContain(`#explain=${address}`);
  });

  it("shows the misses of the STLB, and of any machine", async ({ page }) => {
    const map = figure(page, HEAT_MAP).getByRole("application");
    await figure(page, HEAT_MAP).getByLabel("Show").selectOption("STLB misses");
    await expect.poll(() => map.getAttribute("aria-label")).toMatch(/^STLB misses of small from 0x/);
    await figure(page, HEAT_MAP).getByLabel("Machine").selectOption("big");
    await expect.poll(() => map.getAttribute("aria-label")).toMatch(/^STLB misses of big from 0x/);
  });
});

function figure(page: Page, title: string) {
  return page.locator("figure", { has: page.locator("figcaption", { hasText: new RegExp(`^${title}$`) }) });
}
