/** The pictures of README are of the page as it is built: `PAGEWALK_PICTURES=1 npx vitest run --project lab` takes them anew. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect } from "vitest";
import { it } from "./lab.ts";

const PICTURES = [
  {
    file: "lab-experiment.png",
    hash: "#trace=ptrchase.lk.gz&machine=generic&machine=small&l1d=16:4&stlb=64:4&sweep=&entries=1..4096",
    shown: "Done: 3 jobs",
    height: 1150,
  },
  {
    file: "lab-explain.png",
    hash: "#explain=0x7f1234104010&access=write",
    shown: "Rights, all levels together",
    height: 1640,
  },
];

const isAsked = process.env.PAGEWALK_PICTURES !== undefined;

describe.each(PICTURES)("$file", ({ file, hash, shown, height }) => {
  const path = fileURLToPath(new URL(`../../docs/${file}`, import.meta.url));

  it("shows what the page shows now", async ({ page, lab }) => {
    await page.setViewportSize({ width: 1280, height });
    await page.goto(lab.url + hash);
    await page.getByText(shown).first().waitFor();
    if (isAsked) await page.screenshot({ path });
    expect(existsSync(path)).toBe(true);
  });
});
