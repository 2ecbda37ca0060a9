/** What is where on the page, and stays there. */
import { readFileSync } from "node:fs";
import type { Page } from "playwright";
import { describe, expect } from "vitest";
import { TERMS } from "../../src/report/terms.ts";
import { bundled } from "../helpers/traces.ts";
import { it } from "./lab.ts";

const EXPERIMENT = "#trace=matmul24.lk.gz&trace=ptrchase.lk.gz&machine=small&l1d=16:4&machine=big&sweep=4K";

/** Of all that moved without the user's doing; 0.1 is what web.dev calls good. */
const MOST_SHIFT = 0.02;

async function done(page: Page): Promise<void> {
  await page
    .getByText(/^Done: /)
    .first()
    .waitFor();
}

/** Takes a while, though it is a small file: many times the same. */
function longTrace() {
  const member = readFileSync(bundled("matmul24.lk.gz"));
  return { name: "long.lk.gz", mimeType: "", buffer: Buffer.concat(Array<Buffer>(60).fill(member)) };
}

describe.each([360, 1280, 2560])("at %d px", (width) => {
  it("nothing moves while results arrive", async ({ page, lab }) => {
    await page.setViewportSize({ width, height: 900 });
    await page.addInitScript(() => {
      Object.assign(globalThis, { shift: 0 });
      new PerformanceObserver((list) => {
        const shifts = list.getEntries() as (PerformanceEntry & { value: number })[];
        for (const { value } of shifts) (globalThis as unknown as { shift: number }).shift += value;
      }).observe({ type: "layout-shift", buffered: true });
    });
    await page.goto(lab.url + EXPERIMENT);
    await done(page);
    await page.locator(".pictures figure").last().waitFor();
    expect(await page.evaluate(() => (globalThis as unknown as { shift: number }).shift)).toBeLessThan(MOST_SHIFT);
  });
});

it("the curve has its place as soon as it is asked for, in sight on a phone, too", async ({ page, lab }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`${lab.url}#machine=generic&sweep=4K`);
  await page.getByLabel(/choose files/).setInputFiles(longTrace());
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const place = page.locator(".chart-place.to-come");
  await place.waitFor();
  const box = await place.boundingBox();
  expect(box?.y).toBeLessThan(740);
  await done(page);
  expect(await place.count()).toBe(0);
  expect(await page.locator(".chart-place").first().boundingBox()).toMatchObject({ height: box?.height });
});

it("a trace that cannot be read is told once, without a table of nothing", async ({ page, lab }) => {
  await page.goto(`${lab.url}#machine=one&machine=other&l1d=16:4&sweep=4K`);
  const cut = readFileSync(bundled("matmul24.lk.gz")).subarray(0, 100_000);
  await page.getByLabel(/choose files/).setInputFiles({ name: "cut.lk.gz", mimeType: "", buffer: cut });
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByText("3 of 3 jobs failed: see below.").first().waitFor();
  const results = page.getByRole("region", { name: "Results of cut.lk.gz" });
  await results.getByText("one: failed for the same reason").waitFor();
  expect(await results.getByText(/truncated/).count()).toBe(1);
  expect(await results.getByRole("table").count()).toBe(0);
});

it("the words of results are explained beside them", async ({ page, lab }) => {
  await page.goto(`${lab.url}#trace=matmul24.lk.gz&machine=one&sweep=none`);
  await done(page);
  await page.getByText("What the words mean").click();
  const [, [term, meaning] = ["", ""]] = TERMS;
  await page.getByText(term, { exact: true }).waitFor();
  await page.getByText(meaning, { exact: true }).waitFor();
});

it("another view begins at its top, with the focus in it, and the way back leads to where one was", async ({
  page,
  lab,
}) => {
  await page.goto(`${lab.url}#trace=matmul24.lk.gz&machine=one&sweep=4K`);
  await done(page);
  const map = page.getByRole("application");
  await map.focus();
  const scrolled = () => page.evaluate(() => Math.round(scrollY));
  await expect.poll(scrolled).toBeGreaterThan(500);
  const before = await scrolled();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "The walk" }).waitFor();
  expect(await scrolled()).toBe(0);
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("MAIN");
  expect(await page.title()).toMatch(/^Explain an address/);
  await page.goBack();
  await expect.poll(scrolled).toBe(before);
});
