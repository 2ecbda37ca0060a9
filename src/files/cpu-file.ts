/** CPUs that are described in files. */
import type { CpuDescription } from "../config/cpus/description.ts";
import { checkDescription } from "../config/cpus/schema.ts";
import { resolve } from "../config/resolve.ts";
import type { Config } from "../config/types.ts";
import { ConfigError, messageOf } from "../errors.ts";
import { InputError, readJson } from "./json-file.ts";

/** Bytes of a description, of which the longest of a real CPU has a hundredth. */
const MAX_BYTES = 1 << 20;

/** Whether what `--cpu` was given is a file, not a name. */
export function isCpuFile(given: string): boolean {
  return given.includes("/") || given.endsWith(".json");
}

/** `config`, with the description in the file that its `cpu` names, if it names one. Rejects as `readCpu()` does. */
export async function withCpuOfFile<Given extends Config>(config: Given): Promise<Given> {
  const { cpu } = config;
  return typeof cpu === "string" && isCpuFile(cpu) ? { ...config, cpu: await readCpu(cpu) } : config;
}

/** The description in a file. Rejects with ConfigError, with the file and the place in it, if it is none that can be simulated. */
export async function readCpu(path: string): Promise<CpuDescription> {
  try {
    const cpu = checkDescription(await readJson(path, MAX_BYTES, "a description of a CPU"));
    resolve({ cpu });
    return cpu;
  } catch (error) {
    if (error instanceof InputError) {
      if (error.place === "")
        throw new ConfigError("cpu", path, `${error.expected}, but it cannot be read: ${messageOf(error.cause)}`);
      throw new ConfigError(`cpu.${path}: ${error.place}`, error.found, error.expected);
    }
    if (!(error instanceof ConfigError)) throw error;
    const place = error.option.replace(/^cpu\.?/, "");
    throw new ConfigError(`cpu.${path}${place === "" ? "" : `: ${place}`}`, error.got, error.allowed);
  }
}
