/**
 * The built page in a browser, for end-to-end tests: `it` gives each test a page of its own, nothing opened in it yet, and
 * fails the test if that page had anything to complain about.
 */
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { it as base, expect, inject } from "vitest";
import { type Lab, serveLab } from "../../dist/cli/lab-server.js";
import { openTrace, simulate } from "../../dist/index.js";
import { count } from "../../src/report/format.ts";
import { plainTlbs } from "../../src/report/tlb-levels.ts";
import { CHROMIUM_FLAGS, type Chromium } from "../browser/chromium.ts";
import { bundled } from "../helpers/traces.ts";

/** For what hangs, not for what is slow: the computer may be busy. */
const HANGS_MS = 100_000;

declare module "vitest" {
  interface ProvidedContext {
    chromium: Chromium;
  }
}

/** The page as a folder, and as one file. */
export const LAB_FOLDER = new URL("../../dist/lab/", import.meta.url);
export const LAB_FILE = new URL("../../dist/lab.html", import.meta.url);

interface Fixtures {
  /** The running browser, shared by the tests of a file. */
  browser: Browser;
  /** Our own server of the page, shared by the tests of a file. */
  lab: Lab;
  context: BrowserContext;
  page: Page;
  /**
   * Errors and warnings in the console, uncaught errors, and requests to where the page does not come from. A test that
   * provokes some takes them out: `problems.splice(0)`.
   */
  problems: string[];
}

export const it = base.extend<Fixtures>({
  browser: [
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures are needed
    async ({}, use) => {
      // No name leads anywhere: what leaves the machine fails, whatever the page is allowed to do.
      const args = [...CHROMIUM_FLAGS, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];
      const browser = await chromium.launch({ ...inject("chromium"), args });
      await use(browser);
      await browser.close();
    },
    { scope: "file" },
  ],
  lab: [
    // biome-ignore lint/correctness/noEmptyPattern: as above
    async ({}, use) => {
      const lab = await serveLab(fileURLToPath(LAB_FOLDER), 0);
      await use(lab);
      await lab.close();
    },
    { scope: "file" },
  ],
  context: async ({ browser }, use) => {
    const context = await browser.newContext();
    context.setDefaultTimeout(HANGS_MS);
    await use(context);
    await context.close();
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  problems: async ({}, use) => use([]),
  page: async ({ context, problems }, use) => {
    const page = await context.newPage();
    collectProblems(page, problems);
    await use(page);
    expect(problems, "what the page complained about").toEqual([]);
  },
});

function collectProblems(page: Page, problems: string[]): void {
  /** The first page that was opened. */
  let home: URL | null = null;
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    home ??= url;
    if (!isOwn(url, home)) problems.push(`request: ${url.href}`);
  });
}

function isOwn(url: URL, home: URL): boolean {
  if (url.protocol === "data:" || url.protocol === "blob:") return true;
  return home.protocol === "file:" ? url.pathname === home.pathname : url.origin === home.origin;
}

/** L1D misses that Node counts in a bundled trace, as the page must write them: nobody counts the same by chance. */
export async function missesOf(trace: string): Promise<string> {
  const [, l1d] = plainTlbs(await simulate(await openTrace(bundled(trace))));
  return count(l1d.misses);
}
