/** What came of an access, in a sentence, and what a change of the tables made of it. */
import { exceptionName, inPage, rightsWords } from "./explain-words.ts";
import type { Explanation } from "./explanation.ts";

/** `physical address 0x1a2b3010, in a 4 KiB page`, or the exception and what Linux makes of it. */
export function outcomeWords({ physicalAddress, pageSize, fault, error }: Explanation): string {
  if (fault !== null) return `${exceptionName(fault)}; Linux: ${fault.outcome}`;
  if (physicalAddress === null) return error?.message ?? "not explained";
  const page = pageSize === null ? "" : `, ${inPage(pageSize)}`;
  return `physical address ${physicalAddress}${page}`;
}

/** What `now`, the same access by changed tables, has come to compared with `before`: a sentence or a few. */
export function comparisonText(before: Explanation, now: Explanation): string {
  const [was, is] = [outcomeWords(before), outcomeWords(now)];
  const outcome = was === is ? `The outcome is as before: ${is}.` : `Before: ${was}. Now: ${is}.`;
  return [outcome, ...changedRights(before, now)].join(" ");
}

function changedRights(before: Explanation, now: Explanation): string[] {
  const earlier = new Map(rightsWords(before).map(({ name, allowed }) => [name, allowed]));
  const changed = rightsWords(now).filter(({ name, allowed }) => earlier.has(name) && earlier.get(name) !== allowed);
  return changed.map(
    ({ name, allowed, reason }) => `Right to ${RIGHTS[name]}: now ${allowed ? "yes" : "no"}, ${reason}.`,
  );
}

const RIGHTS = { write: "write", user: "use it in user mode", execute: "execute" } as const;
