/** Short traces that show what they are about. */
import type { Access, Step } from "../reference/access.ts";

const PAGE_BYTES = 4096n;

function vaOf(letter: string): bigint {
  return BigInt(letter.toLowerCase().charCodeAt(0) - "a".charCodeAt(0)) * PAGE_BYTES;
}

/** Accesses of one byte, one for each letter: page A, B, C ... of one page table; upper case stores, lower case loads. */
export function letters(text: string): Access[] {
  return [...text].map((letter) => {
    return { kind: letter === letter.toLowerCase() ? "load" : "store", va: vaOf(letter), size: 1 };
  });
}

/** The same, and `!a` unmaps page A, `@a` fetches from it, `~a` modifies it. Blanks mean nothing. */
export function steps(text: string): Step[] {
  return [...text.matchAll(/([!@~]?)([a-zA-Z])/g)].flatMap(([, mark = "", letter = ""]): Step[] => {
    const va = vaOf(letter);
    if (mark === "!") return [{ kind: "unmap", va, bytes: PAGE_BYTES }];
    if (mark === "") return letters(letter);
    return [{ kind: mark === "@" ? "fetch" : "modify", va, size: 1 }];
  });
}
