/** `cpus`: which CPUs `--cpu` can name, and what is known of each. */
import { Command, Option } from "commander";
import type { CpuDescription } from "../config/cpus/description.ts";
import { CPU_PRESETS } from "../config/cpus/presets.ts";
import { resolve } from "../config/resolve.ts";
import { isCpuFile, readCpu } from "../files/cpu-file.ts";
import { writeOutput } from "../files/output.ts";
import { cpuList, cpuListCsv, cpuListText } from "../report/cpu-list.ts";
import { cpuText } from "../report/cpu-text.ts";
import { toJson } from "../report/json.ts";
import { VERSION } from "../version.ts";
import { textWidth } from "./columns.ts";

interface CpusOptions {
  json?: boolean;
  csv?: boolean;
  output?: string;
}

export function cpusCommand(): Command {
  const command = new Command("cpus")
    .summary("CPUs that can be simulated, with the sources of their numbers")
    .description(
      "Lists the CPUs that --cpu can name; or shows one: its TLBs, each array with entries, ways, policy and index, the rules by " +
        "which they are filled, walk caches and cycles, each value with who says so, and what others say instead.",
    )
    .argument("[cpu]", "a CPU, or FILE.json that describes one");
  return command
    .addOption(
      new Option("--json", "print the list as JSON; of one CPU the description, as --cpu FILE.json takes it").conflicts(
        "csv",
      ),
    )
    .option("--csv", "print the list as CSV")
    .option("-o, --output <file>", "write the result to a file, which is there whole or not at all")
    .addHelpText("after", "\nExamples:\n  pagewalk cpus zen4\n  pagewalk cpus skylake --json > my.json")
    .action(async (name: string | undefined, { json, csv, output }: CpusOptions) => {
      if (name === undefined) {
        const list = cpuList(CPU_PRESETS, VERSION);
        await writeOutput(json ? toJson([list]) : csv ? cpuListCsv(list) : cpuListText(list, textWidth()), output);
        return;
      }
      if (csv) command.error("error: --csv prints the list of CPUs, not one of them");
      const cpu = isCpuFile(name) ? await readCpu(name) : presetOf(name);
      await writeOutput(json ? toJson([cpu]) : cpuText(isCpuFile(name) ? cpu.title : name, cpu), output);
    });
}

/** Throws ConfigError if there is none of that name. */
function presetOf(name: string): CpuDescription {
  resolve({ cpu: name });
  return CPU_PRESETS[name] as CpuDescription;
}
