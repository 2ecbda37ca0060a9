/** The built page wherever it may lie: our own server, a static host, a file. */
import { describe, expect, onTestFinished } from "vitest";
import { it, LAB_FILE, LAB_FOLDER, missesOf } from "./lab.ts";
import { startStaticHost } from "./static-host.ts";

describe.each(["lua_bt7.lk.zst", "matmul24.lk.gz"])("a run of %s in the worker", (trace) => {
  it("gives Node's counts where our own server sends the page, which is isolated", async ({ page, lab }) => {
    await page.goto(`${lab.url}#trace=${trace}`);
    await page
      .getByText(await missesOf(trace))
      .first()
      .waitFor();
    expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(true);
  });

  it("gives Node's counts on a static host, below any path, where nothing is isolated", async ({ page }) => {
    const host = await startStaticHost(LAB_FOLDER);
    onTestFinished(() => host.close());
    await page.goto(`${host.url}#trace=${trace}`);
    await page
      .getByText(await missesOf(trace))
      .first()
      .waitFor();
    expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(false);
  });

  it("gives Node's counts where the page is one file, without a server", async ({ page }) => {
    await page.goto(`${LAB_FILE.href}#trace=${trace}`);
    await page
      .getByText(await missesOf(trace))
      .first()
      .waitFor();
  });
});

describe("the page's policy", () => {
  /** Each tries what a page that was tricked would try; true if it worked. */
  const attempts = {
    "a script in an attribute": () => {
      document.body.insertAdjacentHTML("beforeend", '<img src="data:," onerror="globalThis.tricked = true">');
      return new Promise((resolve) => setTimeout(() => resolve("tricked" in globalThis), 100));
    },
    "a script element": () => {
      const script = document.createElement("script");
      script.textContent = "globalThis.tricked = true";
      document.head.append(script);
      return "tricked" in globalThis;
    },
    "text as code": () =>
      // Later: what a test evaluates may itself evaluate.
      new Promise((resolve) => {
        setTimeout(() => {
          try {
            resolve(new Function("return true")());
          } catch (error) {
            resolve(false);
            throw error;
          }
        });
      }),
    "a style element": () => {
      document.head.insertAdjacentHTML("beforeend", "<style>body { outline: 7px solid }</style>");
      return getComputedStyle(document.body).outlineWidth === "7px";
    },
    "a request to another server": () =>
      fetch("http://127.0.0.1:9/", { mode: "no-cors" }).then(
        () => true,
        () => false,
      ),
    "an image of another server": () => {
      const image = new Image();
      image.src = "http://127.0.0.1:9/image.png";
      return new Promise((resolve) => {
        image.onload = () => resolve(true);
        image.onerror = () => resolve(false);
      });
    },
    "another base for its links": () => {
      document.head.insertAdjacentHTML("beforeend", '<base href="http://127.0.0.1:9/">');
      return document.baseURI.includes(":9/");
    },
  };

  describe.each(["our own server", "a static host", "a file"])("from %s", (from) => {
    it.for(Object.entries(attempts))("refuses %s", async ([, attempt], { page, lab, problems }) => {
      const host = await startStaticHost(LAB_FOLDER);
      onTestFinished(() => host.close());
      const url = { "our own server": lab.url, "a static host": host.url, "a file": LAB_FILE.href }[from] ?? "";
      await page.goto(url);
      await page.getByRole("heading", { level: 1 }).waitFor();
      expect(problems).toEqual([]);
      expect(await page.evaluate(attempt)).toBe(false);
      await expect.poll(() => problems.join("\n")).toMatch(/Content Security Policy/);
      problems.splice(0);
    });
  });
});
