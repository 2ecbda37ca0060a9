/** `explain`: how addresses are translated, or why not. */
import { Command, Option } from "commander";
import { NUMBER_FORMS } from "../config/number.ts";
import { FEATURE_DEFAULTS } from "../config/processor.ts";
import { ConfigError } from "../errors.ts";
import { EXAMPLE_DEFAULTS, exampleTable } from "../explain/example-process.ts";
import { Explainer } from "../explain/explainer.ts";
import type { EntryChange, ExplainOptions } from "../explain/options.ts";
import { checkOutput, writeOutput } from "../files/output.ts";
import { explainText } from "../report/explain-text.ts";
import type { ExplainedStep, Explanation } from "../report/explanation.ts";
import { counted, printable } from "../report/format.ts";
import { withoutControls } from "../report/json.ts";
import { REGISTER_DEFAULTS } from "../tables-options.ts";
import { addressBatches } from "./addresses.ts";
import { ALL_REGISTERS, addTablesOptions, tablesOptionsFrom } from "./tables-options.ts";

interface ExplainCommandOptions {
  access?: string;
  user?: boolean;
  supervisor?: boolean;
  stack?: boolean;
  entry?: EntryChange[];
  json?: boolean;
  output?: string;
}

/** Explanations whose text is made at once. */
const PIECE = 1024;
/** Errors told one by one. */
const MAX_ERRORS_TOLD = 5;

export function explainCommand(): Command {
  const command = new Command("explain")
    .summary("how an address is translated, or why it faults")
    .description(
      "Tells step by step how addresses are translated, or why they fault and what a Linux program gets then: by the " +
        "page tables of a memory dump, or without one of a small example process.",
    )
    .argument("<address...>", `${NUMBER_FORMS}; - reads addresses from standard input, one a line`)
    .addOption(new Option("--access <kind>", "read, write or fetch (default: read)"))
    .addOption(new Option("--user", "the access is made in user mode (default, but see below)").conflicts("supervisor"))
    .option("--supervisor", "the access is made in supervisor mode")
    .option("--stack", "the access goes through the stack segment, as of push, pop, call and ret")
    .addOption(entryOption());
  addTablesOptions(command, ALL_REGISTERS, {
    cr4: `as the dump tells it, else ${REGISTER_DEFAULTS.cr4}; ${EXAMPLE_DEFAULTS.cr4} without dump`,
    pkru: `${REGISTER_DEFAULTS.pkru}; ${EXAMPLE_DEFAULTS.pkru} without dump`,
    maxPhyAddr: `${FEATURE_DEFAULTS.maxPhyAddr}; ${EXAMPLE_DEFAULTS.maxPhyAddr} without dump`,
  });
  return command
    .option("--json", "print one JSON object a line")
    .option("-o, --output <file>", "write the result to a file, which is there whole or not at all")
    .addHelpText("after", helpText)
    .action(async (addresses: string[], options: ExplainCommandOptions) => {
      const explaining = explainOptionsFrom(options);
      const { memory } = explaining;
      if (memory === "-" && addresses.includes("-")) {
        throw new ConfigError("memory", "-", "a file: standard input has the addresses");
      }
      await checkOutput(options.output, typeof memory === "string" && memory !== "-" ? [memory] : []);
      const errors: string[] = [];
      await writeOutput(texts(addresses, explaining, options.json === true, errors), options.output);
      if (errors.length > 0) tellErrors(errors);
    });
}

/** `PHYSICAL=VALUE`, any number of times. What is no number is told by explain(). */
function entryOption(): Option {
  const option = new Option(
    "--entry <physical=value>",
    "the entry of a table at that physical address holds that value instead; may be repeated",
  );
  return option.argParser((text: string, before: EntryChange[] = []) => {
    const [physicalAddress = "", ...value] = text.split("=");
    return [...before, { physicalAddress, entry: value.join("=") }];
  });
}

