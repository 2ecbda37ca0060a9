/** What keeps people out of a page, as far as a program can tell. */
import axe from "axe-core";
import type { Page } from "playwright";
import { expect } from "vitest";

/** Fails where axe finds anything wrong with what `page` shows, or where that is wider than the window. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  expect(violations.map(({ id, nodes }) => ({ id, where: nodes.map(({ html }) => html) }))).toEqual([]);
  const [content, window] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth];
  });
  expect(content, "width of the page, in a window that is as wide").toBe(window);
}
