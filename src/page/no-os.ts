/** Takes the place of config/os-config.ts in the page, which has no operating system behind its runs. */
import type { ResolvedOs } from "../config/os-config.ts";
import { PAGE_SIZES } from "../config/types.ts";

export const RUN_PAGE_SIZES = PAGE_SIZES;
export const OS_NAMES: readonly string[] = [];

export function resolveOs(): null {
  return null;
}

export function usualOs(): ResolvedOs {
  throw new TypeError("the page has no operating system");
}
