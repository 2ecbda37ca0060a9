import { playwright } from "@vitest/browser-playwright";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";
import { CHROMIUM_FLAGS, type Chromium, findChromium } from "./test/browser/chromium.ts";

// As the page will be served: SharedArrayBuffer exists only with these headers.
const ISOLATION = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

// What the worker imports. Vite finds a worker's packages only when the worker starts, and then reloads the page under
// the running test, unless it is told of them.
const WORKER_PACKAGES = ["comlink", "pako", "xz-decompress", "zstddec/stream"];

// For what hangs. No test takes long, but some start processes, and the machine may be busy.
const TIMEOUT_MS = 120_000;
/** As long as a page may take to show what it was asked for. */
const POLL_MS = 30_000;

const node: TestProjectConfiguration = {
  test: {
    name: "node",
    include: ["test/**/*.test.ts"],
    exclude: ["test/browser/**", "test/lab/**", "test/slurm/**"],
    testTimeout: TIMEOUT_MS,
  },
};

/** The tests in test/browser: the library, in a page that the test runner serves. */
function browser(chromium: Chromium): TestProjectConfiguration {
  return {
    server: { headers: ISOLATION },
    optimizeDeps: { include: WORKER_PACKAGES },
    test: {
      name: "browser",
      include: ["test/browser/**/*.test.ts"],
      testTimeout: TIMEOUT_MS,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: { ...chromium, args: CHROMIUM_FLAGS } }),
        instances: [{ browser: "chromium" }],
      },
    },
  };
}

/** The tests in test/lab: the built page, from outside. */
function lab(chromium: Chromium): TestProjectConfiguration {
  return {
    test: {
      name: "lab",
      include: ["test/lab/**/*.test.ts"],
      testTimeout: TIMEOUT_MS,
      expect: { poll: { timeout: POLL_MS } },
      provide: { chromium },
    },
  };
}

/** The projects that need a browser. Where none is to be had they are skipped, which must not go unnoticed. */
async function inChromium(): Promise<TestProjectConfiguration[]> {
  try {
    const chromium = await findChromium();
    return [browser(chromium), lab(chromium)];
  } catch (error) {
    if (process.env.CI || process.env.CHROME) throw error;
    const warn = () => process.stderr.write(`\n*** ALL BROWSER TESTS ARE SKIPPED: ${(error as Error).message} ***\n\n`);
    warn();
    process.once("exit", warn); // again, below the results
    return [];
  }
}

// Vitest leaves one core to itself, which of two is half; it needs next to nothing.
export default defineConfig(async () => ({ test: { maxWorkers: "100%", projects: [node, ...(await inChromium())] } }));
