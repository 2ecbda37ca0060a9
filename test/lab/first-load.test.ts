/** What a browser fetches of the page, and when. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, onTestFinished } from "vitest";
import { it, LAB_FOLDER, missesOf } from "./lab.ts";
import { startStaticHost } from "./static-host.ts";

/** Of the page, its styles, scripts and WebAssembly, as a host sends them compressed. */
const MOST_BYTES = 150_000;

it("needs less than 150 KB to load, and no more until a trace has been run", async ({ page }) => {
  const host = await startStaticHost(LAB_FOLDER);
  onTestFinished(() => host.close());
  await page.goto(host.url, { waitUntil: "networkidle" });
  const first = [...host.requested];
  expect(first).toContain("");
  expect(first.filter((name) => /trace$|zstd|xz/.test(name))).toEqual([]);
  expect(compressedBytes(first)).toBeLessThan(MOST_BYTES);

  await page.goto(`${host.url}#trace=matmul24.lk.gz`);
  await page
    .getByText(await missesOf("matmul24.lk.gz"))
    .first()
    .waitFor();
  const all = host.requested;
  expect(all.some((name) => name.endsWith(".wasm"))).toBe(true);
  const [trace, ...others] = all.filter((name) => name.endsWith(".trace"));
  expect([trace, others]).toEqual([expect.stringMatching(/matmul24/), []]);
  expect(all.filter((name) => /zstd|xz/.test(name))).toEqual([]);
  expect(compressedBytes(all.filter((name) => name !== trace))).toBeLessThan(MOST_BYTES);
});

it("needs less than 150 KB for a link to an address, too, and nothing of that for experiments", async ({ page }) => {
  const host = await startStaticHost(LAB_FOLDER);
  onTestFinished(() => host.close());
  await page.goto(host.url, { waitUntil: "networkidle" });
  expect(host.requested.filter((name) => /address-view/.test(name))).toEqual([]);
  await page.goto(`${host.url}#explain=0x0`);
  await page.getByText("Nothing has been accessed yet").waitFor();
  expect(host.requested.some((name) => /address-view/.test(name))).toBe(true);
  expect(compressedBytes(host.requested)).toBeLessThan(MOST_BYTES);
});

it("fetches the zstd decoder with the first trace that needs it, and the xz decoder not for that", async ({ page }) => {
  const host = await startStaticHost(LAB_FOLDER);
  onTestFinished(() => host.close());
  await page.goto(`${host.url}#trace=lua_bt7.lk.zst`);
  await expect.poll(() => host.requested.some((name) => /zstd.*\.js$/.test(name))).toBe(true);
  expect(host.requested.filter((name) => /xz/.test(name))).toEqual([]);
});

function compressedBytes(names: readonly string[]): number {
  const files = new Set(names.map((name) => name || "index.html"));
  const sizes = [...files].map((name) => gzipSync(readFileSync(new URL(name, LAB_FOLDER))).length);
  return sizes.reduce((sum, size) => sum + size, 0);
}
