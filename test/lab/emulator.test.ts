/** The page of the emulator, as its README says to run it. */
import { createServer } from "vite";
import { expect, onTestFinished } from "vitest";
import { it } from "./lab.ts";

it("shows pages as they appear, and the null pointer's fault, under a policy that lets nothing else load", async ({
  page,
}) => {
  const server = await createServer({
    root: "examples/emulator",
    logLevel: "error",
    server: { host: "127.0.0.1", port: 0, hmr: false },
  });
  onTestFinished(() => server.close());
  await server.listen();
  await page.goto(server.resolvedUrls?.local[0] ?? "");
  const memory = page.locator("#memory");
  await expect.poll(() => memory.textContent()).toMatch(/array +■+□+/);
  const fault = page.getByText("A null pointer.");
  await fault.waitFor();
  expect(await fault.textContent()).toContain("write at 0x0: nothing is mapped there: SIGSEGV, SEGV_MAPERR");
  expect(await page.locator("#output").textContent()).toBe("One word to each page of an array...\n");
  expect(await memory.textContent()).toMatch(/array +■{24}$/m);
});
