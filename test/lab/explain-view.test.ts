/** The explain view of the built page, as its users have it. */
import type { Page } from "playwright";
import { describe, expect } from "vitest";
import { LESSONS } from "../../src/explain/lessons.ts";
import { OUTCOME_TITLES } from "../../src/report/step-words.ts";
import { expectAccessible } from "./axe.ts";
import { it, LAB_FILE } from "./lab.ts";

/** The address of libc's constants in a file mapping, and its last entry. */
const ADDRESS = "0x7f1234000010";

const summary = (page: Page) => page.locator(".summary");
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

describe("a link to an address", () => {
  it("opens on its explanation", async ({ page, lab }) => {
    await page.goto(`${lab.url}#explain=0x0000800000001234`);
    await page.getByText("NOT CANONICAL: bits 63 to 48 must be copies of bit 47").waitFor();
    await page.getByRole("heading", { name: "What a canonical address is" }).waitFor();
    expect(await page.getByLabel("Address", { exact: true }).inputValue()).toBe("0x0000800000001234");
  });

  it("opens on it where the page is one file, without a server", async ({ page }) => {
    await page.goto(`${LAB_FILE.href}#explain=${ADDRESS}`);
    await summary(page).getByText("physical address 0x4d100010").waitFor();
    await button(page, "Step").click();
    await page.locator(".step-title").waitFor();
  });

  it("has the access and changed entries, too", async ({ page, lab }) => {
    await page.goto(`${lab.url}#explain=${ADDRESS}&access=write&entry=0x2a71000%3D0x4d100067`);
    await summary(page).getByText("Now: physical address 0x4d100010").waitFor();
    expect(await page.getByRole("radio", { name: "write" }).isChecked()).toBe(true);
    await page.getByText("changed, was").waitFor();
  });

  it("with an entry that cannot be says so, and offers to undo it", async ({ page, lab }) => {
    await page.goto(`${lab.url}#explain=${ADDRESS}&entry=0x7%3D0x1`);
    await summary(page).getByText("a multiple of 8").waitFor();
    await summary(page).getByRole("button").click();
    await summary(page).getByText("physical address 0x4d100010").waitFor();
  });
});

describe("the address", () => {
  it("is explained while it is typed, and the link follows", async ({ page, lab }) => {
    await page.goto(`${lab.url}#explain=0x0`);
    await page.getByLabel("Address", { exact: true }).fill(ADDRESS);
    await summary(page).getByText("physical address 0x4d100010").waitFor();
    expect(new URL(page.url()).hash).toBe(`#explain=${ADDRESS}`);
  });

  it("that is none is told at its field", async ({ page, lab }) => {
    await page.goto(`${lab.url}#explain=0x0`);
    const field = page.getByLabel("Address", { exact: true });
    await field.fill("0xyz");
    await page.getByText("0xyz is no address").waitFor();
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    await field.fill("0x1");
    await expect.poll(() => field.getAttribute("aria-invalid")).toBe(null);
  });

  it("is chosen among cases, from which one goes back", async ({ page, lab }) => {
    await page.goto(`${lab.url}#explain=0x0`);
    await summary(page).getByText("SEGV_MAPERR").waitFor();
    await page.getByRole("button", { name: /^copy on write/ }).click();
    await summary(page).getByText("copies the page").waitFor();
    await page.goBack();
    await summary(page).getByText("SEGV_MAPERR").waitFor();
    expect(await page.getByRole("radio", { name: "read" }).isChecked()).toBe(true);
  });
});

