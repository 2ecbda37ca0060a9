/** The formats that `convert()` writes. To add one: its file and its line here. */
import { ConfigError } from "../errors.ts";
import { champsimOutput } from "./champsim.ts";
import type { OutputFormat } from "./encoder.ts";
import { lackeyOutput } from "./lackey.ts";
import { oracleGeneralOutput } from "./oracle-general.ts";
import { pwtOutput } from "./pwt.ts";
import { pwtPagesOutput } from "./pwt-pages.ts";

export const OUTPUT_FORMATS: readonly OutputFormat[] = [
  pwtPagesOutput, // before pwtOutput, whose extension ends its own
  pwtOutput,
  lackeyOutput,
  champsimOutput,
  oracleGeneralOutput,
];

/** The format that `name` names. Throws ConfigError. */
export function outputFormatNamed(name: string): OutputFormat {
  const format = OUTPUT_FORMATS.find((candidate) => candidate.name === name);
  if (format === undefined) throw new ConfigError("to", name, OUTPUT_FORMATS.map((known) => known.name).join(", "));
  return format;
}
