/** Which recorders this machine has, and which of them to take. */
import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { RecordError } from "./errors.ts";
import { lackeyRecorder } from "./lackey.ts";
import type { Program } from "./program.ts";
import { qemuRecorder } from "./qemu.ts";
import type { Recorder } from "./recorder.ts";

export const RECORDER_NAMES = ["auto", "lackey", "qemu"] as const;
export type RecorderName = (typeof RECORDER_NAMES)[number];

/** What of one recorder is there. */
export interface Found {
  name: Recorder["name"];
  /** Its version, as it tells it; `null`: it cannot be used. */
  version: string | null;
  /** What is missing and how to get it, or what is to be known of it. */
  note: string;
}

const RUN = promisify(execFile);
const INSTALL_VALGRIND = "apt-get install valgrind (or dnf, zypper, pacman -S)";
const INSTALL_QEMU = "apt-get install qemu-user gcc";

/** Looks for the recorders; the faster one is first. */
export async function findRecorders(): Promise<Found[]> {
  const [qemu, compiler, valgrind] = await Promise.all([which("qemu-x86_64"), which("cc"), which("valgrind")]);
  const missing = [qemu === null ? "qemu-x86_64" : "", compiler === null ? "cc" : ""].filter(Boolean).join(" and ");
  return [
    {
      name: "qemu",
      version: missing === "" && qemu !== null ? await versionOf(qemu) : null,
      note:
        missing === ""
          ? "x86-64 programs; a load and a store instead of a modify, two records for 16 bytes"
          : `${missing} not found; ${INSTALL_QEMU}`,
    },
    {
      name: "lackey",
      version: valgrind === null ? null : await versionOf(valgrind),
      note: valgrind === null ? `valgrind not found; ${INSTALL_VALGRIND}` : "any program that valgrind runs",
    },
  ];
}

/**
 * The recorder for `program`: the one of that name, or for `auto` the faster of those that can be used.
 *
 * @param warn is told why a faster one is not taken.
 * @throws RecordError if there is none.
 */
export async function chooseRecorder(
  name: RecorderName,
  program: Program,
  warn: (sentence: string) => void = () => {},
): Promise<Recorder> {
  if (process.platform !== "linux") {
    throw new RecordError(`programs can be recorded on Linux only, not on ${process.platform}`);
  }
  const found = await findRecorders();
  const has = (wanted: Recorder["name"]) => found.find((one) => one.name === wanted)?.version != null;
  if (name !== "lackey" && has("qemu")) {
    try {
      if (program.kind !== "x86-64") throw new RecordError("the program is no x86-64 executable (ELF)");
      return await qemuRecorder((await which("qemu-x86_64")) ?? "", (await which("cc")) ?? "");
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      if (name === "qemu") throw new RecordError(`qemu cannot be used: ${error.message}`, undefined, error);
      if (program.kind === "x86-64") warn(`qemu cannot be used: ${error.message}`);
    }
  }
  const valgrind = name === "qemu" ? null : await which("valgrind");
  if (valgrind !== null) return lackeyRecorder(valgrind);
  const notes = found.filter((one) => name === "auto" || one.name === name).map((one) => `${one.name}: ${one.note}`);
  throw new RecordError(`there is no recorder here (${notes.join("; ")})`);
}

async function which(name: string): Promise<string | null> {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder || ".", name);
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    ) {
      return path;
    }
  }
  return null;
}

/** The first line that `path --version` says. */
async function versionOf(path: string): Promise<string | null> {
  return RUN(path, ["--version"]).then(
    ({ stdout }) => stdout.split("\n", 1)[0] ?? "",
    () => null,
  );
}
