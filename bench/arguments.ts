/** The command line of the benches. */
import { parseArgs } from "node:util";

/** What can be run by itself. */
export const PARTS = [
  "decoded",
  "text",
  "pwt",
  "one-pass",
  "direct",
  "side-by-side",
  "shards",
  "browser",
  "vmas",
  "policies",
  "kernel",
  "decode",
  "boundary",
  "memory",
  "worker",
] as const;

export type Part = (typeof PARTS)[number];

export interface Arguments {
  /** Short runs. */
  quick: boolean;
  /** All, unless `--only` names some. */
  parts: readonly Part[];
  /** Nothing is run: the figures of the last full run go into the repository. */
  publish: boolean;
}

const USAGE = `usage: npm run bench -- [--quick] [--only ${PARTS.join("|")}]…
       npm run bench -- --publish`;

/** Throws Error where `args` are wrong. */
export function parseArguments(args: string[]): Arguments {
  const { quick, only, publish } = optionsOf(args);
  const unknown = only.filter((name) => !PARTS.some((part) => part === name));
  if (unknown.length > 0) throw new Error(`--only: there is no ${unknown.join(", ")}\n${USAGE}`);
  if (publish && (quick || only.length > 0)) throw new Error(`--publish: alone, since it measures nothing\n${USAGE}`);
  return { quick, parts: PARTS.filter((part) => only.length === 0 || only.includes(part)), publish };
}

function optionsOf(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        quick: { type: "boolean", default: false },
        only: { type: "string", multiple: true, default: [] },
        publish: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}
