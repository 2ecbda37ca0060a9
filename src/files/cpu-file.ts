/** CPUs that are described in files. */
import { open } from "node:fs/promises";
import type { CpuDescription } from "../config/cpus/description.ts";
import { checkDescription } from "../config/cpus/schema.ts";
import { resolve } from "../config/resolve.ts";
import type { Config } from "../config/types.ts";
import { ConfigError, messageOf } from "../errors.ts";
import { placeOfJsonError } from "./json-place.ts";

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
  const text = await readText(path);
  try {
    const cpu = checkDescription(parse(text));
    resolve({ cpu });
    return cpu;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const place = error.option.replace(/^cpu\.?/, "");
    throw new ConfigError(`cpu.${path}${place === "" ? "" : `: ${place}`}`, error.got, error.allowed);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const { line, column } = placeOfJsonError(text);
    const found =
      text
        .split("\n")
        [line - 1]?.slice(column - 1)
        .trim()
        .slice(0, 20) ?? "";
    throw new ConfigError(`cpu.line ${line}, column ${column}`, found === "" ? "its end" : found, "JSON");
  }
}

async function readText(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const bytes = Buffer.alloc(MAX_BYTES + 1);
      let length = 0;
      for (let got = -1; got !== 0 && length < bytes.length; length += got) {
        got = (await file.read(bytes, length, bytes.length - length)).bytesRead;
      }
      if (length > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
      return new TextDecoder().decode(bytes.subarray(0, length)); // without a byte-order mark
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new ConfigError("cpu", path, `a description of a CPU, but it cannot be read: ${messageOf(error)}`);
  }
}
