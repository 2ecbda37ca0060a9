/** The command line of the benches. */
import { parseArgs } from "node:util";

/** What can be run by itself. */
export const PARTS = [
  "decoded",
  "text",
  "one-pass",
  "direct",
  "side-by-side",
  "kernel",
  "decode",
  "boundary",
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

export const USAGE = `usage: npm run bench -- [--quick] [--only ${PARTS.join("|")}]…
       npm run bench -- --publish`;

/** Throws Error where `args` are wrong. */
export function parseArguments(args: string[]): Arguments {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      publish: { type: "boolean", default: false },
    },
  });
  const { quick, only, publish } = values;
  const unknown = only.filter((name) => !PARTS.some((part) => part === name));
  if (unknown.length > 0) throw new Error(`--only: there is no ${unknown.join(", ")}`);
  if (publish && (quick || only.length > 0)) throw new Error("--publish: figures of a full run only");
  return { quick, parts: PARTS.filter((part) => only.length === 0 || only.includes(part)), publish };
}