function explainOptionsFrom(options: ExplainCommandOptions): ExplainOptions {
  const explaining: ExplainOptions = tablesOptionsFrom(options as Record<string, unknown>);
  // Whether it is one of them is told by explain().
  if (options.access !== undefined) explaining.access = options.access as NonNullable<ExplainOptions["access"]>;
  if (options.user) explaining.privilege = "user";
  if (options.supervisor) explaining.privilege = "supervisor";
  if (options.stack) explaining.stack = true;
  if (options.entry) explaining.entries = options.entry;
  return explaining;
}

/** The explanations as text, a piece at a time; messages of tables that are not there are put into `errors`. */
async function* texts(
  addresses: readonly string[],
  options: ExplainOptions,
  json: boolean,
  errors: string[],
): AsyncGenerator<string, void> {
  const tables = options.memory === undefined ? "the example process" : String(options.memory);
  const batches = addressBatches(addresses);
  const explainer = await Explainer.open(options);
  const render = json ? jsonLine : textRenderer(tables, explainer);
  let between = "";
  try {
    for await (const batch of batches) {
      const explanations = await explainer.explainAll(batch);
      for (let start = 0; start < explanations.length; start += PIECE) {
        const piece = explanations.slice(start, start + PIECE);
        for (const { error } of piece) if (error !== null) errors.push(error.message);
        yield between + piece.map(render).join(json ? "" : "\n");
        if (!json) between = "\n";
      }
    }
  } finally {
    await explainer.close();
  }
}

/** Renders explanations, of which only the first that is not canonical says what that is. */
function textRenderer(tables: string, { cpus, levelsAssumed }: Explainer): (explanation: Explanation) => string {
  let lesson = true;
  return (explanation) => {
    const text = explainText(explanation, tables, { cpus, levelsAssumed, lesson });
    if (!explanation.canonical) lesson = false;
    return text;
  };
}

/** JSON of steps: most explanations share all but the last. */
const stepsJson = new WeakMap<ExplainedStep, string>();

function jsonLine(explanation: Explanation): string {
  const steps = explanation.steps.map((step) => {
    const known = stepsJson.get(step) ?? JSON.stringify(step);
    stepsJson.set(step, known);
    return known;
  });
  const rest = JSON.stringify({ ...explanation, steps: [] });
  const line = `${rest.replace('"steps":[]', () => `"steps":[${steps.join(",")}]`)}\n`;
  // Names of files may hold what terminals obey.
  return explanation.error === null ? line : withoutControls(line);
}

function tellErrors(errors: readonly string[]): void {
  const distinct = [...new Set(errors)];
  for (const message of distinct.slice(0, MAX_ERRORS_TOLD)) console.error(`pagewalk: ${printable(message)}`);
  const more = distinct.length - MAX_ERRORS_TOLD;
  if (more > 0) console.error(`pagewalk: and ${counted(more, "more table")} that the dump does not hold`);
  if (errors.length > 1) console.error(`pagewalk: ${counted(errors.length, "address", "addresses")} not explained`);
  process.exitCode = 1;
}

function helpText(): string {
  const rows = exampleTable(false).rows.map(
    ([first = "", size = "", rights, , what]) => `  ${first.padEnd(18)}  ${size.padStart(7)}  ${rights}  ${what}`,
  );
  return [
    "",
    "Without --user or --supervisor the access is made in user mode; with a dump, to",
    "a canonical address of the upper half in supervisor mode, since only the kernel",
    "uses those.",
    "",
    "The example process:",
    ...rows,
    "With --la57 the direct map is at 0xff11000000000000.",
    "",
    "Examples:",
    "  pagewalk explain 0x0000800000001234",
    "  pagewalk explain 0x7f1234100010 --access write",
    "  pagewalk explain 0x401000 --memory ram.lime --cr3 0x45c8000",
    "  pagewalk explain 0x401000 --entry 0x2a6d008=0x1a2b4024",
  ].join("\n");
}
