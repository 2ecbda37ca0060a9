/** The page's colours where CSS does not reach: in canvases. */
import { h } from "../dom.ts";

/** Names of the page's custom properties, and what they are now. */
export type Theme = Readonly<Record<(typeof COLOURS)[number], string>> & { isDark: boolean };

const COLOURS = ["text", "soft", "rule", "paper", "panel", "bad"] as const;
const DARK = "(prefers-color-scheme: dark)";

/** The colours as `element`, which must be in the document, has them. */
export function themeOf(element: HTMLElement): Theme {
  const probe = h("span", { hidden: true });
  element.append(probe);
  const colours = Object.fromEntries(
    COLOURS.map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  ) as Record<(typeof COLOURS)[number], string>;
  probe.remove();
  return { ...colours, isDark: matchMedia(DARK).matches };
}

/** Calls `redraw` whenever the page has turned dark or light. */
export function onThemeChange(redraw: () => void): void {
  matchMedia(DARK).addEventListener("change", redraw);
}
