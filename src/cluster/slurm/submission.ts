/** What is known of a plan that was submitted: in a folder beside it, with the scripts. */
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { checked, object, text, whole } from "../../config/schema-parts.ts";
import { ConfigError, messageOf } from "../../errors.ts";
import { MAX_SLURM } from "../../experiment/slurm-forms.ts";
import { InputError, readJson } from "../../files/json-file.ts";
import { OutputError, replaceFile } from "../../files/output.ts";
import { LOGS, logNameOf } from "./scripts.ts";

const SCHEMA_NAME = "pagewalk/submission@1";
const MAX_BYTES = 16 << 20;
const MAX_TEXT = 100_000;
const JOB = whole(1, Number.MAX_SAFE_INTEGER);

const SUBMISSION = object({
  schema: v.literal(SCHEMA_NAME, SCHEMA_NAME),
  plan: text(100),
  array: JOB,
  merge: v.nullable(JOB),
  cluster: v.nullable(v.pipe(v.string(), v.regex(/^[\w.-]{1,200}$/, "a name"))),
  shards: whole(1, MAX_SLURM.shards),
  tasks: v.pipe(v.string(), v.regex(/^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/, "ranges of numbers, as 1-8")),
  results: text(MAX_TEXT),
  merged: text(MAX_TEXT),
  submitted: v.pipe(v.string(), v.isoTimestamp("a time, as 2026-01-31T12:00:00.000Z")),
});

/** The last submission of a plan. */
export interface Submission {
  /** Hash of the plan. */
  plan: string;
  /** Number of the array's job. */
  array: number;
  /** Of the job that merges; `null`: it could not be submitted. */
  merge: number | null;
  cluster: string | null;
  /** Shares of the plan, whether they have a task or not. */
  shards: number;
  /** Those that have one: `1-8`. */
  tasks: string;
  /** Absolute paths. */
  results: string;
  merged: string;
  submitted: string;
}

export class SubmissionFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Of the log of a task. */
  log({ array }: Submission, task: number): string {
    return join(this.path, LOGS, logNameOf("array", array, task));
  }

  mergeLog(merge: number): string {
    return join(this.path, LOGS, logNameOf("merge", merge));
  }

  get #record(): string {
    return join(this.path, "submission.json");
  }

  /** What was submitted last; `null`: nothing. Rejects with InputError. */
  async read(): Promise<Submission | null> {
    const path = this.#record;
    try {
      const { schema: _, ...submission } = checked(SUBMISSION, await readJson(path, MAX_BYTES, "a submission"), "");
      return submission;
    } catch (error) {
      if (error instanceof ConfigError) throw new InputError(path, error.option, error.got, error.allowed);
      const cause = error instanceof InputError ? error.cause : error;
      if ((cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT") return null;
      throw error;
    }
  }

  async write(submission: Submission): Promise<void> {
    await this.#replace("submission.json", `${JSON.stringify({ schema: SCHEMA_NAME, ...submission }, null, 2)}\n`);
  }

  /** Writes a script, which `bash`, too, would run. */
  async writeScript(name: string, text: string): Promise<void> {
    await this.#replace(name, text, 0o755);
  }

  async #replace(name: string, text: string, mode?: number): Promise<void> {
    await replaceFile(join(this.path, name), async (file) => {
      await file.writeFile(text);
      if (mode !== undefined) await file.chmod(mode);
      await file.sync();
      return undefined;
    });
  }

  /**
   * Does `submit` while nobody else does. One that broke off in the middle, with or without a job in the queue, leaves a mark: then, too, it
   * is up to people what comes next. Rejects with InputError if there is such a mark, with OutputError if the folder cannot be written.
   */
  async alone<Result>(submit: () => Promise<Result>): Promise<Result> {
    const mark = join(this.path, "submitting");
    try {
      await mkdir(join(this.path, LOGS), { recursive: true });
      await (await open(mark, "wx")).close();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw new OutputError(this.path, messageOf(error));
      throw new InputError(
        mark,
        "",
        "a submission that is under way, or was broken off",
        "none: if nobody submits this plan, see with squeue --me whether it has jobs, and remove this file",
      );
    }
    try {
      return await submit();
    } finally {
      await rm(mark, { force: true });
    }
  }
}
