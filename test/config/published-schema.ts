/** JSON Schemas as they are published: what is checked, with what the descriptions' interfaces say of each field. */
import { readFileSync } from "node:fs";
import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { CPU_SCHEMA, CPU_SCHEMA_PARTS } from "../../src/config/cpus/schema.ts";

interface Schema {
  properties?: Record<string, { description?: string }>;
  $defs?: Record<string, Schema>;
}

const DESCRIPTIONS = new URL("../../src/config/cpus/description.ts", import.meta.url);

/** What each field of each interface of a file is said to be, by the names of both. */
export function fieldsSaid(file = DESCRIPTIONS): Map<string, Map<string, string>> {
  const code = readFileSync(file, "utf8");
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

/** The text of schemas/cpu.schema.json. */
export function publishedSchema(): string {
  const title = "A CPU's translation hardware, as pagewalk simulates it: pagewalk/cpu@1";
  return schemaText(CPU_SCHEMA, CPU_SCHEMA_PARTS, title, "CpuDescription", fieldsSaid());
}

/** The text of the file of `schema`, which the interface `root` describes, as other interfaces of `said` do its `parts`. */
export function schemaText(
  schema: v.GenericSchema,
  parts: Record<string, v.GenericSchema>,
  title: string,
  root: string,
  said: ReadonlyMap<string, Map<string, string>>,
): string {
  const made = toJsonSchema(schema, { target: "draft-2020-12", definitions: parts }) as Schema;
  describe(made, said.get(root));
  for (const [name, part] of Object.entries(made.$defs ?? {})) describe(part, said.get(name));
  const { $schema, ...others } = made as Record<string, unknown>;
  return `${JSON.stringify({ $schema, title, ...others }, null, 2)}\n`;
}

function describe({ properties = {} }: Schema, said: Map<string, string> = new Map()): void {
  for (const [name, property] of Object.entries(properties)) {
    const description = said.get(name);
    if (description !== undefined) property.description = description;
  }
}
