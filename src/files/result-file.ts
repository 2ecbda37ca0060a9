/** Files of results: what `run --json`, `sweep --json` and `merge` write. */
import { ConfigError } from "../errors.ts";
import { type ResultFile, resultsIn } from "../report/entries.ts";
import { InputError, parseJson, readText } from "./json-file.ts";

/** Bytes of a file, which take several times as much memory: a result of a machine has about 3 KB, of a sweep 400 B for each point. */
const MAX_BYTES = 256 << 20;

const RESULTS = `JSON of results of pagewalk, of ${MAX_BYTES >> 20} MiB at most`;

/** The results in the file at `path`; `-` is standard input. Rejects with InputError, with the place in the file, if they are none. */
export async function readResults(path: string): Promise<ResultFile> {
  const text = await readText(path, MAX_BYTES, RESULTS);
  if (text.trim() === "") throw new InputError(path, "", "nothing: it is empty", RESULTS);
  try {
    return resultsIn(parseJson(text, path), path, text.length);
  } catch (error) {
    if (error instanceof ConfigError) throw new InputError(path, error.option, error.got, error.allowed);
    if (!(error instanceof InputError && error.isTruncated)) throw error;
    const why =
      "the rest of it: it was cut off, as by a disk that is full or a command that was interrupted; make it again";
    throw new InputError(path, error.place, error.found, why);
  }
}