describe("an entry", () => {
  it("has flags that the keyboard flips, keeping the focus, and tells what comes of it", async ({ page, lab }) => {
    await page.goto(`${lab.url}#explain=${ADDRESS}`);
    const present = page.getByRole("button", { name: /^P present, of the PDE:/ });
    await present.focus();
    await page.keyboard.press("Space");
    await summary(page)
      .getByText("Before: physical address 0x4d100010, in a 4 KiB page. Now: Page fault #PF")
      .waitFor();
    expect(await page.getByRole("status").first().textContent()).toContain("Before:");
    expect(await present.getAttribute("aria-pressed")).toBe("false");
    expect(await present.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.getByText("the fault is here").waitFor();
    await page.keyboard.press("Space");
    await expect.poll(() => summary(page).textContent()).not.toContain("Before");
    expect(new URL(page.url()).hash).toBe(`#explain=${ADDRESS}`);
  });

  it("can be written as a whole, and is told at its field if it is none", async ({ page, lab }) => {
    await page.goto(`${lab.url}#explain=${ADDRESS}`);
    const field = page.getByLabel("PTE holds", { exact: true });
    await field.fill("0x12345067");
    await field.press("Enter");
    await summary(page).getByText("Now: physical address 0x12345010").waitFor();
    await field.fill("nothing");
    await field.press("Enter");
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    const undo = page.getByRole("button", { name: "undo the change of the PTE" });
    await undo.focus();
    await page.keyboard.press("Enter");
    await undo.waitFor({ state: "detached" });
    expect(await field.inputValue()).toBe("0x800000004d100025");
    expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
    await expect.poll(() => summary(page).textContent()).toContain("physical address 0x4d100010, in a 4 KiB page.");
  });
});

it("a kernel that cannot be loaded is told, and asked for again", async ({ page, lab, problems }) => {
  await page.route("**/*.wasm", (route) => route.abort());
  await page.goto(`${lab.url}#explain=${ADDRESS}`);
  await summary(page).getByText("the kernel cannot be loaded").waitFor();
  problems.splice(0);
  await page.unroute("**/*.wasm");
  await page.getByRole("button", { name: /^null pointer/ }).click();
  await summary(page).getByText("SEGV_MAPERR").waitFor();
  await page.getByText("Nothing has been accessed yet").waitFor();
});

it("a view whose code cannot be loaded says so, and comes when the page is loaded again", async ({
  page,
  lab,
  problems,
}) => {
  await page.route("**/address-view*.js", (route) => route.abort());
  await page.goto(`${lab.url}#explain=${ADDRESS}`);
  await page.getByRole("alert").getByText("The view cannot be loaded").waitFor();
  problems.splice(0);
  await page.unroute("**/address-view*.js");
  await button(page, "Reload the page").click();
  await summary(page).getByText("physical address 0x4d100010").waitFor();
});

describe("step by step", () => {
  it.for(LESSONS)("$title: comes to what the lesson expects, forward and back", async (lesson, { page, lab }) => {
    await page.goto(`${lab.url}#explain=0x0`);
    await page.getByLabel("Lesson").selectOption({ label: lesson.title });
    const title = page.locator(".step-title");
    for (const [index, { says, expects }] of lesson.accesses.entries()) {
      await button(page, "Step").click();
      expect(await title.textContent()).toMatch(new RegExp(`^${index + 1} of `));
      expect(await title.textContent()).toContain(OUTCOME_TITLES[expects]);
      expect(await page.locator(".says").textContent()).toBe(says);
    }
    const machine = await page.locator(".caches").textContent();
    await button(page, "Back").click();
    await button(page, "Step").click();
    expect(await page.locator(".caches").textContent()).toBe(machine);
    await button(page, "Reset").click();
    await page.getByText("Nothing has been accessed yet").waitFor();
  });

  it("takes accesses of the user's own, and flushes", async ({ page, lab }) => {
    await page.goto(`${lab.url}#explain=0x0`);
    await page.getByLabel("Lesson").selectOption({ label: "Accesses of my own" });
    const field = page.getByLabel("An access of your own");
    await field.fill("0x40zz");
    await field.press("Enter");
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    for (const expected of ["walk", "l1-hit"] as const) {
      await field.fill("0x404000");
      await field.press("Enter");
      await page.locator(".step-title", { hasText: OUTCOME_TITLES[expected] }).waitFor();
    }
    await button(page, "Flush").click();
    await page.getByText("CR3 is loaded. That drops").waitFor();
  });
});

describe.each(["light", "dark"] as const)("in %s colours", (colorScheme) => {
  it.for([
    ["0x0000800000001234", 360],
    [`${ADDRESS}&access=write&entry=0x2a70d00%3D0x2a71066`, 1280],
    [ADDRESS, 2560],
  ] as const)(
    "has nothing that keeps anybody out, nor wider than the window: %s at %d px",
    async ([link, width], { page, lab }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await page.goto(`${lab.url}#explain=${link}`);
      await page.locator(".explanation h2").first().waitFor();
      for (let step = 0; step < 5; step++) await button(page, "Step").click();
      await expectAccessible(page);
    },
  );
});
