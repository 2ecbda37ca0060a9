/** Loads replacement policies of a user's own. A file is run as code: only those that the command line names are. */
import { readFile } from "node:fs/promises";
import { basename, extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type OwnPolicy, type PolicyChoice, type PolicyChoices, policyChoices } from "../config/own-policy.ts";
import { ConfigError, messageOf } from "../errors.ts";

/** Extensions by which a name is a file's, where it has no `/`. */
const EXTENSIONS = [".mjs", ".js", ".wasm"];

/** What `--policy` says, with the policies of the files that it names, as `./mine.mjs` or `stlb=./mine.wasm`. Rejects with ConfigError. */
export async function loadPolicies(text: string): Promise<string | PolicyChoices> {
  const choices = policyChoices(text);
  if (![...choices.values()].some(isFile)) return text;
  const files = new Map<string, OwnPolicy>();
  const loaded: Record<string, PolicyChoice> = {};
  for (const [tlb, choice] of choices) {
    if (!isFile(choice)) loaded[tlb] = choice;
    else {
      const policy = files.get(choice) ?? (await load(choice));
      files.set(choice, policy); // one for all TLBs that name it
      loaded[tlb] = policy;
    }
  }
  return loaded;
}

function isFile(choice: PolicyChoice): choice is string {
  return typeof choice === "string" && (choice.includes("/") || EXTENSIONS.includes(extname(choice)));
}

async function load(path: string): Promise<OwnPolicy> {
  const allowed =
    "a file whose default export is a class with configure, touch, fill and victim; or a .wasm (docs/policies.md)";
  try {
    if (extname(path) === ".wasm") return { name: basename(path, ".wasm"), wasm: new Uint8Array(await readFile(path)) };
    const policy: unknown = (await import(pathToFileURL(resolve(path)).href)).default;
    if (typeof policy === "function") return policy as OwnPolicy;
  } catch (error) {
    throw new ConfigError("policy", `${path}, which cannot be loaded: ${messageOf(error)}`, allowed);
  }
  throw new ConfigError("policy", `${path}, which has no such default export`, allowed);
}
