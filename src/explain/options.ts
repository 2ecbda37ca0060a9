/** What explain() can be told. */
import type { ExplainedAccess } from "../report/explanation.ts";
import type { TablesOptions } from "../tables-options.ts";
import type { EntryChange } from "./entry-changes.ts";

export type { EntryChange } from "./entry-changes.ts";

export const ACCESS_KINDS = ["read", "write", "fetch"] as const satisfies ExplainedAccess["kind"][];
export const PRIVILEGES = ["user", "supervisor"] as const satisfies ExplainedAccess["privilege"][];

export interface ExplainOptions extends TablesOptions {
  /** @default "read" */
  access?: ExplainedAccess["kind"];
  /**
   * Who makes the access. @default user; with a dump, the supervisor for canonical addresses of the upper half, which
   * only the supervisor uses.
   */
  privilege?: ExplainedAccess["privilege"];
  /** The access goes through the stack segment, as those of push, pop, call and ret do. Not for fetches. */
  stack?: boolean;
  /** Entries of page tables that are to hold other values than they do, as to see what a flag changes. @default none */
  entries?: readonly EntryChange[];
}
