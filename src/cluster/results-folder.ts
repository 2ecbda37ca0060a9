/**
 * Where the results of a plan's units are, a file each, which any number of processes on any number of computers write and read.
 *
 * A unit's file is there whole or not at all, and never replaced: who comes second keeps what is there. Nothing is locked, since who holds a lock
 * may die; a unit that two do at once is done twice, with the same result.
 *
 *     plan.json                of which plan
 *     0001/unit-001234.json    a result
 *     running/, failed/        marks (marks.ts)
 *     tmp/                     what is being written
 */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { messageOf } from "../errors.ts";
import type { Plan } from "../experiment/plan.ts";
import type { UnitResult } from "../experiment/unit-result.ts";
import { InputError } from "../files/json-file.ts";
import { OutputError } from "../files/output.ts";
import { type FailedUnit, Marks, nameOfUnit, type RunningUnit } from "./marks.ts";
import { codeOf, type FileSystem, makeFolder, NODE_FILE_SYSTEM, openPublished, publish } from "./publish.ts";
import { headOf, parseUnit, type UnitHead, unitText } from "./unit-file.ts";

/** Which plan the results are of. */
export const MARK = "plan.json";
const MAX_MARK_BYTES = 64 * 1024;
const TEMPORARY = "tmp";
/** Units whose files share a folder. */
const FOLDER_UNITS = 1000;
/** How often a name that is taken is looked at: others may put aside what is there. */
const MAX_ATTEMPTS = 10;
/** Milliseconds after which what a process left in the middle is removed: no write takes as long, whatever the clocks say. */
const LEFTOVER_MS = 24 * 3600 * 1000;

/** What is known of a plan's units. None is in two of them. */
export interface UnitStates {
  done: Set<number>;
  running: Map<number, RunningUnit>;
  failed: Map<number, FailedUnit>;
}

export class ResultsFolder {
  /** As the user gave it. */
  readonly path: string;
  readonly #plan: string;
  readonly #files: FileSystem;
  readonly #marks: Marks;

  private constructor(path: string, plan: string, files: FileSystem) {
    this.path = path;
    this.#plan = plan;
    this.#files = files;
    this.#marks = new Marks(path, files);
  }

  /**
   * The folder at `path`, made if it is not there. Rejects with OutputError if it cannot be written, with InputError if it is another plan's or no
   * folder of results, before anything is written there.
   */
  static async create(path: string, { hash }: Plan, files: FileSystem = NODE_FILE_SYSTEM): Promise<ResultsFolder> {
    const folder = new ResultsFolder(path, hash, files);
    try {
      const names: string[] = await files.readdir(path).catch((error) => {
        if (codeOf(error) === "ENOENT") return [];
        throw error;
      });
      if (names.includes(MARK)) await folder.#checkMark();
      const other = names.find((name) => ![MARK, TEMPORARY].includes(name));
      if (!names.includes(MARK) && other !== undefined)
        throw new InputError(path, "", `${other} in it, and no ${MARK}`, "a folder of results, or an empty one");
      await makeFolder(files, join(path, TEMPORARY));
      await publish(files, join(path, MARK), `${JSON.stringify({ plan: hash })}\n`, join(path, TEMPORARY));
      await folder.#marks.create();
    } catch (error) {
      throw error instanceof InputError ? error : new OutputError(path, error);
    }
    await folder.#checkMark();
    await folder.#removeLeftovers();
    return folder;
  }

  /** One that is there. Rejects with InputError if it is not, or is another plan's. */
  static async open(path: string, { hash }: Plan, files: FileSystem = NODE_FILE_SYSTEM): Promise<ResultsFolder> {
    const folder = new ResultsFolder(path, hash, files);
    await folder.#checkMark();
    return folder;
  }

