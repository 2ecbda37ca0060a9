/** The JSON Schema of descriptions of CPUs, as it is published: what is checked, with what `description.ts` says of each field. */
import { readFileSync } from "node:fs";
import { toJsonSchema } from "@valibot/to-json-schema";
import { CPU_SCHEMA, CPU_SCHEMA_PARTS } from "../../src/config/cpus/schema.ts";

interface Schema {
  properties?: Record<string, { description?: string }>;
  $defs?: Record<string, Schema>;
}

const DESCRIPTIONS = new URL("../../src/config/cpus/description.ts", import.meta.url);

/** What each field of each interface of `description.ts` is said to be, by the names of both. */
export function fieldsSaid(): Map<string, Map<string, string>> {
  const code = readFileSync(DESCRIPTIONS, "utf8");
  const said = new Map<string, Map<string, string>>();
  for (const [, name = "", parent, body = ""] of code.matchAll(
    /^export interface (\w+)(?: extends (\w+))? \{\n(.*?)^\}/gms,
  )) {
    const fields = body.matchAll(/^ {2}\/\*\*(.*?)\*\/\n {2}([\w$]+)\??:/gms);
    const own = [...fields].map(([, comment = "", field = ""]) => [field, words(comment)] as const);
    said.set(name, new Map([...own, ...(said.get(parent ?? "") ?? [])]));
  }
  return said;
}

/** A comment in one line; its default as a sentence. */
function words(comment: string): string {
  const text = comment
    .replace(/\n\s*\*/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return text.replace(/ ?@default (.*)$/, " Default: $1.").trim();
}

/** The text of the file. */
export function publishedSchema(): string {
  const schema = toJsonSchema(CPU_SCHEMA, { target: "draft-2020-12", definitions: CPU_SCHEMA_PARTS }) as Schema;
  const said = fieldsSaid();
  describe(schema, said.get("CpuDescription"));
  for (const [name, part] of Object.entries(schema.$defs ?? {})) describe(part, said.get(name));
  const { $schema, ...others } = schema as Record<string, unknown>;
  const title = "A CPU's translation hardware, as pagewalk simulates it: pagewalk/cpu@1";
  return `${JSON.stringify({ $schema, title, ...others }, null, 2)}\n`;
}

function describe({ properties = {} }: Schema, said: Map<string, string> = new Map()): void {
  for (const [name, property] of Object.entries(properties)) {
    const description = said.get(name);
    if (description !== undefined) property.description = description;
  }
}
