/** The program that is to be recorded: where it is, what it is, and how it is shown. */
import { access, constants, open, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { RecordError, STATUS_NOT_EXECUTABLE, STATUS_NOT_FOUND } from "./errors.ts";

export interface Program {
  /** As the user gave it. */
  readonly words: readonly string[];
  /** The file that is executed. */
  readonly path: string;
  readonly kind: "x86-64" | "script" | "other";
}

/** First bytes that `#!` and its interpreter, or an ELF header, take. */
const HEAD_BYTES = 64;
/** ELF: class and machine (System V ABI, "ELF Header"; AMD64 supplement). */
const ELF_CLASS_AT = 4;
const ELF_CLASS_64 = 2;
const ELF_MACHINE_AT = 18;
const ELF_MACHINE_X86_64 = 62;

/**
 * Finds the program as execvp(3) does: a name with a slash is a path, any other is looked up in $PATH.
 *
 * @throws RecordError with exit status 127 if there is none, 126 if it cannot be executed.
 */
export async function findProgram(words: readonly string[], searchPath = process.env.PATH ?? ""): Promise<Program> {
  const [name = ""] = words;
  if (name === "") throw new RecordError("the name of the program is empty", STATUS_NOT_FOUND);
  const candidates = name.includes("/")
    ? [name]
    : searchPath.split(delimiter).map((folder) => join(folder || ".", name));
  let refusal: string | null = null;
  for (const path of candidates) {
    const status = await stat(path).catch(() => null);
    if (status === null) continue;
    if (status.isDirectory()) {
      refusal ??= "is a directory";
    } else if (await isExecutable(path)) {
      return { words, path, kind: await kindOf(path) };
    } else {
      refusal ??= "permission denied: it is not executable";
    }
  }
  if (refusal !== null) throw new RecordError(`${quoted(name)}: ${refusal}`, STATUS_NOT_EXECUTABLE);
  const where = name.includes("/") ? "no such file" : "no such program in $PATH";
  throw new RecordError(`${quoted(name)}: ${where}`, STATUS_NOT_FOUND);
}

/** Words as a POSIX shell would have to be given them. */
export function quotedWords(words: readonly string[]): string {
  return words.map(quoted).join(" ");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function kindOf(path: string): Promise<Program["kind"]> {
  const head = Buffer.alloc(HEAD_BYTES);
  try {
    const file = await open(path);
    try {
      await file.read(head, 0, HEAD_BYTES, 0);
    } finally {
      await file.close();
    }
  } catch {
    return "other"; // executable but not readable: the recorder says what it makes of it
  }
  if (head.toString("latin1", 0, 2) === "#!") return "script";
  const isElf = head.toString("latin1", 0, 4) === "\x7fELF" && head[ELF_CLASS_AT] === ELF_CLASS_64;
  return isElf && head.readUInt16LE(ELF_MACHINE_AT) === ELF_MACHINE_X86_64 ? "x86-64" : "other";
}