  async #checkMark(): Promise<void> {
    const path = join(this.path, MARK);
    let plan: unknown;
    try {
      const mark: { plan?: unknown } | null = JSON.parse(await this.#readText(path, MAX_MARK_BYTES));
      plan = mark?.plan;
    } catch (error) {
      throw new InputError(path, "", messageOf(error), "a folder of results, which pagewalk sweep PLAN makes");
    }
    if (plan !== this.#plan)
      throw new InputError(path, "plan", String(plan), `${this.#plan}: these are results of another plan`);
  }

  /** Numbers of the units that are done. Rejects with InputError if the folder cannot be read. */
  async done(): Promise<Set<number>> {
    return (await this.#names()).done;
  }

  /** What is known of the units. Rejects with InputError if the folder cannot be read. */
  async state(): Promise<UnitStates> {
    const [running, failed] = await Promise.all([this.#marks.running(), this.#marks.failed()]).catch((error) => {
      throw new InputError(this.path, "", messageOf(error), "a folder of results");
    });
    const done = await this.done(); // last: what ended meanwhile is done rather than lost
    for (const unit of running.keys()) if (done.has(unit)) running.delete(unit);
    for (const unit of failed.keys())
      if (done.has(unit) || running.get(unit)?.isStale === false) failed.delete(unit);
      else running.delete(unit);
    return { done, running, failed };
  }

  /**
   * Marks `unit` as being done by this process, until `write()`, `fail()` or `close()`, unless another process does it that seems alive: then says
   * `false`. A hint, which keeps nobody from doing it. Rejects with OutputError.
   */
  async begin(unit: number): Promise<boolean> {
    return this.#writing(this.path, () => this.#marks.begin(unit));
  }

  /** Marks `unit` as failed, until it is begun again. Rejects with OutputError. */
  async fail(unit: number, message: string): Promise<void> {
    await this.#writing(this.path, () => this.#marks.fail(unit, message));
  }

  /** Takes all marks of this process off: for when it exits. */
  close(): void {
    this.#marks.close();
  }

  /** Numbers of the units that are done, and names of files that say something else of their unit than the first one did. */
  async #names(): Promise<{ done: Set<number>; conflicts: string[] }> {
    const done = new Set<number>();
    const conflicts: string[] = [];
    try {
      for (const folder of await this.#files.readdir(this.path)) {
        if (!/^\d{4,}$/.test(folder)) continue;
        for (const name of await this.#files.readdir(join(this.path, folder))) {
          const [, unit, conflict] = /^unit-(\d{6,})(\.conflict-[-\da-f]+)?\.json$/.exec(name) ?? [];
          if (unit === undefined || folderOf(Number(unit)) !== folder) continue;
          if (conflict === undefined) done.add(Number(unit));
          else conflicts.push(join(folder, name));
        }
      }
    } catch (error) {
      throw new InputError(this.path, "", messageOf(error), "a folder of results");
    }
    return { done, conflicts };
  }

  /** Throws InputError, with both files, if there are two different results of a unit. */
  async checkConflicts(): Promise<void> {
    const [other] = (await this.#names()).conflicts.sort();
    if (other === undefined) return;
    const first = join(this.path, other.replace(/\.conflict-[^.]+/, ""));
    throw new InputError(join(this.path, other), "results", `others than in ${first}`, CONFLICT);
  }

  /** Where the result of `unit` is, or would be. */
  pathOf(unit: number): string {
    return join(this.path, nameOf(unit));
  }

  /** The result of `unit`; `null`: there is none. Rejects with InputError if it is not what it should be. */
  async read(unit: number): Promise<UnitResult | null> {
    const path = this.pathOf(unit);
    let text: string;
    try {
      text = await this.#readText(path);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return null;
      throw new InputError(path, "", messageOf(error), "the result of a unit");
    }
    return parseUnit(path, text, this.#plan, unit);
  }

  /** What the file of `unit` says of itself; `null`: there is none. Rejects with InputError if it is cut or not what it should be. */
  async readHead(unit: number): Promise<UnitHead | null> {
    const path = this.pathOf(unit);
    try {
      const file = await openPublished(this.#files, path);
      try {
        return await headOf(path, file, this.#plan, unit);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (codeOf(error) === "ENOENT") return null;
      throw error instanceof InputError
        ? error
        : new InputError(path, "", messageOf(error), "the result of a unit", error);
    }
  }

  /**
   * Adds a result; one of its unit that is there already stays, unless it is none, as when it was cut: that is put aside. Rejects with OutputError,
   * and with InputError, with both files, if it says something else.
   */
  async write(result: UnitResult): Promise<void> {
    const { unit } = result;
    const path = this.pathOf(unit);
    await this.#writing(path, async () => {
      await makeFolder(this.#files, join(this.path, folderOf(unit)));
      const text = unitText(result);
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        if (await this.#publish(path, text, unit, result.digest)) return;
        const there = await this.readHead(unit).catch(() => undefined);
        if (there === null) continue; // it was put aside by another
        if (there?.digest === result.digest) return;
        if (there !== undefined) {
          const other = path.replace(/\.json$/, `.conflict-${randomUUID()}.json`);
          await publish(this.#files, other, text, join(this.path, TEMPORARY));
          throw new InputError(other, "results", `others than in ${path}`, CONFLICT);
        }
        await this.#files.rename(path, `${path}.broken-${randomUUID()}`).catch((error) => {
          if (codeOf(error) !== "ENOENT") throw error;
        });
      }
      throw new Error("what is there comes and goes");
    });
    await this.#marks.end(unit);
  }

  async #publish(path: string, text: string, unit: number, digest: string): Promise<boolean> {
    try {
      return await publish(this.#files, path, text, join(this.path, TEMPORARY));
    } catch (error) {
      const there = await this.readHead(unit).catch(() => null);
      if (there?.digest === digest) return true; // a network's answer got lost
      throw error;
    }
  }

  async #writing<Result>(path: string, write: () => Promise<Result>): Promise<Result> {
    try {
      return await write();
    } catch (error) {
      throw error instanceof InputError ? error : new OutputError(path, error);
    }
  }

  async #readText(path: string, maxBytes = Number.POSITIVE_INFINITY): Promise<string> {
    const file = await openPublished(this.#files, path);
    try {
      const { size } = await file.stat();
      if (size > maxBytes) throw new Error(`it has more than ${maxBytes} bytes`);
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  }

  /** Removes what processes that died long ago were about to write. */
  async #removeLeftovers(): Promise<void> {
    const folder = join(this.path, TEMPORARY);
    for (const name of await this.#files.readdir(folder).catch(() => [])) {
      const path = join(folder, name);
      const age = await this.#files.stat(path).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      );
      if (age > LEFTOVER_MS) await this.#files.rm(path, { force: true, recursive: true }).catch(() => {});
    }
  }
}

/** What is expected of two results of a unit. */
export const CONFLICT =
  "the same in all: counts are exact, so that one of the two is of other files or another program";

function folderOf(unit: number): string {
  return String(Math.floor(unit / FOLDER_UNITS)).padStart(4, "0");
}

function nameOf(unit: number): string {
  return `${folderOf(unit)}/${nameOfUnit(unit)}.json`;
}
